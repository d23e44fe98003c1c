import { friendshipMode } from '../community/gates.ts'
import type { MemberCtx } from '../context.ts'
import { changePair } from './pair.ts'
import { mustBeOpen, noRequest } from './refusals.ts'
import { connect } from './request.ts'
import type { Tie } from './tie.ts'

/** Accepting twice changes nothing. A rejected request is restored first, or asked for anew. */
export const acceptConnection = (ctx: MemberCtx, fromId: number): Promise<Tie> =>
  changePair(ctx, ctx.actor.id, fromId, friendshipMode, (pair) => {
    mustBeOpen(pair)
    if (pair.tie.state === 'connected') return null
    if (pair.tie.state !== 'requested' || pair.tie.asker !== fromId) throw noRequest()
    return connect(pair)
  })
