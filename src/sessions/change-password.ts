import { checkPassword, isPassword } from '../accounts/password.ts'
import { askedOf, type MemberCtx } from '../context.ts'
import { badField } from '../platform/errors.ts'
import { statement } from '../platform/sql/statement.ts'
import { setPassword } from './set-password.ts'

const finding = statement({
  name: 'sessions: password of a member',
  takes: { member: 'bigint' },
  gives: { hash: 'text' },
  sql: ($) => `select password_hash as hash from credential where user_id = ${$.member}`,
})

const wrong = () => badField('password', 'invalid', 'This is not your password. Send the one you have now.')

/**
 * Changes the caller's password. Attempts are counted, so that somebody who only has a token cannot guess the old
 * password for long.
 */
export async function changePassword(ctx: MemberCtx, sent: { password: string; new_password: string }): Promise<void> {
  const { kith, actor } = ctx
  const { address, credential } = askedOf(ctx)
  checkPassword(sent.new_password, 'new_password')
  const succeed = kith.signIns.count(`member ${actor.id}`, address)
  const row = await finding.row(kith.db, { member: actor.id })
  if (!row)
    throw badField('password', 'no_password', 'Your account has no password. Ask an administrator to give it one.')
  if (!(await isPassword(sent.password, row.hash))) throw wrong()
  succeed()
  const kept =
    credential?.kind === 'session'
      ? { session: credential.hash }
      : credential?.kind === 'token'
        ? { grant: credential.grant }
        : {}
  const done = await setPassword(kith, actor.id, { password: sent.new_password, old: row.hash, kept })
  // Another change of the password was faster.
  if (!done) throw wrong()
}
