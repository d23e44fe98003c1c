import { member } from '../auth/audience.ts'
import { followMode } from '../community/gates.ts'
import type { MemberCtx } from '../context.ts'
import { forbidden } from '../platform/errors.ts'
import { type Change, changePair, type Pair } from './pair.ts'
import { refuseIfBlocked, refuseIfHidden } from './refusals.ts'
import { fresh, type Relationship, withOne } from './relationship.ts'

/**
 * Follows a member, or stops following. A blocked member may stop but not begin. While one hides the other, neither
 * follows or stops.
 */
export const toggleFollow = (ctx: MemberCtx, otherId: number): Promise<Relationship> =>
  changePair(ctx, otherId, followMode, switchFollow, member)

function switchFollow(pair: Pair): Change {
  const { me, relationship } = pair
  refuseIfHidden(pair)
  if (relationship.follows.get(me.id))
    return {
      relationship: { ...relationship, follows: withOne(relationship.follows, me.id, null) },
      events: [{ type: 'connection.unfollow', from: me.id }],
    }
  if (me.status === 'b') throw forbidden('Your account is blocked: you may unfollow, but not follow.')
  refuseIfBlocked(pair)
  return {
    relationship: { ...relationship, follows: withOne(relationship.follows, me.id, fresh) },
    events: [{ type: 'connection.follow', from: me.id }],
  }
}
