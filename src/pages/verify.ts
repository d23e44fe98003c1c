import { findCode } from '../addresses/codes.ts'
import { confirmChange } from '../addresses/confirm.ts'
import { Refusal } from '../platform/errors.ts'
import { confirmSignUp } from '../registrations/verify.ts'
import { html } from './html.ts'
import { messagePage } from './message.ts'
import type { Visit } from './visit.ts'

const toSignIn = ({ look }: Visit) => ({ on: { path: '/signin', words: look.words.signIn } })

function badCode(visit: Visit) {
  const { words } = visit.look
  return messagePage(visit, words.codeGone, [words.verifyGoneMore], { status: 400, ...toSignIn(visit) })
}

/**
 * GET /account/verify: asks whether to confirm an address. Programs that scan mails follow links, but press no
 * button.
 */
export async function showVerify(visit: Visit) {
  const { ctx, look } = visit
  const { words } = look
  const code = visit.sent('validation_code')
  const found = await findCode(ctx.kith, ctx.now, code)
  if (!found || found.purpose === 'recovery') return badCode(visit)
  const main = html`<h1>${words.confirmAddress}</h1>
<form class="box" method="post" action="/account/verify"><p>${words.confirmQuestion} <b><bdi>${found.email}</bdi></b></p>
${visit.form()}<input type="hidden" name="validation_code" value="${code}"><p><button>${words.confirm}</button></p></form>`
  return visit.show({ title: words.confirmAddress, main })
}

/** The page for somebody who has confirmed their address and waits to be admitted. */
export function showWaiting(visit: Visit, status = 200) {
  const { words } = visit.look
  return messagePage(visit, words.waiting, [words.waitingMore], { status })
}

/** POST /account/verify */
export async function verify(visit: Visit) {
  const { ctx, look } = visit
  const { words } = look
  if (!visit.isOurs()) return showVerify(visit)
  const code = visit.sent('validation_code')
  const found = await findCode(ctx.kith, ctx.now, code)
  try {
    if (found?.purpose === 'change') await confirmChange(ctx, code)
    else if (!(await confirmSignUp(ctx, code, false)).isIn) return showWaiting(visit)
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 400) throw error
    const [first] = error.errors
    if (first && 'field' in first && first.field === 'email')
      return messagePage(visit, words.confirmAddress, [words.emailTaken], { status: 400, ...toSignIn(visit) })
    return badCode(visit)
  }
  return messagePage(visit, words.confirmed, [words.confirmedMore], toSignIn(visit))
}
