import { lookAgain } from '../auth/again.ts'
import { member } from '../auth/audience.ts'
import { areFriendships, type Community } from '../community/state.ts'
import type { MemberCtx } from '../context.ts'
import { statement } from '../platform/sql/statement.ts'
import { changePair, type Pair } from './pair.ts'
import { isHidden } from './relationship.ts'

/**
 * Notes that a request was seen. With the caller's own id: all open ones. Seen twice keeps the first time. In follow
 * mode there are none.
 */
export async function markSeen(ctx: MemberCtx, fromId: number): Promise<void> {
  if (fromId === ctx.actor.id) return markAllSeen(ctx)
  const see = ({ relationship }: Pair, community: Community) => {
    if (!areFriendships(community)) return null
    if (
      isHidden(relationship) ||
      relationship.state !== 'requested' ||
      relationship.asker !== fromId ||
      relationship.viewed
    )
      return null
    return { relationship: { ...relationship, viewed: ctx.now.toISOString() }, events: [] }
  }
  await changePair(ctx, fromId, null, see, member)
}

const lockingMember = statement({
  name: 'connections: lock a member',
  takes: { id: 'bigint' },
  gives: {},
  sql: ($) => `select from users where id = ${$.id} for no key update`,
})

const markingSeen = statement({
  name: 'connections: mark all requests seen',
  takes: { member: 'bigint', now: 'timestamptz' },
  gives: {},
  sql: ($) => `with seen as (
      select least(member_id, other_id) as lo, greatest(member_id, other_id) as hi from relation
      where member_id = ${$.member} and state = 2 and viewed is null
    )
    update relation r set viewed = ${$.now}, version = version + 1 from seen
    where (r.member_id, r.other_id) in ((seen.lo, seen.hi), (seen.hi, seen.lo))`,
})

/**
 * The version grows too, so that an act that read the relationship before decides again. The member is locked first,
 * as acts do, in a statement of its own: the next statement then reads requests that no longer change.
 */
async function markAllSeen(ctx: MemberCtx): Promise<void> {
  const { db, actor, now } = ctx
  await db.transaction(async (tx) => {
    if (!areFriendships(await lookAgain(tx, ctx, member))) return
    await lockingMember.rows(tx, { id: actor.id })
    await markingSeen.rows(tx, { member: actor.id, now })
  })
}
