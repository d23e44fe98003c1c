import { deleteMember } from '../accounts/delete.ts'
import { isAdmin } from '../auth/actor.ts'
import { admitAgain, againGives, againSql } from '../auth/again.ts'
import { moderator } from '../auth/audience.ts'
import type { MemberCtx } from '../context.ts'
import { badField, forbidden, refused } from '../platform/errors.ts'
import { statement } from '../platform/sql/statement.ts'
import { noMember } from '../users/inputs.ts'
import { blockMember, unblockMember } from './block.ts'
import { checkRank } from './rank.ts'

const locking = statement({
  name: 'moderation: lock a member',
  takes: { id: 'bigint', actor: 'bigint' },
  gives: { theirs: 'text', their_role: 'text?', ...againGives },
  sql: ($) => `select u.status::text as theirs, u.role as their_role, ${againSql}
    from users u join users me on me.id = ${$.actor} where u.id = ${$.id} and u.status <> 'w' for no key update of u`,
})

export type Sent = { status: 'a' | 'b' | 'd' | 'u'; days_blocked?: number | null; hard?: boolean }

/**
 * Blocks a member for some days or without end, unblocks them, or deletes them. Nobody does this to themselves, or to
 * somebody with a higher role. Only administrators delete.
 */
export async function moderateMember(ctx: MemberCtx, id: number, sent: Sent): Promise<void> {
  const { kith, now } = ctx
  const { status, days_blocked: days = null, hard = false } = sent
  if (days !== null && status !== 'b')
    throw badField('days_blocked', 'not_blocked', 'Days are of a block: send them with status b, or not at all.')
  const deleting = status === 'd' || status === 'u'
  if (deleting && !isAdmin(ctx.actor)) throw forbidden('Only administrators delete members.')
  await kith.db.transaction(async (tx) => {
    const row = await locking.row(tx, { id, actor: ctx.actor.id })
    if (!row || row.theirs === 'u') throw noMember()
    const community = await admitAgain(tx, ctx, moderator, row)
    checkRank({ id: ctx.actor.id, role: row.role as typeof ctx.actor.role }, { id, role: row.their_role })
    if (deleting) return
    if (row.theirs === 'd')
      throw refused('left', 'This member has left: an account that was deleted is neither blocked nor brought back.')
    if (status === 'a') await unblockMember(tx, id, { now, community })
    else await blockMember(tx, id, { now, community, days, by: ctx.actor.id })
  })
  if (deleting) await deleteMember(ctx, id, status === 'u' || hard)
  kith.actors.forget(id)
}
