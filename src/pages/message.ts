import { html } from './html.ts'
import type { Visit } from './visit.ts'

/** A page with one message, and a link to go on. */
export function messagePage(
  { look, show }: Visit,
  title: string,
  says: string[],
  { status = 200, on = { path: '/', words: look.words.home } } = {},
) {
  const main = html`<section><h1>${title}</h1>${says.map((each) => html`<p>${each}</p>`)}
<p><a href="${on.path}">${on.words}</a></p></section>`
  return show({ title, main }, status)
}
