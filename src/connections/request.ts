import { friendshipMode } from '../community/gates.ts'
import type { Community } from '../community/state.ts'
import type { MemberCtx } from '../context.ts'
import { refused } from '../platform/errors.ts'
import { type Change, changePair, type Pair } from './pair.ts'
import { refuseBeyondQuota, refuseIfHiddenOrBlocked } from './refusals.ts'
import { fresh, type Relationship } from './relationship.ts'

/**
 * Asks a member to connect. Asking twice changes nothing. Asking somebody who has asked you accepts, even if you
 * rejected it.
 */
export const requestConnection = (ctx: MemberCtx, toId: number): Promise<Relationship> =>
  changePair(ctx, toId, friendshipMode, (pair, community) => {
    const { me, other, relationship } = pair
    refuseIfHiddenOrBlocked(pair)
    if (relationship.state === 'connected') return null
    if (relationship.state !== 'none') return relationship.asker === me.id ? null : connect(pair)
    if (other.connectionRequests === 'refuse')
      throw refused('requests_refused', 'This member takes no connection requests.')
    refuseBeyondQuota(pair, community.options['kith.connection_request_daily_quota'], ctx.now)

    const asked = ask(pair, ctx.now)
    const asking = { type: 'connection_request.created', from: me.id } as const
    if (inCooldown(pair, community, ctx.now)) {
      // Withdrawing and asking again does not get around a rejection: the new request is rejected as the old one was.
      const relationship = { ...asked, state: 'rejected' as const, rejected: pair.relationship.rejected }
      return { relationship, events: [asking, { type: 'connection_request.rejected', from: me.id }], usesQuota: true }
    }
    if (other.connectionRequests === 'accept') {
      const { relationship, events } = connect({ ...pair, relationship: asked })
      return { relationship, events: [asking, ...events], usesQuota: true }
    }
    return { relationship: asked, events: [asking], usesQuota: true }
  })

const ask = ({ me, relationship }: Pair, now: Date): Relationship => ({
  ...relationship,
  state: 'requested',
  asker: me.id,
  requestId: fresh,
  place: fresh,
  created: now.toISOString(),
  viewed: null,
  rejected: null,
})

/** Connects both. The one who asked first stays the requester. */
export const connect = ({ relationship }: Pick<Pair, 'relationship'>): Change & { relationship: Relationship } => ({
  relationship: { ...relationship, state: 'connected', place: fresh, rejected: null },
  events: [{ type: 'connection.created', from: relationship.asker as number }],
})

/** Whether a rejection of this member's last request still holds, by the community's cool-down. */
function inCooldown({ me, relationship }: Pair, { options }: Community, now: Date): boolean {
  if (!relationship.rejected || relationship.asker !== me.id) return false
  const days = options['kith.connection_request_cooldown_days']
  return days === 0 || now.getTime() < Date.parse(relationship.rejected) + days * 86_400_000
}
