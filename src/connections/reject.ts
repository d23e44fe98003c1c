import { friendshipMode } from '../community/gates.ts'
import type { MemberCtx } from '../context.ts'
import { changePair } from './pair.ts'
import { alreadyConnected, noRequest } from './refusals.ts'
import type { Relationship } from './relationship.ts'

/** Rejects a request. It leaves the receiver's list; its sender does not learn of it and still sees it as sent. */
export const rejectConnection = (ctx: MemberCtx, fromId: number): Promise<Relationship> =>
  changePair(ctx, fromId, friendshipMode, ({ relationship }) => {
    if (relationship.state === 'connected') throw alreadyConnected('Remove the connection instead.')
    if (relationship.asker !== fromId || relationship.state === 'none') throw noRequest()
    if (relationship.state === 'rejected') return null
    return {
      relationship: { ...relationship, state: 'rejected', rejected: ctx.now.toISOString() },
      events: [{ type: 'connection_request.rejected', from: fromId }],
    }
  })
