import { LRUCache } from 'lru-cache'
import type { Clock } from '../platform/clock.ts'
import { tooMany } from '../platform/errors.ts'
import { growing } from '../platform/growing.ts'

/** Counts what was tried in vain, so that nobody can try for long. */
export type Throttle = {
  /**
   * Counts an attempt on an account from an address before it is known how it ends: many at once are many. Throws 429
   * when there were too many.
   * @returns what takes it back, once it has succeeded
   */
  count(account: string, address: string): () => void
}

/** Attempts are counted for so long, in ms, from the first. */
const span = 15 * 60_000

/**
 * Attempts in that span: of one address in all; of one address on one account; and on one account from everywhere, above
 * which each address has few. Whatever others try, somebody at another address can still sign in.
 */
const most = { address: 100, pair: 10, account: 100, few: 3 }

/** In memory, as all rates: each node counts for itself. Nothing a stranger tries is written down. */
export function createThrottle(clock: Clock): Throttle {
  const counts = new LRUCache<string, { n: number; since: number }>(growing(100_000))

  function read(key: string): { n: number; since: number } {
    const now = clock.now().getTime()
    const kept = counts.get(key)
    if (kept && Math.abs(now - kept.since) < span) return kept
    const fresh = { n: 0, since: now }
    counts.set(key, fresh)
    return fresh
  }

  return {
    count(account, address) {
      const of = {
        address: read(`from ${address}`),
        account: read(`on ${account}`),
        pair: read(`on ${account} from ${address}`),
      }
      const allowed = of.account.n >= most.account ? most.few : most.pair
      const full = of.address.n >= most.address ? of.address : of.pair.n >= allowed ? of.pair : null
      if (full) throw tooMany(Math.max(1, Math.ceil((full.since + span - clock.now().getTime()) / 1000)))
      for (const each of Object.values(of)) each.n++
      return () => {
        of.address.n--
        of.account.n--
        of.pair.n = 0
      }
    },
  }
}
