import { friendshipMode } from '../community/gates.ts'
import type { MemberCtx } from '../context.ts'
import { type Change, changePair } from './pair.ts'
import type { Relationship } from './relationship.ts'

/** Ends a connection, from either side. Without one nothing changes. */
export const removeConnection = (ctx: MemberCtx, otherId: number): Promise<Relationship> =>
  changePair(ctx, otherId, friendshipMode, ({ relationship }) =>
    relationship.state === 'connected' ? disconnect(relationship) : null,
  )

export const disconnect = (relationship: Relationship): Change => ({
  relationship: { ...relationship, state: 'none', rejected: null },
  events: [{ type: 'connection.deleted', from: relationship.asker as number }],
})
