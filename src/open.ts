import { stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { createActors } from './auth/actor.ts'
import { createCredentials } from './auth/credentials.ts'
import { createThrottle } from './auth/throttle.ts'
import { createTokens } from './auth/token.ts'
import { createCommunityState } from './community/state.ts'
import type { Config } from './config.ts'
import type { Kith } from './context.ts'
import { createAddresses, parseAllowed } from './delivery/http/addresses.ts'
import { createVapid } from './devices/vapid.ts'
import { checkSource, type Memory, memoryFile, noMemory, readMemory, watchLog } from './eventlog/continue.ts'
import { settleRestoredEvents } from './eventlog/tally.ts'
import { openFiles } from './files/open.ts'
import { systemClock } from './platform/clock.ts'
import { readAddress } from './platform/db/address.ts'
import { type ConnectionSettings, type Database, openDatabase, sentenceOf, translate } from './platform/db/database.ts'
import { migrate } from './platform/db/migrate.ts'
import { tellMigration } from './platform/db/tell-migration.ts'
import { Refusal } from './platform/errors.ts'
import { type Embedded, startEmbedded } from './platform/postgres/embedded.ts'
import { CannotStart, type Running } from './platform/process.ts'
import { statement } from './platform/sql/statement.ts'
import { readSecret } from './secret.ts'

export type Opened = {
  db: Database
  /** How other threads open the same database. */
  connection: ConnectionSettings
  embedded: Embedded | null
  close(): Promise<void>
}

/**
 * Opens the configured database: the one at DATABASE_URL, or the embedded one.
 * @param role the command of this process, named when a second owner of the data is refused
 * @param join use the embedded database of a running Kith, if there is one
 * @param running of a command that runs until it is stopped: closes the database then
 */
export async function openStore(
  config: Config,
  role: string,
  log: Logger,
  join = true,
  running?: Running,
): Promise<Opened> {
  // Only its message: the error carries the whole connection with it.
  const onIdleError = (error: Error) => log.warn({ why: error.message }, 'lost a database connection')
  const shape = { size: config.databasePool, prepare: config.prepareStatements }
  if (config.databaseUrl) {
    const connection = { url: config.databaseUrl, ...shape }
    const db = openDatabase({ ...connection, fragments: config.fragments }, onIdleError)
    await running?.closeAtEnd(() => db.close())
    try {
      await waitForDatabase(db, config, role, log, running)
    } catch (error) {
      if (!running) await db.close()
      throw error
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
  const db = openDatabase({ ...connection, fragments: config.fragments }, onIdleError)
  const close = async () => {
    await db.close()
    await embedded.stop()
  }
  await running?.closeAtEnd(close)
  return { db, connection, embedded, close }
}

/** An error that comes of the database being away, as its operator is told; any other as it is. */
function whyAway(error: unknown): unknown {
  const told = error instanceof CannotStart ? null : translate(error)
  if (!(told instanceof Refusal) || told.status !== 503) return error
  const cause = (told.cause ?? told) as Error
  return new CannotStart(sentenceOf(cause) ?? `The database at DATABASE_URL cannot be reached: ${cause.message}`)
}

/** A start that says so if it loses the database while it is under way, as one does that never finds it. */
export const unlessAway =
  (config: Config, start: (running: Running) => Promise<void>) =>
  (running: Running): Promise<void> =>
    start(running).catch((error) => {
      throw config.databaseUrl ? whyAway(error) : error
    })

/** One of several hosts may be about to take over: how long a long-running command waits for that, in ms. */
const takingOver = 60_000

const looking = statement({
  name: 'server: what the database is',
  takes: {},
  gives: { version: 'int', standby: 'boolean', read_only: 'boolean' },
  sql: () => `select current_setting('server_version_num')::int as version, pg_is_in_recovery() as standby,
    current_setting('transaction_read_only')::boolean as read_only`,
})

/** Waits until the database is there and can be written to, or throws a sentence that says what is missing. */
async function waitForDatabase(
  db: Database,
  config: Config,
  role: string,
  log: Logger,
  running?: Running,
): Promise<void> {
  const several = readAddress(config.databaseUrl).hosts.length > 1
  const began = performance.now()
  for (;;) {
    try {
      const row = await looking.row(db, {})
      if (row && row.version < 150000)
        throw new CannotStart(`The PostgreSQL at DATABASE_URL is older than 15. Kith needs 15 or later.`)
      // `doctor` only looks.
      if (role === 'doctor' || !row?.read_only) return
      throw new CannotStart(
        row.standby
          ? 'The database at DATABASE_URL is a standby, which takes no writes. Name the primary, or all hosts with ' +
              'commas between: Kith then takes the one that can be written to.'
          : 'The database at DATABASE_URL takes no writes: default_transaction_read_only is on.',
      )
    } catch (error) {
      if (error instanceof CannotStart || running?.stopping) throw error
      const cause = ((error as Error).cause ?? error) as Error
      if (!running || !several || performance.now() - began > takingOver)
        throw new CannotStart(sentenceOf(error) ?? `The database at DATABASE_URL cannot be reached: ${cause.message}`)
      log.warn({ why: cause.message }, 'waiting for a host of DATABASE_URL that takes writes')
      await sleep(1_000)
    }
  }
}

/**
 * Makes sure that the log is on the server it was written on, now and with each connection to another server. For a
 * long-running command it also remembers how far the log was.
 */
async function continueLog(config: Config, db: Database, log?: Logger, running?: Running): Promise<void> {
  const folder = await stat(config.dataDir).catch(() => null)
  const file = running && folder ? memoryFile(config.dataDir) : null
  const memory: Memory = file ? await readMemory(db, file) : noMemory()
  db.onConnect((on) => checkSource(on, memory.highest))
  const client = await db.connect()
  await client.end()
  if (!running || !log) return
  const watching = watchLog(db, memory, file, log)
  await running.closeAtEnd(() => watching.stop())
}

/**
 * A Kith on an open store, its schema up to date.
 * @param log of a server, for progress of migrations; without it, they are reported on the terminal
 * @param running of a command that runs until it is stopped
 */
export async function openKith(config: Config, store: Opened, log?: Logger, running?: Running): Promise<Kith> {
  const clock = systemClock
  const { db } = store
  await migrate(db.pool, { tell: tellMigration(log) })
  await settleRestoredEvents(db)
  await continueLog(config, db, log, running)
  const secret = await readSecret(config)
  const tokens = createTokens(secret, clock)
  const vapid = createVapid(secret, config.vapidKey)
  return {
    config,
    db,
    clock,
    tokens,
    actors: createActors(db, clock),
    credentials: createCredentials(db, tokens, secret, clock),
    signIns: createThrottle(clock),
    vapid,
    community: await createCommunityState(db, vapid.publicKey),
    webhookAddresses: createAddresses(parseAllowed(config.webhookAllow)),
    files: openFiles(config),
    slices: async () => (await import('./slices.ts')).slices,
  }
}
