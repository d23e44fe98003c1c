import { findCode, noCode, useCode } from '../addresses/codes.ts'
import { takeAddress, unlessTaken } from '../addresses/confirm.ts'
import { giveToken } from '../addresses/token.ts'
import type { Ctx } from '../context.ts'
import { forbidden } from '../platform/errors.ts'
import { failpoint } from '../platform/failpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { admit } from './admit.ts'

const confirming = statement({
  name: 'registrations: the address is confirmed',
  takes: { member: 'bigint' },
  gives: {},
  sql: ($) => `update sign_up set unconfirmed = false where member_id = ${$.member}`,
})

/**
 * Confirms the address of a new account by the mailed code, and admits its member unless they wait for more.
 * @returns a token for them if it is wanted; null while they wait to be admitted
 */
export async function confirmSignUp(ctx: Ctx, code: string, withToken: boolean) {
  const { kith, now, community } = ctx
  if (!(await findCode(kith, now, code, 'signUp'))) throw noCode()
  const { member, ...done } = await unlessTaken(kith, async (tx) => {
    const { member, email } = await useCode(tx, code, 'signUp', now)
    const status = await takeAddress(tx, community, { member, email, now }, ctx.asked?.language ?? 'en')
    if (status === 'w') await confirming.rows(tx, { member })
    const isIn = status !== 'w' || (await admit(tx, member, now))
    failpoint('address confirmed')
    return { member, isIn, token: isIn && withToken ? await giveToken(kith, tx, member, now) : null }
  })
  kith.actors.forget(member)
  return done
}

/** The refusal of somebody who has confirmed the address, and is not admitted yet. */
export const notYetIn = () =>
  forbidden(
    'The address is confirmed. Those who run this community let you in by hand: you get a mail.',
    'waits_for_approval',
  )
