import { friendshipMode } from '../community/gates.ts'
import type { Community } from '../community/state.ts'
import type { MemberCtx } from '../context.ts'
import { refused } from '../platform/errors.ts'
import { type Change, changePair, type Pair } from './pair.ts'
import { mustBeOpen, mustHaveQuota } from './refusals.ts'
import type { Tie } from './tie.ts'

/** Asking twice changes nothing; asking somebody who has asked you, even if you rejected it, accepts. */
export const requestConnection = (ctx: MemberCtx, toId: number): Promise<Tie> =>
  changePair(ctx, ctx.actor.id, toId, friendshipMode, (pair, community) => {
    const { me, other, tie } = pair
    mustBeOpen(pair)
    if (tie.state === 'connected') return null
    if (tie.state !== 'none') return tie.asker === me.id ? null : connect(pair)
    if (other.connectionRequests === 'refuse')
      throw refused('requests_refused', 'This member takes no connection requests.')
    mustHaveQuota(pair, community.options['kith.connection_request_daily_quota'], ctx.now)

    const asked = ask(pair, ctx.now)
    const asking = { type: 'connection_request.created', from: me.id } as const
    if (standsRejected(pair, community, ctx.now)) {
      // Withdrawing and asking again is not a way around a rejection: the new request is where the old one was.
      const tie = { ...asked, state: 'rejected' as const, rejected: pair.tie.rejected }
      return { tie, tells: [asking, { type: 'connection_request.rejected', from: me.id }], spends: true }
    }
    if (other.connectionRequests === 'accept') {
      const { tie, tells } = connect({ ...pair, tie: asked })
      return { tie, tells: [asking, ...tells], spends: true }
    }
    return { tie: asked, tells: [asking], spends: true }
  })

const ask = ({ me, tie, next }: Pair, now: Date): Tie => ({
  ...tie,
  state: 'requested',
  asker: me.id,
  requestId: next,
  place: next,
  created: now.toISOString(),
  viewed: null,
  rejected: null,
})

/** Both are connected from now on. The one who asked first stays the requester. */
export const connect = ({ tie, next }: Pair): Change & { tie: Tie } => ({
  tie: { ...tie, state: 'connected', place: next, rejected: null },
  tells: [{ type: 'connection.created', from: tie.asker as number }],
})

/** Whether a rejection of this member's last request still holds, by the community's cool-down. */
function standsRejected({ me, tie }: Pair, { options }: Community, now: Date): boolean {
  if (!tie.rejected || tie.asker !== me.id) return false
  const days = options['kith.connection_request_cooldown_days']
  return days === 0 || now.getTime() < Date.parse(tie.rejected) + days * 86_400_000
}
