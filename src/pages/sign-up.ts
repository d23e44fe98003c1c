import { Compile } from 'typebox/compile'
import { createMember } from '../accounts/create.ts'
import type { Community } from '../community/state.ts'
import { forbidden, Refusal } from '../platform/errors.ts'
import { checkPasswordOf } from '../sessions/check-password.ts'
import { username as usernameInput } from '../users/inputs.ts'
import { redirectsOf } from './authorize.ts'
import { html } from './html.ts'
import { field, startSession } from './sign-in.ts'
import { localPath, type Visit } from './visit.ts'

const isUsername = Compile(usernameInput)

/** Whether people may make accounts by themselves. There are no legal pages yet to agree to. */
export const isOpen = ({ options }: Community) =>
  !options['addons.closed_community'] && !options['addons.gdpr_signup_step_enabled']

const complaints: Record<string, 'usernameTaken' | 'usernameInvalid' | 'passwordSimple' | 'passwordCommon'> = {
  'username unique': 'usernameTaken',
  'username invalid': 'usernameInvalid',
  'password invalid': 'passwordSimple',
  'password common': 'passwordCommon',
}

async function form(visit: Visit, complaint: string | null, status: number) {
  const { look, sent } = visit
  const { words } = look
  const next = localPath(sent('next'))
  const main = html`<h1>${words.signUp}</h1>
<form class="box" method="post" action="/signup">
${complaint && html`<p role="alert">${complaint}</p>`}
${visit.form()}<input type="hidden" name="next" value="${next}">
${field(visit, 'username', words.username, 'text', 'username', sent('username').slice(0, 255))}
<small>${words.usernameRule}</small>
${field(visit, 'password', words.password, 'password', 'new-password')}
<small>${words.passwordRule}</small>
<p><button>${words.signUp}</button></p>
</form>
<p><a href="/signin?next=${encodeURIComponent(next)}">${words.signIn}</a></p>`
  return visit.show({ title: words.signUp, main, formTargets: await redirectsOf(visit, next) }, status)
}

function closed({ look, show }: Visit) {
  const { words } = look
  const main = html`<section><h1>${words.signUp}</h1><p>${words.signUpClosed}</p><p><a href="/">${words.home}</a></p></section>`
  return show({ title: words.signUp, main }, 403)
}

/** GET /signup */
export async function showSignUp(visit: Visit) {
  if (visit.session) return visit.go(localPath(visit.sent('next')))
  return isOpen(visit.ctx.community) ? form(visit, null, 200) : closed(visit)
}

/**
 * POST /signup: makes an account of a name and a password, and signs in with it. It takes no e-mail address: nobody could
 * tell whose it is, and that it is taken would tell who has an account.
 */
export async function signUp(visit: Visit) {
  const { ctx, look, sent } = visit
  const { words } = look
  if (!isOpen(ctx.community)) return closed(visit)
  if (!visit.isOurs()) return form(visit, words.stale, 400)
  const [username, password] = [sent('username'), sent('password')]
  if (!username || !password) return form(visit, words.blank, 400)
  if (!isUsername.Check(username)) return form(visit, words.usernameInvalid, 400)
  try {
    await createMember(ctx, { username, password })
  } catch (error) {
    const first = error instanceof Refusal ? error.errors[0] : undefined
    const key = first && 'field' in first ? complaints[`${first.field} ${first.messages[0]?.code}`] : undefined
    if (!key) throw error
    return form(visit, words[key], 400)
  }
  const proven = await checkPasswordOf(ctx, username, password)
  if (!proven || !(await startSession(visit, proven))) throw forbidden('The account is no longer there.')
  return visit.go(localPath(sent('next')))
}
