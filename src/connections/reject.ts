import { friendshipMode } from '../community/gates.ts'
import type { MemberCtx } from '../context.ts'
import { changePair } from './pair.ts'
import { alreadyConnected, noRequest } from './refusals.ts'
import type { Tie } from './tie.ts'

/** The request leaves the list of those received; the one who sent it is told nothing and still sees it as sent. */
export const rejectConnection = (ctx: MemberCtx, fromId: number): Promise<Tie> =>
  changePair(ctx, ctx.actor.id, fromId, friendshipMode, ({ tie }) => {
    if (tie.state === 'connected') throw alreadyConnected('Remove the connection instead.')
    if (tie.asker !== fromId || tie.state === 'none') throw noRequest()
    if (tie.state === 'rejected') return null
    return {
      tie: { ...tie, state: 'rejected', rejected: ctx.now.toISOString() },
      tells: [{ type: 'connection_request.rejected', from: fromId }],
    }
  })
