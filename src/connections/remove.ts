import { friendshipMode } from '../community/gates.ts'
import type { MemberCtx } from '../context.ts'
import { refused } from '../platform/errors.ts'
import { changePair } from './pair.ts'
import { type Relationship, statusFor } from './relationship.ts'

/**
 * Ends a connection from either side, also a sleeping one. Without a connection nothing changes: a request has acts
 * of its own to end it.
 */
export const removeConnection = (ctx: MemberCtx, otherId: number): Promise<Relationship> =>
  changePair(ctx, otherId, friendshipMode, ({ me, relationship }, community) => {
    if (relationship.state === 'connected')
      return {
        relationship: { ...relationship, state: 'none', rejected: null },
        events: [{ type: 'connection.deleted', from: relationship.asker as number }],
      }
    const status = statusFor(relationship, me.id, community)
    if (status === 'sent_connection_request')
      throw refused('not_connected', 'You are not connected: cancel your request instead (cancel_request).')
    if (status === 'received_connection_request')
      throw refused('not_connected', 'You are not connected: reject the request instead (reject).')
    return null
  })
