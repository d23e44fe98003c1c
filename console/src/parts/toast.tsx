import { signal } from '@preact/signals'

type Toast = { id: number; text: string; bad: boolean }

const toasts = signal<Toast[]>([])
let last = 0

const remove = (id: number) => {
  toasts.value = toasts.value.filter((each) => each.id !== id)
}

/** Says that something was done, for some seconds; what failed stays until it is closed. */
export function toast(text: string, { bad = false } = {}): void {
  const id = ++last
  toasts.value = [...toasts.value.slice(-3), { id, text, bad }]
  if (!bad) setTimeout(() => remove(id), 6_000)
}

/** Says why something failed. */
export const toastError = (error: unknown): void =>
  toast(error instanceof Error ? error.message : String(error), { bad: true })

export const Toasts = () => (
  <div class="toasts" role="status" aria-live="polite">
    {toasts.value.map(({ id, text, bad }) => (
      <div key={id} class={bad ? 'toast bad' : 'toast'}>
        <p>{text}</p>
        <button type="button" class="link" aria-label="Close this message" onClick={() => remove(id)}>
          ✕
        </button>
      </div>
    ))}
  </div>
)
