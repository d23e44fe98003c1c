import { findCode } from '../addresses/codes.ts'
import { askForRecovery } from '../addresses/recover.ts'
import { resetPassword } from '../addresses/reset.ts'
import { conformingTo } from '../platform/conform.ts'
import { Refusal } from '../platform/errors.ts'
import { email as emailInput } from '../users/inputs.ts'
import { field } from './field.ts'
import { html } from './html.ts'
import { messagePage } from './message.ts'
import type { Visit } from './visit.ts'

const email = conformingTo(emailInput)

/** Whether a text is an e-mail address, by the rules of the API. */
export const isAddress = (text: string): boolean => text.length <= 254 && email.conforms(text)

function askForm(visit: Visit, complaint: string | null, status: number) {
  const { words } = visit.look
  const main = html`<h1>${words.forgotten}</h1>
<form class="box" method="post" action="/account/recover">
<p>${words.forgottenMore}</p>
${complaint && html`<p role="alert">${complaint}</p>`}
${visit.form()}
${field(visit, 'email', words.email, { type: 'email', complete: 'email', value: visit.sent('email').slice(0, 254) })}
<p><button>${words.sendLink}</button></p>
</form>
<p><a href="/signin">${words.signIn}</a></p>`
  return visit.show({ title: words.forgotten, main }, status)
}

/** GET /account/recover */
export const showRecover = async (visit: Visit) => askForm(visit, null, 200)

/** POST /account/recover: the same answer whether or not anybody has the address. */
export async function recover(visit: Visit) {
  const { look, ctx } = visit
  const { words } = look
  if (!visit.isOurs()) return askForm(visit, words.stale, 400)
  const email = visit.sent('email').trim()
  if (!isAddress(email)) return askForm(visit, words.emailInvalid, 400)
  await askForRecovery(ctx, email, look.language)
  return messagePage(visit, words.lookAtMails, [words.recoverySent, words.mailMayTake], {
    on: { path: '/signin', words: words.signIn },
  })
}

function resetForm(visit: Visit, complaint: string | null, status: number) {
  const { words } = visit.look
  const main = html`<h1>${words.newPassword}</h1>
<form class="box" method="post" action="/account/recover/password">
${complaint && html`<p role="alert">${complaint}</p>`}
${visit.form()}<input type="hidden" name="validation_code" value="${visit.sent('validation_code').slice(0, 200)}">
${field(visit, 'password', words.newPassword, { type: 'password', complete: 'new-password', hint: words.passwordRule })}
<p><button>${words.setPassword}</button></p>
</form>`
  return visit.show({ title: words.newPassword, main }, status)
}

const badCode = (visit: Visit) =>
  messagePage(visit, visit.look.words.codeGone, [visit.look.words.codeGoneMore], {
    status: 400,
    on: { path: '/account/recover', words: visit.look.words.forgotten },
  })

/** GET /account/recover/password */
export async function showReset(visit: Visit) {
  const { kith, now } = visit.ctx
  return (await findCode(kith, now, visit.sent('validation_code'), 'recovery'))
    ? resetForm(visit, null, 200)
    : badCode(visit)
}

/** POST /account/recover/password */
export async function reset(visit: Visit) {
  const { words } = visit.look
  if (!visit.isOurs()) return resetForm(visit, words.stale, 400)
  const [code, password] = [visit.sent('validation_code'), visit.sent('password')]
  try {
    await resetPassword(visit.ctx, { validation_code: code, password }, false)
  } catch (error) {
    const first = error instanceof Refusal && error.status === 400 ? error.errors[0] : undefined
    if (!first || !('field' in first)) throw error
    if (first.field !== 'password') return badCode(visit)
    const isCommon = first.messages[0]?.code === 'common'
    return resetForm(visit, isCommon ? words.passwordCommon : words.passwordSimple, 400)
  }
  visit.setCookie('kith_session', '', 0)
  return messagePage(visit, words.passwordSet, [words.passwordSetMore], {
    on: { path: '/signin', words: words.signIn },
  })
}
