import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { told } from '../session.ts'

type Props = {
  title: string
  /** Under the heading: what this is, in a sentence. */
  says?: ComponentChildren
  /** Beside the heading: buttons. */
  actions?: ComponentChildren
  /** Where this page is below: a link over the heading. */
  above?: { href: string; title: string }
  children?: ComponentChildren
}

/** A page of the console: its heading, what can be done, what is there. */
export function Page({ title, says, actions, above, children }: Props) {
  useEffect(() => {
    document.title = `${title} · ${told.name}`
  }, [title])
  return (
    <>
      {above && (
        <p class="above">
          <a href={above.href}>← {above.title}</a>
        </p>
      )}
      <div class="heading">
        <h1>
          <bdi>{title}</bdi>
        </h1>
        {actions && <div class="actions">{actions}</div>}
      </div>
      {says && <p class="says">{says}</p>}
      {children}
    </>
  )
}

/** Something on a page with a heading of its own. */
export function Section({
  title,
  actions,
  children,
  bare,
}: {
  title: string
  actions?: ComponentChildren
  children?: ComponentChildren
  /** Without the box. */
  bare?: boolean
}) {
  return (
    <section class={bare ? 'bare' : 'box'}>
      <div class="heading">
        <h2>{title}</h2>
        {actions && <div class="actions">{actions}</div>}
      </div>
      {children}
    </section>
  )
}

/** A word in a colour: how something is. The colour never says it alone. */
export const Badge = ({ tone, children }: { tone: Tone; children: ComponentChildren }) => (
  <span class={`badge ${tone}`}>{children}</span>
)
export type Tone = 'good' | 'warn' | 'bad' | 'calm'

/** Names and what they are, one under the other. */
export function Facts({ of }: { of: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
