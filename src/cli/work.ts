import { readConfig } from '../config.ts'
import { createLog } from '../log.ts'
import { openKith, openStore } from '../open.ts'
import { CannotStart, onStop } from '../platform/process.ts'
import { beginDelivery } from './begin-delivery.ts'
import { runChores } from './chores.ts'

/** Delivers webhooks, and answers no requests: for a node beside several that serve one database. */
export async function work(): Promise<void> {
  const config = readConfig(process.env)
  if (!config.databaseUrl)
    throw new CannotStart(
      '`kith work` needs DATABASE_URL. With the embedded database, `kith serve` delivers by itself.',
    )
  const log = await createLog(config.logLevel)
  let stopRequested: (why: string) => void = () => {}
  const stopping = new Promise<string>((resolve) => {
    stopRequested = resolve
  })
  onStop(stopRequested)
  const store = await openStore(config, 'work', log)
  try {
    const kith = await openKith(config, store, log)
    const delivery = await beginDelivery({ ...config, delivery: true }, store, log)
    const stopChores = runChores(kith, config, log)
    process.stdout.write('\n  Kith delivers webhooks.\n\n')
    log.info({ why: await stopping }, 'stopping')
    await stopChores()
    await delivery.stop()
  } finally {
    await store.close()
  }
  log.info('stopped')
}
