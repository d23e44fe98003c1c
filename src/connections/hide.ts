import type { MemberCtx } from '../context.ts'
import { withdraw } from './cancel-request.ts'
import { unfollow } from './follow.ts'
import { type Change, changePair } from './pair.ts'
import type { Relationship } from './relationship.ts'
import { disconnect } from './remove.ts'

/**
 * Hides a member, or shows them again. Hiding ends whatever there is between the two, in the same transaction;
 * showing brings none of it back.
 */
export const toggleHide = (ctx: MemberCtx, otherId: number): Promise<Relationship> =>
  changePair(ctx, otherId, null, ({ me, relationship, next }) => {
    if (relationship.hides[me.id])
      return { relationship: { ...relationship, hides: { ...relationship.hides, [me.id]: null } }, events: [] }
    const { relationship: ended, events } = end(relationship)
    return { relationship: { ...ended, hides: { ...relationship.hides, [me.id]: next } }, events }
  })

/** Ends a request, a connection and following in both directions. */
export function end(relationship: Relationship): Change {
  let change: Change = { relationship, events: [] }
  const then = (next: Change) => {
    change = { relationship: next.relationship, events: [...change.events, ...next.events] }
  }
  if (relationship.state === 'connected') then(disconnect(change.relationship))
  else if (relationship.state !== 'none') then(withdraw(change.relationship))
  for (const [follower, since] of Object.entries(relationship.follows)) {
    if (since !== null) then(unfollow(change.relationship, Number(follower)))
  }
  return change
}
