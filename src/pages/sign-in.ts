import { Refusal } from '../platform/errors.ts'
import { askAgain } from '../registrations/confirmation.ts'
import { takesNewcomers } from '../registrations/open.ts'
import { checkPasswordOf, type Proven, Waiting } from '../sessions/check-password.ts'
import { beginSession, endSession, sessionLifetime } from '../sessions/session.ts'
import { redirectsOf } from './authorize.ts'
import { field } from './field.ts'
import { html } from './html.ts'
import { messagePage } from './message.ts'
import { showWaiting } from './verify.ts'
import { localPath, type Visit } from './visit.ts'

async function form(visit: Visit, complaint: string | null, status: number) {
  const { look, sent } = visit
  const { words } = look
  const next = localPath(sent('next'))
  const main = html`<h1>${words.signIn}</h1>
<form class="box" method="post" action="/signin">
${complaint && html`<p role="alert">${complaint}</p>`}
${visit.form()}<input type="hidden" name="next" value="${next}">
${field(visit, 'account', words.account, { type: 'text', complete: 'username', value: sent('account').slice(0, 255) })}
${field(visit, 'password', words.password, { type: 'password', complete: 'current-password' })}
<button>${words.signIn}</button>
</form>
<p><a href="/account/recover">${words.forgotten}</a></p>
${(await takesNewcomers(visit.ctx)) && html`<p><a href="/signup?next=${encodeURIComponent(next)}">${words.signUp}</a></p>`}`
  return visit.show({ title: words.signIn, main, formTargets: await redirectsOf(visit, next) }, status)
}

/** Signs somebody in with this browser, by a proof of who they are; false if the proof is no longer valid. */
export async function startSession({ ctx, session, setCookie }: Visit, proven: Proven): Promise<boolean> {
  const secret = await beginSession(ctx.kith, proven)
  if (!secret) return false
  if (session) await endSession(ctx.kith, session.hash)
  setCookie('kith_session', secret, sessionLifetime)
  return true
}

/** The message after too many attempts. */
export const throttled = ({ look }: Visit, refusal: Refusal): string =>
  look.words.throttled(Math.ceil(Number(refusal.headers['Retry-After']) / 60))

/** The password is right, but the member still waits: for a mail, which is sent again, or to be admitted. */
async function stillWaiting(visit: Visit, { member, unconfirmed }: Waiting) {
  const { words } = visit.look
  if (!unconfirmed) return showWaiting(visit, 403)
  await askAgain(visit.ctx.kith, member)
  return messagePage(visit, words.lookAtMails, [words.confirmFirst, words.mailMayTake], { status: 403 })
}

/** GET /signin */
export async function showSignIn(visit: Visit) {
  if (visit.session) return visit.go(localPath(visit.sent('next')))
  return form(visit, null, 200)
}

/** POST /signin */
export async function signIn(visit: Visit) {
  const { ctx, look, sent } = visit
  const { words } = look
  if (!visit.isOurs()) return form(visit, words.stale, 400)
  const [account, password] = [sent('account'), sent('password')]
  if (!account || !password) return form(visit, words.blank, 400)
  try {
    const proven = await checkPasswordOf(ctx, account, password)
    if (!proven || !(await startSession(visit, proven))) return form(visit, words.wrong, 400)
    return visit.go(localPath(sent('next')))
  } catch (error) {
    if (error instanceof Waiting) return stillWaiting(visit, error)
    if (!(error instanceof Refusal) || error.status !== 429) throw error
    return form(visit, throttled(visit, error), 429)
  }
}

/** GET /signout */
export async function showSignOut(visit: Visit) {
  const { words } = visit.look
  const main = visit.session
    ? html`<form class="box" method="post" action="/signout"><p>${words.signOutQuestion}</p>${visit.form()}<input type="hidden" name="next" value="${localPath(visit.sent('next'))}">
<button>${words.signOut}</button></form>`
    : html`<section><p>${words.notSignedIn}</p><p><a href="/signin">${words.signIn}</a></p></section>`
  return visit.show({ title: words.signOut, main })
}

/** POST /signout */
export async function signOut(visit: Visit) {
  if (visit.session) {
    // The form belongs to an earlier session, so it is asked again.
    if (!visit.isOurs()) return showSignOut(visit)
    await endSession(visit.ctx.kith, visit.session.hash)
  }
  visit.setCookie('kith_session', '', 0)
  return visit.go(localPath(visit.sent('next')))
}
