import { friendshipMode } from '../community/gates.ts'
import type { MemberCtx } from '../context.ts'
import { type Change, changePair } from './pair.ts'
import type { Tie } from './tie.ts'

/** Ends a connection, from either side. Without one nothing changes. */
export const removeConnection = (ctx: MemberCtx, otherId: number): Promise<Tie> =>
  changePair(ctx, ctx.actor.id, otherId, friendshipMode, ({ tie }) =>
    tie.state === 'connected' ? disconnect(tie) : null,
  )

export const disconnect = (tie: Tie): Change => ({
  tie: { ...tie, state: 'none', rejected: null },
  tells: [{ type: 'connection.deleted', from: tie.asker as number }],
})
