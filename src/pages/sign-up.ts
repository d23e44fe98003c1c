import type { FieldType } from '../community/profile-fields.ts'
import { type Asked, askedOfNewcomers, consentTo } from '../legalpages/consent.ts'
import { conformingTo } from '../platform/conform.ts'
import { forbidden, Refusal } from '../platform/errors.ts'
import { isOpen } from '../registrations/open.ts'
import { signUp as register } from '../registrations/sign-up.ts'
import { checkPasswordOf } from '../sessions/check-password.ts'
import { cleanHtml } from '../texts/clean.ts'
import { username as usernameInput } from '../users/inputs.ts'
import { redirectsOf } from './authorize.ts'
import { field } from './field.ts'
import { html } from './html.ts'
import { messagePage } from './message.ts'
import { isAddress } from './recover.ts'
import { startSession } from './sign-in.ts'
import { showWaiting } from './verify.ts'
import { localPath, type Visit } from './visit.ts'

const usernames = conformingTo(usernameInput)

const complaints: Record<
  string,
  'usernameTaken' | 'usernameInvalid' | 'passwordSimple' | 'passwordCommon' | 'inviteBad' | 'promoBad' | 'consentNeeded'
> = {
  'username unique': 'usernameTaken',
  'username invalid': 'usernameInvalid',
  'password invalid': 'passwordSimple',
  'password common': 'passwordCommon',
  'invite_code invalid': 'inviteBad',
  'invite_code required': 'inviteBad',
  'promo_code invalid': 'promoBad',
  'consent required': 'consentNeeded',
}

/** Whether an e-mail address is required, and must be confirmed first. */
const needsAddress = ({ ctx }: Visit) => ctx.community.options['kith.signup_email_confirmation']

const kinds: Record<FieldType, string> = {
  ...{ string: 'text', integer: 'text', phone_number: 'tel', enum: 'text', url: 'url', email: 'email' },
}

/** The community's profile fields that newcomers are asked for. */
const fieldsOf = ({ ctx }: Visit) => ctx.community.profileFields.filter(({ inSignup }) => inSignup)

/** Their inputs. */
const askedFields = (visit: Visit) =>
  fieldsOf(visit).map(({ name, label, type, mandatory, options }) =>
    field(visit, `field_${name}`, label, {
      ...{ type: kinds[type], complete: 'off', value: visit.sent(`field_${name}`).slice(0, 255), optional: !mandatory },
      ...(type === 'enum' && { options }),
    }),
  )

/** What a newcomer brings: asked for if it is needed, or if a link has brought it. */
function brought(visit: Visit) {
  const { look, sent, ctx } = visit
  const needed = ctx.community.options['addons.invite_code']
  const one = (name: 'invite_code' | 'promo_code', label: string, optional: boolean) =>
    field(visit, name, label, { type: 'text', complete: 'off', value: sent(name).slice(0, 40), optional })
  return html`${(needed || sent('invite_code') !== '') && one('invite_code', look.words.inviteCode, !needed)}${sent('promo_code') !== '' && one('promo_code', look.words.promoCode, true)}`
}

/** What newcomers agree to; null if the community does not ask for it. */
const agreements = async ({ ctx }: Visit): Promise<Asked[] | null> =>
  ctx.community.options['addons.gdpr_signup_step_enabled'] ? askedOfNewcomers(ctx.db, ctx.now) : null

/** What the community says about it, cleaned like the texts of members. */
async function accepting({ ctx }: Visit) {
  const given = ctx.community.options['configurations.gdpr_signup_accept_html']
  return given.trim() ? html`<div>${{ html: (await cleanHtml(ctx, 'html', given)).html }}</div>` : null
}

/** The texts, with a link and a summary each, and one box for all of them. */
const consent = async (visit: Visit, asked: Asked[], { words } = visit.look) => html`<h2>${words.consentTitle}</h2>
${await accepting(visit)}
<ul>${asked.map(
  ({ id, title, summary }) =>
    html`<li><a href="/legal?page=${id}">${title}</a>${summary && html`<div>${{ html: summary }}</div>`}</li>`,
)}</ul>
<p><label for="consent"><input id="consent" type="checkbox" name="consent" value="${consentTo(asked)}" required> ${words.consent}</label></p>`

