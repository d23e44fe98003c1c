import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Kith } from '../context.ts'
import { createSender } from '../delivery/http/send.ts'
import { pushDue } from '../devices/push.ts'
import { createHold } from '../eventlog/hold.ts'
import { keepDoing } from './chores.ts'

/** How long a push service may take, in ms. */
const timeout = 10_000

/**
 * Sends browser notifications every two seconds until it is stopped.
 * @returns stops it: resolves when what is under way has ended
 */
export function keepPushing(kith: Kith, config: Config, log: Logger): () => Promise<void> {
  let stopped = false
  const maySend = createHold(kith.db)
  // Browsers, or programs that pretend to be one, name these addresses, so they are checked as those of webhooks.
  const sender = createSender({ addresses: kith.webhookAddresses, timeout, sockets: 64 })
  const subject = config.publicUrl?.startsWith('https:') ? config.publicUrl : `mailto:${config.mailFrom.address}`
  const push = async () => {
    if (await maySend()) await pushDue(kith, { sender, log, subject }, () => stopped)
  }
  const stop = keepDoing(log, { 'tell browsers': push }, { first: 500, pause: 2_000 })
  return async () => {
    stopped = true
    await stop()
    await sender.close()
  }
}
