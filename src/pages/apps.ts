import { type Allowed, listAllowed, withdraw } from '../oauth/allowed.ts'
import { Refusal } from '../platform/errors.ts'
import { html, isolated } from './html.ts'
import { header } from './member.ts'
import type { Visit } from './visit.ts'

/** GET /apps: what the member has allowed apps to do for them. */
export async function showApps(visit: Visit) {
  const { ctx, look, session } = visit
  const { words } = look
  if (!session) return visit.go('/signin?next=/apps')
  const apps = await listAllowed(ctx.db, session.member, ctx.now)
  const one = ({ id, name, description, scopes }: Allowed) => html`<form class="box" method="post" action="/apps">
<h2><bdi>${name}</bdi></h2>${description && html`<p dir="auto">${description}</p>`}
<ul>${scopes.map((each) => html`<li>${each === 'read' ? words.mayRead : words.mayWrite}</li>`)}</ul>
${visit.form()}<button name="app" value="${id}" aria-label="${words.withdrawFrom(isolated(name))}">${words.withdraw}</button></form>`
  const main = html`<h1>${words.apps}</h1>${apps.length ? apps.map(one) : html`<section><p>${words.noApps}</p></section>`}`
  return visit.show({ title: words.apps, main, header: await header(visit) })
}

/** POST /apps: withdraws what one app was allowed. */
export async function withdrawApp(visit: Visit) {
  const { ctx, session } = visit
  const app = Number(visit.sent('app'))
  if (session && visit.isOurs() && Number.isSafeInteger(app))
    await withdraw(ctx.kith, session.member, app).catch((error) => {
      // It was already withdrawn in another window.
      if (!(error instanceof Refusal && error.status === 404)) throw error
    })
  return visit.go('/apps')
}