async function form(visit: Visit, complaint: string | null, status: number) {
  const { look, sent } = visit
  const { words } = look
  const next = localPath(sent('next'))
  const needed = needsAddress(visit)
  const asked = await agreements(visit)
  // Without a published text there is nothing to agree to.
  if (asked?.length === 0) return closed(visit, words.signUpTermless)
  const main = html`<h1>${words.signUp}</h1>
<form class="box" method="post" action="/signup">
${complaint && html`<p role="alert">${complaint}</p>`}
${visit.form()}<input type="hidden" name="next" value="${next}">
${field(visit, 'username', words.username, { type: 'text', complete: 'username', value: sent('username').slice(0, 255), hint: words.usernameRule })}
${field(visit, 'email', needed ? words.email : words.emailOptional, { type: 'email', complete: 'email', value: sent('email').slice(0, 254), hint: needed ? words.emailNeeded : words.emailWhy, optional: !needed })}
${field(visit, 'password', words.password, { type: 'password', complete: 'new-password', hint: words.passwordRule })}
${askedFields(visit)}${brought(visit)}${asked && (await consent(visit, asked))}<p><button>${words.signUp}</button></p>
</form>
<p><a href="/signin?next=${encodeURIComponent(next)}">${words.signIn}</a></p>`
  return visit.show({ title: words.signUp, main, formTargets: await redirectsOf(visit, next) }, status)
}

const closed = (visit: Visit, why = visit.look.words.signUpClosed) =>
  messagePage(visit, visit.look.words.signUp, [why], { status: 403 })

/** GET /signup */
export async function showSignUp(visit: Visit) {
  if (visit.session) return visit.go(localPath(visit.sent('next')))
  return isOpen(visit.ctx.community) ? form(visit, null, 200) : closed(visit)
}

/**
 * POST /signup: makes an account, and signs in if there is nothing to wait for. If somebody already has the e-mail
 * address, only a mail to that address says so.
 */
export async function signUp(visit: Visit) {
  const { ctx, look, sent } = visit
  const { words } = look
  if (!isOpen(ctx.community)) return closed(visit)
  if (!visit.isOurs()) return form(visit, words.stale, 400)
  const [username, password, email] = [sent('username'), sent('password'), sent('email').trim()]
  if (!username || !password || (needsAddress(visit) && !email)) return form(visit, words.blank, 400)
  if (!usernames.conforms(username)) return form(visit, words.usernameInvalid, 400)
  if (email && !isAddress(email)) return form(visit, words.emailInvalid, 400)
  try {
    const [invite_code, promo_code] = [sent('invite_code'), sent('promo_code')]
    const metadata = Object.fromEntries(fieldsOf(visit).map(({ name }) => [name, sent(`field_${name}`)]))
    const given = {
      username,
      password,
      ...(email && { email }),
      invite_code,
      promo_code,
      metadata,
      consent: sent('consent'),
    }
    const waits = await register(ctx, given)
    if (waits === 'confirmation')
      return messagePage(visit, words.lookAtMails, [words.confirmSent(email), words.mailMayTake])
    if (waits === 'approval') return showWaiting(visit)
  } catch (error) {
    const first = error instanceof Refusal ? error.errors[0] : undefined
    const key = first && 'field' in first ? complaints[`${first.field} ${first.messages[0]?.code}`] : undefined
    const wrong = first && 'field' in first && fieldsOf(visit).find(({ name }) => name === first.field)
    if (wrong) return form(visit, words.fieldWrong(wrong.label), 400)
    if (!key) throw error
    return form(visit, words[key], 400)
  }
  const proven = await checkPasswordOf(ctx, username, password)
  if (!proven || !(await startSession(visit, proven))) throw forbidden('The account is no longer there.')
  return visit.go(localPath(sent('next')))
}
