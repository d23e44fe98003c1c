import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { makeDays } from '../delivery/attempts/days.ts'
import { here, notify } from '../delivery/channel.ts'
import type { DeliveryLog } from '../delivery/engine.ts'
import { type DeliveryState, type DeliveryThread, startDelivery } from '../delivery/threads/start.ts'
import { heldSince } from '../eventlog/hold.ts'
import type { Opened } from '../open.ts'
import { type ConnectionSettings, openDatabase } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

/** Other nodes are woken at once, but no sooner than this after the last time, in ms. */
const pause = 5
/** How often a node without a delivery thread checks whether another has made an endpoint, in ms. */
const looking = 2_000
/** Something has happened: by then it looks, so that it does not for each of what happens, in ms. */
const soonest = 100

/**
 * Delivers webhooks from this process, unless other processes do, and wakes the nodes that deliver when something is
 * committed here.
 */
export async function beginDelivery(
  config: Config,
  opened: Opened,
  log: Logger,
): Promise<Pick<DeliveryThread, 'state' | 'stop'>> {
  const { db, connection, embedded } = opened
  await makeDays(db, [Date.now(), Date.now() + 86_400_000])
  const since = await heldSince(db)
  if (since) log.warn({ since }, 'an imported community: nothing is sent from here until `kith go-live`')
  const delivery = config.delivery ? deliverWhenNeeded(config, opened, log) : null
  // The embedded database has no other nodes.
  const others = embedded && delivery ? null : wakeOthers(connection, log)
  db.onEventsCommitted(() => {
    delivery?.wake()
    others?.wake()
  })
  return {
    state: async () => (await delivery?.state()) ?? null,
    async stop() {
      await others?.stop()
      await delivery?.stop()
    },
  }
}

/** Wakes other nodes, by a connection of its own that does not wait behind other statements. */
function wakeOthers(connection: ConnectionSettings, log: Logger): { wake(): void; stop(): Promise<void> } {
  const failed = (error: unknown) => log.warn({ err: error }, 'other nodes could not be woken')
  // A notification is a transaction; this keeps it from waiting for the disk.
  const session = { ...connection.session, synchronous_commit: 'off' }
  const db = openDatabase({ ...connection, size: 1, session }, failed)
  let last = 0
  let timer: NodeJS.Timeout | null = null
  const wake = () => {
    timer = null
    last = performance.now()
    // A lost notification is made up for by the next look at the log, half a second later at most.
    notify(db, here).catch(failed)
  }
  return {
    wake() {
      timer ??= setTimeout(wake, Math.max(0, last + pause - performance.now()))
    },
    async stop() {
      if (timer) clearTimeout(timer)
      await db.close()
    },
  }
}

const findingLane = statement({
  name: 'cli: whether there is an endpoint that may be sent to',
  takes: {},
  gives: { id: 'bigint' },
  sql: () => 'select endpoint_id as id from webhook_lane where not exists (select from sending_hold) limit 1',
})

/** The delivery thread, started once there is an endpoint: a community without any should not pay for it. */
function deliverWhenNeeded(config: Config, { db, connection }: Opened, log: Logger): DeliveryThread {
  const say = (level: keyof DeliveryLog) => (about: object, message: string) => log[level](about, message)
  const settings = {
    database: connection,
    schedule: config.webhookRetries,
    timeout: config.webhookTimeout,
    allow: config.webhookAllow,
    listen: config.listen,
    traces: config.traces,
  }
  let started: DeliveryThread | null = null
  let starting: Promise<void> | null = null
  let stopping = false

  async function start(): Promise<void> {
    const lane = await findingLane.row(db, {})
    if (!lane || stopping) return
    started = await startDelivery(settings, { info: say('info'), warn: say('warn'), error: say('error') })
    clearInterval(timer)
  }
  const look = () => {
    if (started || stopping) return
    starting ??= start()
      .catch((error) => log.error({ err: error }, 'webhooks are not delivered yet; trying again'))
      .finally(() => {
        starting = null
      })
  }
  const timer = setInterval(look, looking)
  let soon: NodeJS.Timeout | null = null
  const lookSoon = () => {
    soon ??= setTimeout(() => {
      soon = null
      look()
    }, soonest)
  }
  look()

  return {
    wake() {
      if (started) started.wake()
      else lookSoon()
    },
    state: async (): Promise<DeliveryState | null> => (await started?.state()) ?? null,
    async stop() {
      stopping = true
      clearInterval(timer)
      if (soon) clearTimeout(soon)
      await starting
      await started?.stop()
    },
  }
}
