import { useState } from 'preact/hooks'

/** JSON, indented; anything else as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

/** More than this many characters are shown only when they are asked for. */
const most = 20_000

/** Text to be read and copied as it is. */
export function Code({ text, label, copies = text }: { text: string; label: string; copies?: string }) {
  const [all, setAll] = useState(false)
  const shown = all || text.length <= most ? text : text.slice(0, most)
  return (
    <div class="code">
      <Copy text={copies} what={label} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by the keyboard, too */}
      <section tabIndex={0} aria-label={label}>
        <pre>
          <code>{shown}</code>
        </pre>
      </section>
      {shown.length < text.length && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {text.length.toLocaleString('en')} characters
        </button>
      )}
    </div>
  )
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // Without TLS browsers lend nobody their clipboard.
    const area = document.createElement('textarea')
    area.value = text
    area.className = 'hidden'
    const open = document.querySelector('dialog[open]') ?? document.body
    open.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    return done
  }
}

/** A button that copies. */
export function Copy({ text, what }: { text: string; what: string }) {
  const [done, setDone] = useState<boolean | null>(null)
  return (
    <button
      type="button"
      class="copy"
      aria-label={`Copy ${what}`}
      onClick={async () => {
        setDone(await copy(text))
        setTimeout(() => setDone(null), 2_000)
      }}
    >
      {done === null ? 'Copy' : done ? 'Copied' : 'Not copied'}
    </button>
  )
}
