import { parentPort, workerData } from 'node:worker_threads'
import { checkSource, noMemory, recall } from '../../eventlog/continue.ts'
import { systemClock } from '../../platform/clock.ts'
import { openDatabase } from '../../platform/db/database.ts'
import { continueRecovery } from '../../webhooks/continue-recovery.ts'
import { type DeliveryLog, startEngine } from '../engine.ts'
import { createAddresses, parseAllowed } from '../http/addresses.ts'
import { createSender } from '../http/send.ts'
import { passedOver } from '../log/tail.ts'
import { type DeliverySettings, deliverySession, sockets } from '../settings.ts'
import { createIsolatedSender } from './isolated-sender.ts'
import type { FromThread, ToThread } from './start.ts'
import { traceDeliveries } from './traces.ts'

const port = parentPort
if (!port) throw new Error('This file is a thread of Kith; run `kith serve` or `kith work`.')
const tell = (message: FromThread) => port.postMessage(message)

/** Errors in plain form; they lose their names on the way between threads. */
const plain = (about: object) =>
  Object.fromEntries(
    Object.entries(about).map(([key, value]) => {
      if (!(value instanceof Error)) return [key, value]
      const { name, message, stack } = value
      return [key, { type: name, message, stack, code: (value as { code?: string }).code }]
    }),
  )
const say = (level: keyof DeliveryLog) => (about: object, message: string) =>
  tell({ log: { level, about: plain(about), message } })
const log: DeliveryLog = { info: say('info'), warn: say('warn'), error: say('error') }

const settings = workerData as DeliverySettings
const db = openDatabase({ ...settings.database, size: 4, session: deliverySession }, (error) =>
  log.warn({ why: error.message }, 'lost a database connection'),
)
const memory = noMemory()
db.onConnect((on) => checkSource(on, memory.highest))
const addresses = createAddresses(parseAllowed(settings.allow))
const sender = createSender({ addresses, timeout: settings.timeout, sockets: sockets.proven })
const isolated = createIsolatedSender(settings, (error) =>
  log.error({ err: error }, 'the isolated sending thread failed'),
)

const traces = settings.traces ? await traceDeliveries(settings.traces, log) : null
const engine = await startEngine({
  db,
  clock: systemClock,
  log,
  sender,
  isolated,
  schedule: settings.schedule,
  timeout: settings.timeout,
  listen: settings.listen,
  follow: traces?.follow,
  async lastBreak(on, read) {
    // Also while the database is away: what was read is known, unless it was read behind a break not yet known of.
    if (read < memory.highest + passedOver) memory.highest = Math.max(memory.highest, read)
    await recall(on, memory, read)
    return memory.seenBreak
  },
  recover: (on, endpoint, now) => continueRecovery(on, endpoint, 5_000, now),
})
tell({ ready: engine.node })

port.on('message', async (message: ToThread) => {
  if (message === 'wake') engine.wake()
  else if (message === 'state') tell({ state: engine.state() })
  else {
    await engine.stop()
    await sender.close()
    await isolated.close()
    await db.close()
    await traces?.stop()
    port.close()
  }
})
