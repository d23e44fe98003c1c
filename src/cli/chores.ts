import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { expireRequests } from '../connections/expire.ts'
import type { Kith } from '../context.ts'
import { dropDays, makeDays } from '../delivery/partitions.ts'
import { tallyEvents } from '../eventlog/tally.ts'
import { removeLeftovers } from '../webhooks/delete.ts'

const day = 86_400_000

/** Work that is due from time to time, by what it does. */
export type Chores = Record<string, () => Promise<unknown>>

const choresOf = (kith: Kith, config: Config, log: Logger): Chores => {
  const now = () => kith.clock.now().getTime()
  return {
    'count events': () => tallyEvents(kith.db),
    'expire requests': async () => {
      const expired = await expireRequests(kith)
      if (expired) log.info({ expired }, 'requests expired')
    },
    'make days of attempts': () => makeDays(kith.db, [now(), now() + day]),
    'drop old days of attempts': async () => {
      const dropped = await dropDays(kith.db, now(), config.webhookLogDays)
      if (dropped) log.info({ attempts: dropped, days: config.webhookLogDays }, 'old webhook attempts dropped')
    },
    'remove what deleted webhook endpoints left': () => removeLeftovers(kith.db),
  }
}

/**
 * Does chores, one round after the other, until it is stopped. One that fails is named, and keeps no other from its turn.
 * @param times when the first round begins, and how long it is from the end of one to the next, in ms
 * @returns how to stop: resolves when what is under way has ended
 */
export function keepDoing(log: Logger, chores: Chores, { first = 5_000, pause = 60_000 } = {}): () => Promise<void> {
  let stopped = false
  let timer: NodeJS.Timeout
  let round = Promise.resolve()

  async function work(): Promise<void> {
    for (const [chore, act] of Object.entries(chores)) {
      if (stopped) return
      try {
        await act()
      } catch (error) {
        log.error({ chore, err: error }, 'a chore failed; it is tried again in a minute')
      }
    }
  }
  const next = (ms: number) => {
    if (stopped) return
    timer = setTimeout(() => {
      round = work().then(() => next(pause))
    }, ms)
  }
  next(first)
  return async () => {
    stopped = true
    clearTimeout(timer)
    await round
  }
}

/** Does the chores of a Kith. */
export const runChores = (
  kith: Kith,
  config: Config,
  log: Logger,
  { chores = choresOf(kith, config, log), ...times }: { chores?: Chores; first?: number; pause?: number } = {},
): (() => Promise<void>) => keepDoing(log, chores, times)
