import { friendshipMode } from '../community/gates.ts'
import type { MemberCtx } from '../context.ts'
import { changePair } from './pair.ts'
import { alreadyConnected, noRequest, refuseIfHiddenOrBlocked } from './refusals.ts'
import type { Relationship } from './relationship.ts'

/** Reopens a rejected request, as if it had never been rejected. */
export const cancelReject = (ctx: MemberCtx, fromId: number): Promise<Relationship> =>
  changePair(ctx, fromId, friendshipMode, (pair) => {
    const { relationship } = pair
    refuseIfHiddenOrBlocked(pair)
    if (relationship.state === 'connected') throw alreadyConnected('There is nothing to restore.')
    if (relationship.asker !== fromId || relationship.state === 'none') throw noRequest()
    if (relationship.state === 'requested') return null
    return {
      relationship: { ...relationship, state: 'requested', rejected: null },
      events: [{ type: 'connection_request.restored', from: fromId }],
    }
  })
