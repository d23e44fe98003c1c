import type { MemberCtx } from '../context.ts'
import { withdraw } from './cancel-request.ts'
import { unfollow } from './follow.ts'
import { type Change, changePair } from './pair.ts'
import { disconnect } from './remove.ts'
import type { Tie } from './tie.ts'

/**
 * Hides a member, or shows them again. Hiding ends whatever there is between the two, in the same transaction;
 * showing brings none of it back.
 */
export const toggleHide = (ctx: MemberCtx, otherId: number): Promise<Tie> =>
  changePair(ctx, ctx.actor.id, otherId, null, ({ me, tie, next }) => {
    if (tie.hides[me.id]) return { tie: { ...tie, hides: { ...tie.hides, [me.id]: null } }, tells: [] }
    const { tie: ended, tells } = end(tie)
    return { tie: { ...ended, hides: { ...tie.hides, [me.id]: next } }, tells }
  })

/** Ends a request, a connection and following in both directions. */
export function end(tie: Tie): Change {
  let change: Change = { tie, tells: [] }
  const then = (next: Change) => {
    change = { tie: next.tie, tells: [...change.tells, ...next.tells] }
  }
  if (tie.state === 'connected') then(disconnect(change.tie))
  else if (tie.state !== 'none') then(withdraw(change.tie))
  for (const [follower, since] of Object.entries(tie.follows)) {
    if (since !== null) then(unfollow(change.tie, Number(follower)))
  }
  return change
}
