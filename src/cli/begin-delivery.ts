import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { DeliveryLog } from '../delivery/engine.ts'
import { channel } from '../delivery/lanes.ts'
import { makeDays } from '../delivery/partitions.ts'
import { type Delivery, startDelivery } from '../delivery/start.ts'
import type { Opened } from '../open.ts'

/** How long wake-ups are gathered before other nodes hear of them, in ms. */
const gathering = 5

/**
 * Delivers webhooks from this process, unless that is left to others, and lets the nodes that do know when something
 * was told here: this one at once, the others after the commit and a moment, whatever the number of commits.
 */
export async function beginDelivery(
  config: Config,
  { db, connection, embedded }: Opened,
  log: Logger,
): Promise<Delivery> {
  const say = (level: keyof DeliveryLog) => (about: object, message: string) => log[level](about, message)
  await makeDays(db, [Date.now(), Date.now() + 86_400_000])
  const delivery = config.delivery
    ? await startDelivery(
        {
          database: connection,
          schedule: config.webhookRetries,
          timeout: config.webhookTimeout,
          allow: config.webhookAllow,
          listen: config.prepareStatements,
        },
        { info: say('info'), warn: say('warn'), error: say('error') },
      )
    : null
  // The embedded database has no other nodes.
  const notifies = !embedded || !delivery
  let timer: NodeJS.Timeout | null = null
  db.onTold(() => {
    delivery?.wake()
    if (notifies)
      timer ??= setTimeout(() => {
        timer = null
        // Lost, it is made up for by the next look at the log, half a second later at most.
        db.query('select pg_notify($1, $2)', [channel, '']).catch((error) =>
          log.warn({ err: error }, 'nodes not woken'),
        )
      }, gathering)
  })
  return {
    wake: () => delivery?.wake(),
    async stop() {
      if (timer) clearTimeout(timer)
      await delivery?.stop()
    },
  }
}
