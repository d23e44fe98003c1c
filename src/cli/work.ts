import { readConfig } from '../config.ts'
import { createLog } from '../log.ts'
import { openKith, openStore, unlessAway } from '../open.ts'
import { CannotStart, runUntilStopped } from '../platform/process.ts'
import { beginInBackground } from './background.ts'
import { beginDelivery } from './begin-delivery.ts'
import { type Said, say } from './say.ts'

/** Delivers webhooks, and answers no requests: for a node beside several that serve one database. */
export async function work({ json }: Said = {}): Promise<void> {
  const config = readConfig(process.env)
  if (!config.databaseUrl)
    throw new CannotStart(
      '`kith work` needs DATABASE_URL. With the embedded database, `kith serve` delivers by itself.',
    )
  const log = await createLog(config.logLevel, 1, json)
  const patience = { stop: 30_000 + config.webhookTimeout, failure: 8_000 }
  const start = unlessAway(config, async (running) => {
    const store = await openStore(config, 'work', log, true, running)
    const kith = await openKith(config, store, log, running)
    const delivery = await beginDelivery({ ...config, delivery: true }, store, log)
    await running.closeAtEnd(() => delivery.stop())
    await beginInBackground(kith, config, log, running)
    if (running.stopping) return
    say({ json }, { delivering: true }, '\n  Kith delivers webhooks.\n')
  })
  await runUntilStopped(log, patience, start)
}
