import type { Static } from 'typebox'
import { checkPassword, hashPassword } from '../accounts/password.ts'
import { askedOf, type Ctx } from '../context.ts'
import { statement } from '../platform/sql/statement.ts'
import { setHash, tellPasswordSet } from '../sessions/set-password.ts'
import { dropCodes, findCode, noCode, useCode } from './codes.ts'
import { ownLink } from './links.ts'
import { giveToken, type HandedToken } from './token.ts'
import { writeMail } from './write.ts'

const naming = statement({
  name: 'addresses: name of a member',
  takes: { member: 'bigint' },
  gives: { username: 'text' },
  sql: ($) => `select username from users where id = ${$.member}`,
})

/**
 * Sets a new password by the code that was mailed to the member. Every session, every grant to an app and every other
 * such code ends. The address is told.
 * @returns a token for the member, if it is wanted: a browser signs in with the password
 */
export async function resetPassword(
  ctx: Ctx,
  { validation_code: code, password }: { validation_code: string; password: string },
  withToken: boolean,
): Promise<Static<typeof HandedToken> | null> {
  const { kith, now, community } = ctx
  checkPassword(password)
  // Hashing takes long: not for an invalid code.
  if (!(await findCode(kith, now, code, 'recovery'))) throw noCode()
  const hash = await hashPassword(password)
  const { member, token } = await kith.db.transaction(async (tx) => {
    const { member, email } = await useCode(tx, code, 'recovery', now)
    if (!(await setHash(tx, member, { hash, now }))) throw noCode()
    await dropCodes(tx, member, 'recovery')
    const named = await naming.row(tx, { member })
    await writeMail(tx, community, 'passwordChanged', {
      ...{ to: email, member, username: named?.username ?? '', now, language: askedOf(ctx).language },
      link: ownLink(community, '/account/recover'),
    })
    return { member, token: withToken ? await giveToken(kith, tx, member, now) : null }
  })
  tellPasswordSet(kith, member)
  return token
}
