import { friendshipMode } from '../community/gates.ts'
import type { MemberCtx } from '../context.ts'
import { type Change, changePair } from './pair.ts'
import { alreadyConnected } from './refusals.ts'
import type { Relationship } from './relationship.ts'

/** Withdraws the caller's own request. Without one, nothing changes. */
export const cancelRequest = (ctx: MemberCtx, toId: number): Promise<Relationship> =>
  changePair(ctx, toId, friendshipMode, ({ me, relationship }) => {
    if (relationship.state === 'connected')
      throw alreadyConnected('Your request was accepted. Remove the connection instead.')
    if (relationship.state === 'none' || relationship.asker !== me.id) return null
    return withdraw(relationship)
  })

/** A request ends without an answer. If it was rejected, the rejection stays and still blocks a new request. */
export const withdraw = (relationship: Relationship): Change => ({
  relationship: { ...relationship, state: 'none' },
  events: [{ type: 'connection_request.cancelled', from: relationship.asker as number }],
})
