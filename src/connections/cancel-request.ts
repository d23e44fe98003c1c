import { friendshipMode } from '../community/gates.ts'
import type { MemberCtx } from '../context.ts'
import { type Change, changePair } from './pair.ts'
import { alreadyConnected } from './refusals.ts'
import type { Tie } from './tie.ts'

/** Withdraws one's own request. Where there is none, there is nothing to withdraw and nothing changes. */
export const cancelRequest = (ctx: MemberCtx, toId: number): Promise<Tie> =>
  changePair(ctx, ctx.actor.id, toId, friendshipMode, ({ me, tie }) => {
    if (tie.state === 'connected') throw alreadyConnected('Your request was accepted. Remove the connection instead.')
    if (tie.state === 'none' || tie.asker !== me.id) return null
    return withdraw(tie)
  })

/** A request ends without an answer. One that was rejected leaves its rejection behind. */
export const withdraw = (tie: Tie): Change => ({
  tie: { ...tie, state: 'none' },
  tells: [{ type: 'connection_request.cancelled', from: tie.asker as number }],
})
