import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { Failed } from './states.tsx'

/** Something in front of the page, by the browser's own dialog: Escape closes it, and the focus goes back to where it was. */
export function Dialog({
  title,
  onClose,
  wide,
  children,
}: {
  title: string
  onClose(): void
  wide?: boolean
  children: ComponentChildren
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  return (
    <dialog ref={dialog} class={wide ? 'wide' : undefined} aria-labelledby={id} onClose={onClose}>
      <div class="heading">
        <h2 id={id}>{title}</h2>
        <button type="button" class="quiet" aria-label="Close" onClick={() => dialog.current?.close()}>
          ✕
        </button>
      </div>
      {children}
    </dialog>
  )
}

type Question = {
  title: string
  text: ComponentChildren
  /** What the button says. */
  action: string
  danger?: boolean
  /** Done when it is confirmed; the dialog stays, and says why, if it throws. */
  act(): Promise<unknown>
}
const asked = signal<Question | null>(null)

/** Asks before something is done that cannot be taken back lightly. */
export function confirm(question: Question): void {
  asked.value = question
}

function Asking({ question }: { question: Question }) {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<Error | null>(null)
  const close = () => {
    asked.value = null
  }
  return (
    <Dialog title={question.title} onClose={close}>
      <div>{question.text}</div>
      {error && <Failed error={error} />}
      <div class="buttons">
        <button
          type="button"
          class={question.danger ? 'danger' : 'main'}
          disabled={busy}
          onClick={async () => {
            setBusy(true)
            setError(null)
            try {
              await question.act()
              close()
            } catch (failed) {
              setError(failed as Error)
              setBusy(false)
            }
          }}
        >
          {question.action}
        </button>
        <button type="button" onClick={close}>
          Cancel
        </button>
      </div>
    </Dialog>
  )
}

export const Confirming = () => asked.value && <Asking question={asked.value} />
