import { isModerator } from '../auth/actor.ts'
import type { Built } from '../platform/http/built.ts'
import { statement } from '../platform/sql/statement.ts'
import { sendApplication } from './application.ts'
import { html } from './html.ts'
import { notice } from './notice.ts'
import type { Visit } from './visit.ts'

/** Where the console is, and where its files are. */
export const consolePath = '/console/'
export const consoleFiles = '/console/built/'

/** What the console may do: run what was built, and talk to this server alone. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  // What is laid out for long is laid out by a worker.
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

/** The console, for administrators and moderators who are signed in with this browser; it calls the API with its session. */
export async function showConsole(visit: Visit, path: string, built: Built | null, missing: string | null) {
  const { ctx, look } = visit
  const { actor } = ctx
  if (!visit.session || !actor) return visit.go(`/signin?next=${encodeURIComponent(path)}`)
  if (!isModerator(actor)) return notice(visit, look.words.consoleTitle, [look.words.consoleClosed], { status: 403 })
  if (!built) return notice(visit, look.words.consoleTitle, [missing ?? look.words.consoleMissing], { status: 503 })
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
