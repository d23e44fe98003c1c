import { isModerator } from '../auth/actor.ts'
import { ownPictures } from '../pictures/paths.ts'
import type { Built } from '../platform/http/built.ts'
import { statement } from '../platform/sql/statement.ts'
import { html } from './html.ts'
import { inScript } from './in-script.ts'
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
  const { ctx, look, reply } = visit
  const { actor } = ctx
  if (!visit.session || !actor) return visit.go(`/signin?next=${encodeURIComponent(path)}`)
  if (!isModerator(actor)) return notice(visit, look.words.consoleTitle, [look.words.consoleClosed], { status: 403 })
  if (!built) return notice(visit, look.words.consoleTitle, [missing ?? look.words.consoleMissing], { status: 503 })
  const name = ctx.community.options['text.application_name']
  const { username = '' } = (await findingName.row(ctx.db, { id: actor.id })) ?? {}
  const at = (file: string) => `${consoleFiles}${built.build}/${file}`
  const told = {
    ...{ name, publicAddress: ctx.community.publicAddress, build: built.build },
    ...{ member: { id: actor.id, username, role: actor.role }, formToken: visit.formToken() },
  }
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Console · ${name}</title>
<link rel="icon" href="${ownPictures.logo}" type="image/svg+xml">
${built.styles.map((each) => html`<link rel="stylesheet" href="${at(each)}">`)}
${built.preloads.map((each) => html`<link rel="modulepreload" href="${at(each)}">`)}
<script id="kith" type="application/json">${{ html: inScript(told) }}</script>
<script type="module" src="${at(built.script)}"></script>
</head>
<body>
<div id="root"></div>
<noscript><p>${look.words.consoleScript}</p></noscript>
</body>
</html>
`
  return reply
    .code(200)
    .headers({
      'Content-Security-Policy': policy,
      'Content-Language': 'en',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Referrer-Policy': 'same-origin',
      Vary: 'Accept, Accept-Language, Cookie, Origin',
    })
    .type('text/html; charset=utf-8')
    .send(page.html)
}
