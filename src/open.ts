import type { Logger } from 'pino'
import { createActors } from './auth/actor.ts'
import { createTokens } from './auth/token.ts'
import { createCommunityState } from './community/state.ts'
import type { Config } from './config.ts'
import type { Kith } from './context.ts'
import { createAddresses, parseAllowed } from './delivery/addresses.ts'
import { settleRestoredEvents } from './eventlog/tally.ts'
import { systemClock } from './platform/clock.ts'
import { type ConnectionSettings, type Database, openDatabase, sentenceOf } from './platform/db/database.ts'
import { migrate } from './platform/db/migrate.ts'
import { tellMigration } from './platform/db/tell-migration.ts'
import { type Embedded, startEmbedded } from './platform/postgres/embedded.ts'
import { CannotStart } from './platform/process.ts'
import { readSecret } from './secret.ts'

export type Opened = {
  db: Database
  /** How others, as threads, open the same database. */
  connection: ConnectionSettings
  embedded: Embedded | null
  close(): Promise<void>
}

/**
 * Opens the database the settings name: the one at DATABASE_URL, or the embedded one.
 * @param role what the process does, told to a second owner of the same data
 * @param join use the embedded database of a Kith that is running, where there is one
 */
export async function openStore(config: Config, role: string, log: Logger, join = true): Promise<Opened> {
  // Only what it says: the error carries the whole connection with it.
  const onIdleError = (error: Error) => log.warn({ why: error.message }, 'lost a database connection')
  const shape = { size: config.databasePool, prepare: config.prepareStatements }
  if (config.databaseUrl) {
    const connection = { url: config.databaseUrl, ...shape }
    const db = openDatabase(connection, onIdleError)
    try {
      const [row] = await db.query<{ version: number }>(`select current_setting('server_version_num')::int as version`)
      if (row && row.version < 150000)
        throw new CannotStart(`The PostgreSQL at DATABASE_URL is older than 15. Kith needs 15 or later.`)
    } catch (error) {
      await db.close()
      if (error instanceof CannotStart) throw error
      const sentence = sentenceOf(error)
      if (sentence) throw new CannotStart(sentence)
      const cause = (error as Error).cause ?? error
      throw new CannotStart(`The database at DATABASE_URL cannot be reached: ${(cause as Error).message}`)
    }
    return { db, connection, embedded: null, close: () => db.close() }
  }
  const embedded = await startEmbedded({
    dataDir: config.dataDir,
    role,
    join,
    log: (line) => log.info(line),
  })
  const connection = { ...embedded.connection, ...shape }
  const db = openDatabase(connection, onIdleError)
  return {
    db,
    connection,
    embedded,
    async close() {
      await db.close()
      await embedded.stop()
    },
  }
}

/**
 * A Kith on an open store, its schema up to date.
 * @param log of a server: where it says how migrations go; else that is said on the terminal
 */
export async function openKith(config: Config, store: Opened, log?: Logger): Promise<Kith> {
  const clock = systemClock
  const { db } = store
  await migrate(db.pool, { tell: tellMigration(log) })
  await settleRestoredEvents(db)
  return {
    db,
    clock,
    tokens: createTokens(await readSecret(config), clock),
    actors: createActors(db, clock),
    community: await createCommunityState(db),
    webhookAddresses: createAddresses(parseAllowed(config.webhookAllow)),
  }
}
