import { html } from './html.ts'
import type { Visit } from './visit.ts'

type Kind = { type: string; complete: string; value?: string; hint?: string; optional?: boolean; options?: string[] }

/** An input with its label and hints; with options it is a choice. */
export function field(
  visit: Visit,
  name: string,
  label: string,
  { type, complete, value = '', hint, optional, options }: Kind,
) {
  const described = hint ? html` aria-describedby="${name}-hint"` : html``
  const needed = optional ? html`` : html` required`
  // Nothing is chosen in advance.
  const choice = (each: string) =>
    html`<option value="${each}"${each === value ? html` selected` : html``}>${each}</option>`
  const filled = options
    ? html`<select id="${name}" name="${name}"${needed}${described}><option value=""></option>${options.map(choice)}</select>`
    : html`<input id="${name}" name="${name}" type="${type}" autocomplete="${complete}" value="${value}"${needed}${described}${visit.sent(name) || optional ? '' : html` autofocus`}>`
  return html`
<label for="${name}">${label}</label>
${filled}
${hint && html`<small id="${name}-hint">${hint}</small>`}`
}
