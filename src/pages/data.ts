import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { requestArchive, showStatus, takeArchive } from '../archives/request.ts'
import type { MemberCtx } from '../context.ts'
import { html } from './html.ts'
import { header } from './member.ts'
import type { Visit } from './visit.ts'

/** The state of a member's archive. */
type Status = { computing: boolean; send_email: boolean; generated_at: string | null }

const signInFirst = '/signin?next=/account/data'

/** GET /account/data: the page to ask for one's archive and download it. */
export async function showData(visit: Visit) {
  const { ctx, look, session } = visit
  const { words } = look
  if (!session || !ctx.actor) return visit.go(signInFirst)
  const status = JSON.parse((await showStatus(ctx as MemberCtx)).json) as Status
  const { computing, send_email, generated_at } = status
  const day = new Intl.DateTimeFormat(look.language, { dateStyle: 'medium', timeZone: 'UTC' })
  const ask = (says: string, quiet = false) =>
    html`<form method="post" action="/account/data">${visit.form()}<p><button${quiet ? html` class="quiet"` : html``}>${says}</button></p></form>`
  const making = html`<p role="status">${send_email ? words.dataMakingMail : words.dataMaking}</p>`
  const ready = (at: string) => html`<p role="status">${words.dataReady(day.format(new Date(at)))}</p>
<p><a class="button" href="/account/data/download" download>${words.dataDownload}</a></p>${ask(words.dataAgain, true)}`
  const main = html`<section><h1>${words.data}</h1><p>${words.dataMore}</p>
${computing ? making : generated_at ? ready(generated_at) : ask(words.dataAsk)}
<p><a href="/">${words.home}</a></p></section>`
  return visit.show({ title: words.data, main, header: await header(visit) })
}

/** POST /account/data: asks for the archive. */
export async function askForData(visit: Visit) {
  const { ctx } = visit
  if (!visit.session || !ctx.actor) return visit.go(signInFirst)
  if (visit.isOurs()) await requestArchive(ctx as MemberCtx)
  return visit.go('/account/data')
}

/** GET /account/data/download: the archive; without one, the page that says so. */
export async function downloadData(visit: Visit, request: FastifyRequest, reply: FastifyReply) {
  const { ctx } = visit
  if (!visit.session || !ctx.actor) return visit.go(signInFirst)
  const status = JSON.parse((await showStatus(ctx as MemberCtx)).json) as Status
  if (!status.generated_at) return visit.go('/account/data')
  const { name, bytes, content } = await takeArchive(ctx as MemberCtx)
  const file = Readable.from(content, { objectMode: false })
  file.on('error', (error) => request.log.error({ err: error }, 'an archive could not be sent to its end'))
  reply.headers({ 'Content-Length': bytes, 'Content-Disposition': `attachment; filename="${name}"` })
  return reply.headers({ 'Cache-Control': 'no-store' }).type('application/zip').send(file)
}
