import { type EngineOptions, startEngine } from '../../src/delivery/engine.ts'
import { createAddresses, parseAllowed } from '../../src/delivery/http/addresses.ts'
import { createSender, type SenderOptions } from '../../src/delivery/http/send.ts'
import { deliverySession, retrySchedule } from '../../src/delivery/settings.ts'
import { openDatabase } from '../../src/platform/db/database.ts'
import type { World } from './world.ts'

/** Delivers a world's events, from within the test. */
export type Delivering = Awaited<ReturnType<typeof deliver>>

export async function deliver(
  world: World,
  options: Partial<EngineOptions> & { sender?: never; sending?: Partial<SenderOptions> } = {},
) {
  const db = openDatabase({ ...world.database.connection, size: 4, session: deliverySession }, () => {})
  const sending = {
    addresses: createAddresses(parseAllowed('127.0.0.0/8')),
    timeout: 10_000,
    sockets: 256,
    ...options.sending,
  }
  const sender = createSender(sending)
  const isolated = createSender({ ...sending, pace: 8 })
  const lines: string[] = []
  const say = (level: string) => (about: object, message: string) =>
    void lines.push(`${level}: ${message} ${JSON.stringify(about)}`)
  const engine = await startEngine({
    db,
    clock: world.kith.clock,
    log: { info: say('info'), warn: say('warn'), error: say('error') },
    schedule: retrySchedule,
    timeout: sending.timeout,
    ...options,
    sender,
    isolated,
  })
  world.db.onEventsCommitted(() => engine.wake())
  return {
    ...engine,
    log: lines,
    async stop() {
      await engine.stop()
      await sender.close()
      await isolated.close()
      await db.close()
    },
  }
}
