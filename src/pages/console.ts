import { isModerator } from '../auth/actor.ts'
import type { Built } from '../platform/http/built.ts'
import { statement } from '../platform/sql/statement.ts'
import { sendApplication } from './application.ts'
import { html } from './html.ts'
import { messagePage } from './message.ts'
import type { Visit } from './visit.ts'

/** The path of the console and its files. */
export const consolePath = '/console/'
export const consoleFiles = '/console/built/'

/** The console's content security policy: its own files, and this server only. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  // Layouts that take long run in a worker.
  "worker-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const findingName = statement({
  name: 'pages: who looks at the console',
  takes: { id: 'bigint' },
  gives: { username: 'text' },
  sql: ($) => `select username from users where id = ${$.id}`,
})

/** The console, for administrators and moderators signed in with this browser. It calls the API with their session. */
export async function showConsole(visit: Visit, path: string, built: Built | null, missing: string | null) {
  const { ctx, look } = visit
  const { actor } = ctx
  if (!visit.session || !actor) return visit.go(`/signin?next=${encodeURIComponent(path)}`)
  if (!isModerator(actor))
    return messagePage(visit, look.words.consoleTitle, [look.words.consoleClosed], { status: 403 })
  if (!built)
    return messagePage(visit, look.words.consoleTitle, [missing ?? look.words.consoleMissing], { status: 503 })
  const name = ctx.community.options['text.application_name']
  const { username = '' } = (await findingName.row(ctx.db, { id: actor.id })) ?? {}
  const told = {
    ...{ name, publicAddress: ctx.community.publicAddress, build: built.build },
    ...{ member: { id: actor.id, username, role: actor.role }, formToken: visit.formToken() },
  }
  return sendApplication(visit, {
    ...{ title: `Console · ${name}`, language: 'en', built, files: consoleFiles, told, policy },
    head: html`\n<meta name="color-scheme" content="light dark">`,
    without: html`<p>${look.words.consoleScript}</p>`,
    headers: { 'Cross-Origin-Opener-Policy': 'same-origin' },
  })
}
