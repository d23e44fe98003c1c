import { html } from './html.ts'
import type { Visit } from './visit.ts'

type Kind = { type: string; complete: string; value?: string; hint?: string; optional?: boolean }

/** A field, its label, and what helps to fill it in. */
export function field(visit: Visit, name: string, label: string, { type, complete, value = '', hint, optional }: Kind) {
  const described = hint ? html` aria-describedby="${name}-hint"` : html``
  return html`
<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" autocomplete="${complete}" value="${value}"${optional ? '' : html` required`}${described}${visit.sent(name) || optional ? '' : html` autofocus`}>
${hint && html`<small id="${name}-hint">${hint}</small>`}`
}
