import { member } from '../auth/audience.ts'
import type { Community } from '../community/state.ts'
import type { Kith } from '../context.ts'
import { statement } from '../platform/sql/statement.ts'
import { withdraw } from './cancel-request.ts'
import { changePair, type Pair } from './pair.ts'

const sentBefore = statement({
  name: 'connections: requests sent before',
  takes: { before: 'timestamptz' },
  gives: { from: 'bigint', to: 'bigint' },
  sql: ($) => `select member_id as "from", other_id as "to" from relation where state = 1 and created < ${$.before}
    order by created limit 200`,
})

/**
 * Withdraws requests that nobody answered within the community's `connection_request_expiry_days`. Rejected requests
 * expire too: otherwise their sender could tell that they were rejected.
 * @returns how many expired
 */
export async function expireRequests(kith: Kith): Promise<number> {
  let expired = 0
  for (;;) {
    const community = kith.community.current()
    const days = community.options['kith.connection_request_expiry_days']
    if (days === 0 || community.mode !== 'friendship') return expired
    const now = kith.clock.now()
    const before = new Date(now.getTime() - days * 86_400_000).toISOString()
    const stale = await sentBefore.rows(kith.db, { before })
    if (!stale.length) return expired
    for (const { from, to } of stale) {
      const withdrawOpen = ({ relationship }: Pair, { mode }: Community) => {
        const { asker, state, created } = relationship
        const open = mode === 'friendship' && asker === from && (state === 'requested' || state === 'rejected')
        return open && created && Date.parse(created) < Date.parse(before) ? withdraw(relationship) : null
      }
      await changePair(
        { kith, db: kith.db, now, community, actor: { id: from, role: null, status: 'a' } },
        to,
        null,
        withdrawOpen,
        member,
      )
      expired++
    }
  }
}
