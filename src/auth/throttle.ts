import type { Clock } from '../platform/clock.ts'
import { tooMany } from '../platform/errors.ts'
import { lru } from '../platform/lru.ts'

/** Counts failed attempts, so that nobody can guess for long. */
export type Throttle = {
  /**
   * Counts an attempt on an account from an address before its outcome is known, because many may run at once. Throws
   * 429 if there were too many.
   * @returns takes the count back, once the attempt has succeeded
   */
  count(account: string, address: string): () => void
}

/** Attempts are counted for this long from the first, in ms. */
const span = 15 * 60_000

/**
 * Attempts in that span: from one address; from one address on one account; on one account from everywhere, above
 * which each address has only few. Whatever others try, somebody at another address can still sign in.
 */
const most = { address: 100, pair: 10, account: 100, few: 3 }

/** In memory, as all rates: each node counts for itself. Nothing that a stranger tries is written. */
export function createThrottle(clock: Clock): Throttle {
  const counts = lru<string, { n: number; since: number }>(100_000)

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
