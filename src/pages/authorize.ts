import { isStaff } from '../auth/actor.ts'
import { askedOf } from '../context.ts'
import {
  addressOf,
  allow,
  carried,
  Denied,
  findTarget,
  isAllowed,
  readWish,
  type Sent,
  type Target,
  type Wish,
} from '../oauth/authorize.ts'
import { makeOwnApp, ownClient } from '../oauth/own-app.ts'
import { html, isolated } from './html.ts'
import { nameOf } from './member.ts'
import type { Visit } from './visit.ts'

/** An address that a form of a page may lead to, as a content security policy names it: an origin, or a scheme. */
function sourceOf(redirect: string): string {
  const { protocol, origin } = new URL(redirect)
  return protocol === 'https:' || protocol === 'http:' ? origin : protocol
}

/** The same for a path where somebody goes on after signing in: browsers check the final target of a form. */
export async function redirectsOf({ ctx }: Visit, next: string): Promise<string[]> {
  if (!/^\/oauth\/authorize\/?\?/.test(next)) return []
  const target = await findTarget(
    ctx.db,
    askedOf(ctx).base,
    Object.fromEntries(new URLSearchParams(next.slice(next.indexOf('?')))),
  )
  return typeof target === 'string' ? [] : [sourceOf(target.redirect)]
}

function refuse({ look, show }: Visit, reason: 'app' | 'redirect') {
  const { words } = look
  const why = reason === 'app' ? words.appUnknown : words.redirectUnknown
  const main = html`<section><h1>${words.badRequest}</h1><p>${why}</p><p>${words.appFault}</p></section>`
  return show({ title: words.badRequest, main }, 400)
}

function ask(visit: Visit, wish: Wish, sent: Sent, username: string) {
  const { ctx, look } = visit
  const { words } = look
  const { app, scopes, redirect } = wish
  const title = words.wants(isolated(app.name), isolated(ctx.community.options['text.application_name']))
  const where = sourceOf(redirect)
  const main = html`<h1>${title}</h1>
<form class="box" method="post" action="/oauth/authorize/">
${app.description && html`<p dir="auto">${app.description}</p>`}
<ul>${scopes.map((each) => html`<li>${each === 'read' ? words.mayRead : words.mayWrite}</li>`)}</ul>
${isStaff(ctx.actor) && html`<p role="alert">${words.staff}</p>`}
<p>${words.goesTo(where)}</p>
${visit.form()}${carried.map((name) => (sent[name] === undefined ? html`` : html`<input type="hidden" name="${name}" value="${sent[name] as string}">`))}
<button name="decision" value="allow">${words.allow}</button>
<button name="decision" value="deny" class="quiet">${words.deny}</button>
<p><small>${words.signedInAs(username)}. <a href="/signout?next=${encodeURIComponent(pathOf(sent))}">${words.notYou}</a></small></p>
</form>`
  return visit.show({ title, main, formTargets: [where] })
}

/** The same request as an address. */
function pathOf(sent: Sent): string {
  const query = new URLSearchParams()
  for (const name of carried) if (sent[name] !== undefined) query.set(name, String(sent[name]))
  return `/oauth/authorize/?${query}`
}

/** GET and POST /oauth/authorize/: asks the member whether an app may act for them, and redirects to the app. */
export async function authorize(visit: Visit) {
  const { ctx, session, go, values: sent, isForm } = visit
  if (sent.client_id === ownClient) await makeOwnApp(ctx.db, ctx.now)
  const target = await findTarget(ctx.db, askedOf(ctx).base, sent)
  if (typeof target === 'string') return refuse(visit, target)
  const back = (to: Target, answer: Record<string, string>) => go(addressOf(to, askedOf(ctx).base, answer))
  try {
    const wish = readWish(target, sent)
    if (!session) return go(`/signin?next=${encodeURIComponent(pathOf(sent))}`)
    const { member, hash } = session
    const decided = isForm && visit.isOurs()
    if (decided && sent.decision === 'deny') throw new Denied('access_denied', 'The member did not allow it.')
    const allowed = decided && sent.decision === 'allow'
    if (!allowed && !(await isAllowed(ctx.db, member, wish))) return ask(visit, wish, sent, await nameOf(visit))
    const answer = await allow(ctx.kith, { member, session: hash, asked: allowed && !wish.app.trusted }, wish)
    return answer ? back(wish, answer) : go(`/signin?next=${encodeURIComponent(pathOf(sent))}`)
  } catch (error) {
    if (!(error instanceof Denied)) throw error
    return back(target, { error: error.code, error_description: error.message })
  }
}
