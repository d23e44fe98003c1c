import { isAdmin } from '../auth/actor.ts'
import { lookAgain } from '../auth/again.ts'
import { selfOrAdmin } from '../auth/audience.ts'
import { activeSql } from '../auth/status.ts'
import { askedOf, type MemberCtx } from '../context.ts'
import { statement } from '../platform/sql/statement.ts'
import { noMember } from '../users/inputs.ts'
import { taken } from '../users/taken.ts'
import { makeCode } from './codes.ts'
import { ownLink, ownPaths } from './links.ts'
import { writeMail } from './write.ts'

const looking = statement({
  name: 'addresses: who has an address',
  takes: { id: 'bigint', email: 'text' },
  gives: { username: 'text', owner: 'bigint?', owner_name: 'text?', owner_email: 'text?' },
  sql: ($) => `select u.username, o.id as owner, o.username as owner_name, o.email as owner_email
    from users u left join users o on lower(o.email) = lower(${$.email}) and o.status <> 'u' and o.id <> u.id
    where u.id = ${$.id} and ${activeSql('u.')}`,
})

/**
 * Asks for another e-mail address. It becomes the member's once the mailed code confirms it. If somebody else has it,
 * that person is told, and the caller learns nothing.
 * @param hand administrators may get the code themselves, and send it in their own way
 */
export async function changeEmail(
  ctx: MemberCtx,
  id: number,
  email: string,
  hand: boolean,
): Promise<string | undefined> {
  const { kith, now, actor } = ctx
  const { language } = askedOf(ctx)
  const admin = isAdmin(actor) && hand
  return kith.db.transaction(async (tx) => {
    const community = await lookAgain(tx, ctx, selfOrAdmin)
    const row = await looking.row(tx, { id, email })
    if (!row) throw noMember()
    if (admin && row.owner !== null) throw taken('email', row.owner)
    const { code, until } = await makeCode(tx, kith, { member: id, purpose: 'change', email, now })
    if (admin) return code
    const writing = { to: email, now, until, language }
    if (row.owner !== null)
      await writeMail(tx, community, 'alreadyKnown', {
        ...{ ...writing, to: row.owner_email ?? email, member: row.owner, username: row.owner_name ?? '' },
        link: ownLink(community, '/account/recover'),
      })
    else
      await writeMail(tx, community, 'confirmChange', {
        ...{ ...writing, member: id, username: row.username, code },
        // A community with a site of its own asks for the code there.
        link: ownLink(community, ownPaths.verify, { validation_code: code }),
      })
    return undefined
  })
}
