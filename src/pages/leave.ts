import { deleteMember } from '../accounts/delete.ts'
import type { MemberCtx } from '../context.ts'
import { Refusal } from '../platform/errors.ts'
import { checkPasswordOf } from '../sessions/check-password.ts'
import { field } from './field.ts'
import { html } from './html.ts'
import { header, nameOf } from './member.ts'
import { messagePage } from './message.ts'
import { throttled } from './sign-in.ts'
import type { Visit } from './visit.ts'

async function form(visit: Visit, complaint: string | null, status: number) {
  const { words } = visit.look
  const main = html`<h1>${words.leave}</h1>
<form class="box" method="post" action="/account/delete">
<p>${words.leaveMore}</p>
${complaint && html`<p role="alert">${complaint}</p>`}
${visit.form()}
<p><label><input type="checkbox" name="erase" value="1"> ${words.eraseAll}</label></p>
${field(visit, 'password', words.password, { type: 'password', complete: 'current-password' })}
<p><button>${words.leave}</button></p>
</form><p><a href="/account/data">${words.dataFirst}</a></p><p><a href="/">${words.home}</a></p>`
  return visit.show({ title: words.leave, main, header: await header(visit) }, status)
}

/** GET /account/delete */
export const showLeave = async (visit: Visit) =>
  visit.session ? form(visit, null, 200) : visit.go('/signin?next=/account/delete')

/** POST /account/delete: deletes the account of the signed-in member, who enters their password again. */
export async function leave(visit: Visit) {
  const { ctx, session, look } = visit
  const { words } = look
  if (!session || !ctx.actor) return visit.go('/signin?next=/account/delete')
  if (!visit.isOurs()) return form(visit, words.stale, 400)
  if (ctx.actor.id === 1) return form(visit, words.creatorStays, 400)
  try {
    const proven = await checkPasswordOf(ctx, await nameOf(visit), visit.sent('password'))
    if (proven?.member !== ctx.actor.id) return form(visit, words.wrongPassword, 400)
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 429) throw error
    return form(visit, throttled(visit, error), 429)
  }
  await deleteMember(ctx as MemberCtx, ctx.actor.id, visit.sent('erase') !== '')
  visit.setCookie('kith_session', '', 0)
  return messagePage({ ...visit, session: null }, words.left, [words.leftMore])
}
