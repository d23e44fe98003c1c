import { friendshipMode } from '../community/gates.ts'
import type { MemberCtx } from '../context.ts'
import { changePair } from './pair.ts'
import { alreadyConnected, mustBeOpen, noRequest } from './refusals.ts'
import type { Tie } from './tie.ts'

/** A rejected request is open again, as if it had never been rejected. */
export const cancelReject = (ctx: MemberCtx, fromId: number): Promise<Tie> =>
  changePair(ctx, ctx.actor.id, fromId, friendshipMode, (pair) => {
    const { tie } = pair
    mustBeOpen(pair)
    if (tie.state === 'connected') throw alreadyConnected('There is nothing to restore.')
    if (tie.asker !== fromId || tie.state === 'none') throw noRequest()
    if (tie.state === 'requested') return null
    return {
      tie: { ...tie, state: 'requested', rejected: null },
      tells: [{ type: 'connection_request.restored', from: fromId }],
    }
  })
