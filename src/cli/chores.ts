import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { expireRequests } from '../connections/expire.ts'
import type { Kith } from '../context.ts'
import { dropDays, makeDays } from '../delivery/partitions.ts'
import { tallyEvents } from '../eventlog/tally.ts'
import { removeLeftovers } from '../webhooks/delete.ts'

const day = 86_400_000

/** Work that is due from time to time, one round after the other. */
export function runChores(kith: Kith, config: Config, log: Logger): () => Promise<void> {
  let stopped = false
  let timer: NodeJS.Timeout
  let round = Promise.resolve()

  async function work(): Promise<void> {
    const now = kith.clock.now().getTime()
    await tallyEvents(kith.db)
    const expired = await expireRequests(kith)
    if (expired) log.info({ expired }, 'requests expired')
    await makeDays(kith.db, [now, now + day])
    const dropped = await dropDays(kith.db, now, config.webhookLogDays)
    if (dropped) log.info({ attempts: dropped, days: config.webhookLogDays }, 'old webhook attempts dropped')
    await removeLeftovers(kith.db)
  }

  const next = (ms: number) => {
    if (stopped) return
    timer = setTimeout(() => {
      round = work()
        .catch((error) => log.error({ err: error }, 'a chore failed; it is tried again in a minute'))
        .then(() => next(60_000))
    }, ms)
  }
  next(5_000)
  return async () => {
    stopped = true
    clearTimeout(timer)
    await round
  }
}
