import { friendshipMode } from '../community/gates.ts'
import type { MemberCtx } from '../context.ts'
import { changePair } from './pair.ts'
import { noRequest, refuseIfHiddenOrBlocked } from './refusals.ts'
import type { Relationship } from './relationship.ts'
import { connect } from './request.ts'

/** Accepts a request. Accepting twice changes nothing. A rejected request is restored first, or asked for anew. */
export const acceptConnection = (ctx: MemberCtx, fromId: number): Promise<Relationship> =>
  changePair(ctx, fromId, friendshipMode, (pair) => {
    refuseIfHiddenOrBlocked(pair)
    if (pair.relationship.state === 'connected') return null
    if (pair.relationship.state !== 'requested' || pair.relationship.asker !== fromId) throw noRequest()
    return connect(pair)
  })
