import { renderCalled } from '../legalpages/lists.ts'
import { html } from './html.ts'
import type { Visit } from './visit.ts'

type Read = { title: string; html_summary: string | null; html_body: string | null }

/** GET /legal?page=: a legal page. Its HTML was cleaned when it was published. */
export async function showLegal(visit: Visit) {
  const row = await renderCalled(visit.ctx, visit.sent('page'))
  const { title, html_summary, html_body } = JSON.parse(row.json) as Read
  const main = html`<h1>${title}</h1><section>${{ html: html_body || html_summary || '' }}</section>
<p><a href="/">${visit.look.words.home}</a></p>`
  return visit.show({ title, main })
}
