import { followMode } from '../community/gates.ts'
import type { MemberCtx } from '../context.ts'
import { forbidden } from '../platform/errors.ts'
import { type Change, changePair, type Pair } from './pair.ts'
import { mustBeOpen } from './refusals.ts'
import type { Tie } from './tie.ts'

/** Follows a member, or stops following. A blocked member may stop, but not begin. */
export const toggleFollow = (ctx: MemberCtx, otherId: number): Promise<Tie> =>
  changePair(ctx, ctx.actor.id, otherId, followMode, switchFollow, 'member')

function switchFollow(pair: Pair): Change {
  const { me, tie, next } = pair
  if (tie.follows[me.id]) return unfollow(tie, me.id)
  if (me.status === 'b') throw forbidden('Your account is blocked: you may unfollow, but not follow.')
  mustBeOpen(pair)
  return {
    tie: { ...tie, follows: { ...tie.follows, [me.id]: next } },
    tells: [{ type: 'connection.follow', from: me.id }],
  }
}

export const unfollow = (tie: Tie, follower: number) => ({
  tie: { ...tie, follows: { ...tie.follows, [follower]: null } },
  tells: [{ type: 'connection.unfollow' as const, from: follower }],
})
