import { readConfig } from '../config.ts'
import { createLog } from '../log.ts'
import { openStore } from '../open.ts'
import { migrate } from '../platform/db/migrate.ts'

/** Brings the schema up to date and says what was done. */
export async function migrateNow(): Promise<void> {
  const config = readConfig(process.env)
  const store = await openStore(config, 'migrate', await createLog('warn'))
  try {
    const done = await migrate(store.db.pool)
    console.log(done.length ? `Done: ${done.join(', ')}.` : 'The schema is up to date.')
  } finally {
    await store.close()
  }
}
