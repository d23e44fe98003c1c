import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { unavailable } from '../errors.ts'
import { failpoint } from '../failpoint.ts'
import { createFragments, type Fragments } from '../sql/fragments.ts'
import { createUsual, type Usual } from '../sql/usual.ts'
import type { Tracing } from '../tracing.ts'
import { type Host, readAddress } from './address.ts'
import { createHosts, cut, NoHost, unfit } from './hosts.ts'
import { again, createPipeline, note } from './pipeline.ts'
import { beginning, mayBegin, often, preparedQuery, statementOf } from './prepared.ts'

/** What statements can be sent to: the database, or a transaction on it. */
export type Db = {
  /**
   * Runs one statement and returns its rows. A statement that runs often is prepared once per connection and reused.
   * @param name the statement's name in traces
   */
  query<Row extends object>(text: string, values?: unknown[], name?: string): Promise<Row[]>
  /** The cache of fragments. A transaction has none: nobody else has seen what it has written. */
  fragments?: Fragments
  /** What does not hold here of late, though it usually does. A transaction asks all there is to ask at once. */
  usual?: Usual
}

export type Database = Db & {
  /** Runs `work` in one transaction. After a deadlock or a serialization failure it runs again from the start. */
  transaction<T>(work: (tx: Db) => Promise<T>): Promise<T>
  /** A connection of its own, for LISTEN and for locks that outlive a statement. */
  connect(): Promise<pg.Client>
  /**
   * Whether a new connection takes writes. If so, older ones are made again: those that were made while none were taken never
   * learn of it.
   */
  takesWrites(): Promise<boolean>
  pool: pg.Pool
  /** Connections on which several statements that only read are under way at once; null if there are none. */
  pipeline: pg.Pool | null
  /** Statements run so far: how many, how many in batches, how many failed, and how long all took, in seconds. */
  ran: { statements: number; readonly batched: number; failed: number; seconds: number }
  /** Runs `look` on each new connection before it is used. If that fails, the connection is not used. */
  onConnect(look: (on: Db) => Promise<void>): void
  /** Calls `listener` after a statement or transaction that emits events has been committed. */
  onEventsCommitted(listener: () => void): void
  /** Traces statements as parts of their requests from now on, and marks events with the request they belong to. */
  traceBy(tracing: Tracing): void
  /** Whether what runs now is part of a traced request. */
  isTraced(): boolean
  /** Calls those listeners for something else that they should look at. */
  wake(): void
  /** @param most how long statements may still run, in ms */
  close(most?: number): Promise<void>
}

export type ConnectionSettings = {
  /** An address that `readAddress` accepts. With several hosts, the suitable one is found. */
  url?: string
  host?: string
  port?: number
  user?: string
  database?: string
  /** Largest number of connections. */
  size?: number
  /** How many of them several statements share that only read; 2 if there are enough. */
  pipes?: number
  /**
   * False behind a pooler that cannot follow prepared statements. `at once` prepares a statement on its first run:
   * for connections that run few statements many times, or that are short-lived, as in tests.
   */
  prepare?: boolean | 'at once'
  /** Largest size of the fragment cache in bytes; no cache if it is 0 or missing. */
  fragments?: number
  /** For tests: compares every page filled from the cache, or asked in a shorter text, with what the database renders. */
  compareFragments?: boolean
  /** For tests: runs reads as batches even where only one is asked for. */
  alwaysBatch?: boolean
  /** More session settings, by name. */
  session?: Record<string, string>
}

/** With fewer connections than this, all are for one statement at a time. */
const enough = 8

/** How long statements may still run once the database is closing, in ms. */
const lingering = 2_000

const session = {
  statement_timeout: '60000',
  idle_in_transaction_session_timeout: '60000',
  // Lists must follow their index in order, whatever the statistics say.
  random_page_cost: '1.1',
  jit: 'off',
  timezone: 'UTC',
}

// int8 fits a JavaScript number here: every id stays far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)
const bigintArray = 1016 as Parameters<typeof pg.types.getTypeParser>[0]
const readBigints = pg.types.getTypeParser(bigintArray)
pg.types.setTypeParser(bigintArray, (text) => readBigints(text).map(Number))
// Dates stay text, as the client is to see them; nothing computes with a JavaScript Date from a row.
for (const type of [pg.types.builtins.DATE, pg.types.builtins.TIMESTAMPTZ]) pg.types.setTypeParser(type, (text) => text)

/** The error of a write on a read-only server, such as a standby that was the primary before. */
const readOnly = '25006'
const retryable = new Set(['40001', '40P01'])
const conflicts = new Set([...retryable, 'KT001'])
// Socket errors, then SQLSTATEs: connection lost, out of resources, shut down, not accepting connections, no such
// database.
const unreachable = /^(ECONN.*|ENOENT|EPIPE|ETIMEDOUT|08...|53...|57P0[123]|55000|3D000|28...)$/

const behindPooler =
  'The database is behind a pooler that does not keep prepared statements. ' +
  'Whoever runs Kith has to set KITH_PREPARED_STATEMENTS=off.'
// Other failures that are no fault of the statement; each has a sentence of its own.
const sentences: Record<string, string> = {
  '53100': 'The disk of the database is full, so nothing can be written. Whoever runs it has to make room.',
  '53200': 'The database has no memory left for this just now. Try again in a moment.',
  '53300': 'The database takes no more connections just now. Try again in a moment.',
  '57014': 'The database took too long for this, and it was broken off. Try again in a moment.',
  '26000': behindPooler,
  '42P05': behindPooler,
}

/** The sentence for a failure, if it or its cause has one. */
export const sentenceOf = (error: unknown): string | undefined =>
  sentences[codeOf(error) ?? codeOf((error as Error)?.cause) ?? '']

/** The SQLSTATE (or socket error code) of a failed statement, if it has one. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined

/** The name of the constraint a statement broke, if that is why it failed. */
export const constraintOf = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? error.constraint : undefined

/**
 * Whether a statement failed because of concurrent work: a clash, a deadlock, or KT001, which a statement raises when
 * something it relied on has changed. It may be tried again.
 */
export const isConflict = (error: unknown): boolean => conflicts.has(codeOf(error) ?? '')

/** Turns what the database cannot do just now into a 503: the client may send the same request again. */
export const translate = (error: unknown): unknown => {
  const code = codeOf(error)
  if (code === readOnly) {
    const refusal = unavailable('The database takes no writes just now. Try again in a moment.')
    refusal.cause = error
    return refusal
  }
  const message = error instanceof Error ? error.message : ''
  const sentence = sentenceOf(error)
  if (sentence) {
    const refusal = unavailable(sentence)
    refusal.cause = error
    return refusal
  }
  if (
    (code && unreachable.test(code)) ||
    /Connection terminated|is not queryable|timeout exceeded when trying to connect/.test(message)
  ) {
    const refusal = unavailable('The database cannot be reached just now. Try again in a moment.')
    refusal.cause = error
    return refusal
  }
  return error
}

/** Statements on one connection, neither prepared nor translated. */
export const onClient = (client: pg.ClientBase): Db => ({
  async query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await client.query<Row>(text, values)).rows
  },
})

/** Marks this transaction's events with the request that is traced. */
const marking = `select set_config('kith.trace', $1, true)`
/** The events a transaction is about to commit; of thousands, the first hundred are enough. */
const marked = 'select id, type from event where txid = pg_current_xact_id() order by id limit 100'

/**
 * A connection may end in the very packet that opens it, before its owner can listen. An unheard error would end the
 * process; the next statement fails anyway.
 */
const ignoreConnectionErrors = (client: pg.ClientBase) => void client.on('error', () => {})

/** For the rest of a transaction: a plan for the values at hand. */
const forItsValues = 'set local plan_cache_mode = auto'

/** Opens a pool of connections. Statements that run often are prepared by name and planned once. */
export function openDatabase(settings: ConnectionSettings, onIdleError: (error: Error) => void): Database {
  const prepare = settings.prepare ?? true
  const atOnce = prepare === 'at once'
  const address = settings.url ? readAddress(settings.url) : null
  const where: pg.ClientConfig = address
    ? { connectionString: address.urlOf(address.hosts[0] as Host) }
    : { host: settings.host, port: settings.port, user: settings.user, database: settings.database }
  const looks: ((on: Db) => Promise<void>)[] = []
  async function lookAt(client: pg.ClientBase): Promise<void> {
    const reason = address && (await unfit(client, address.needs))
    if (reason) throw new NoHost(`The server is ${reason}`)
    for (const each of looks) await each(onClient(client))
  }
  const several = address && address.hosts.length > 1
  const hosts = several
    ? createHosts(address, (host) => ({ connectionString: address.urlOf(host), application_name: 'kith' }), leave)
    : null
  const size = settings.size ?? 10
  const pipes = prepare ? (settings.pipes ?? (size >= enough ? 2 : 0)) : 0
  const config: pg.PoolConfig = {
    ...where,
    ...(hosts ? { Client: hosts.Client as typeof pg.Client } : {}),
    application_name: 'kith',
    max: size - pipes,
    connectionTimeoutMillis: several ? address.patience * address.hosts.length + 2_000 : (address?.patience ?? 5_000),
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    onConnect: lookAt,
    options: Object.entries({
      ...session,
      // Planning is most of the cost of a large statement. Those whose plan depends on their values say so.
      ...(prepare && { plan_cache_mode: 'force_generic_plan' }),
      ...settings.session,
    })
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
  }
  const pool = new pg.Pool(config)
  const onLost = (error: Error) => {
    // The database may end a connection that is about to be closed; nobody waits for it.
    if (!closing) onIdleError(error)
  }
  pool.on('error', onLost)
  const pipeline = pipes ? createPipeline({ ...config, max: pipes }, atOnce, onLost, settings.alwaysBatch) : null
  const fragments = settings.fragments ? createFragments(settings.fragments, settings.compareFragments) : null
  let closing = false
  /** All connections, those in use, and those that must not be used again. */
  const all = new Set<pg.ClientBase>()
  const busy = new Set<pg.ClientBase>()
  const stale = new WeakSet<pg.ClientBase>()
  for (const each of pipeline ? [pool, pipeline.pool] : [pool]) {
    each.on('connect', (client) => {
      // After a crash, a server that does not wait for its disk may have lost rows that were read from it.
      client.on('error', () => fragments?.forget())
      all.add(client)
    })
    each.on('remove', (client) => void all.delete(client))
  }
  // A connection that reads is not waited for: what is under way there is read again.
  pool.on('acquire', (client) => void busy.add(client))
  pool.on('release', (_error, client) => {
    busy.delete(client)
    if (stale.has(client)) cut(client)
  })
  /** This server no longer takes writes. Connecting again finds the one that does. */
  function renew(): void {
    hosts?.doubt()
    for (const client of all) {
      stale.add(client)
      if (!busy.has(client)) cut(client)
    }
  }
  /** Another server has become the right one: work under way elsewhere would be answered wrongly, or never. */
  function leave(isThere: (client: pg.ClientBase) => boolean): void {
    for (const client of all) if (!isThere(client)) cut(client)
  }

  const listeners: (() => void)[] = []
  const wake = () => {
    for (const each of listeners) each()
  }

  const run = <Row extends object>(client: pg.Pool | pg.PoolClient, query: pg.Query | pg.QueryConfig) =>
    new Promise<pg.QueryResult<Row>>((done, failed) => {
      const called = (error: Error | null | undefined, result: pg.QueryResult<Row>) =>
        error ? failed(error) : done(result)
      client.query(query as never, undefined as never, called as never)
    })

  let tracing: Tracing | null = null
  /** The events that a traced transaction is about to commit. */
  async function eventsOf(client: pg.PoolClient): Promise<{ id: number; type: string }[]> {
    return tracing?.context() ? (await client.query<{ id: number; type: string }>(marked)).rows : []
  }

  const ran = {
    ...{ statements: 0, failed: 0, seconds: 0 },
    get batched() {
      return pipeline?.batched ?? 0
    },
  }
  /** @param begun of a transaction: whether it has; its first statement begins it */
  const on = (client: pg.Pool | pg.PoolClient, onEvents: () => void, begun = { is: true }): Db => ({
    async query<Row extends object>(text: string, values: unknown[] = [], name?: string): Promise<Row[]> {
      const statement = statementOf(text)
      const cause = tracing && statement.emits ? tracing.context() : null
      // A setting of the transaction tells its events which request they belong to.
      const eachTime = prepare && statement.eachTime
      if ((cause || eachTime) && client === pool) return database.transaction((tx) => tx.query<Row>(text, values, name))
      const traced = tracing?.statement(name)
      let failed: string | undefined
      const began = performance.now()
      ran.statements++
      let together: Promise<Row[]> | null | undefined
      let begins = !begun.is
      begun.is = true
      try {
        // What is to hold for the statement needs the transaction already.
        if (begins && (cause || eachTime || !prepare || !mayBegin(client as pg.PoolClient))) {
          begins = false
          await client.query(prepare ? beginning : beginning.text)
        }
        if (cause) await client.query(marking, [cause])
        if (eachTime) await client.query(forItsValues)
        const alone = async () => {
          const query = prepare ? preparedQuery(statement, values, atOnce, begins) : { text, values }
          return (await run<Row>(client, query)).rows
        }
        if (client === pool && statement.reads && (atOnce || statement.uses >= often))
          together = pipeline?.run<Row>(statement, values)
        // What only reads may run twice.
        const rows = await (together?.catch((error) => {
          if (error === again) return alone()
          throw error
        }) ?? alone())
        if (statement.emits) {
          failpoint('emitted')
          onEvents()
        }
        return rows
      } catch (error) {
        ran.failed++
        failed = codeOf(error) ?? 'failed'
        if (codeOf(error) === readOnly) renew()
        throw translate(error)
      } finally {
        const took = performance.now() - began
        if (!together && statement.reads) note(statement, took)
        ran.seconds += took / 1_000
        traced?.end(failed)
      }
    },
  })

  const database: Database = {
    ...on(pool, wake),
    ...(fragments && { fragments }),
    usual: createUsual(settings.compareFragments),
    pool,
    pipeline: pipeline?.pool ?? null,
    ran,
    wake,
    onEventsCommitted: (listener) => void listeners.push(listener),
    onConnect: (look) => void looks.push(look),
    traceBy(by) {
      tracing = by
    },
    isTraced: () => tracing?.context() != null,
    async transaction(work) {
      for (let attempt = 1; ; attempt++) {
        const client = await pool.connect().catch((error) => {
          throw translate(error)
        })
        let broken: Error | undefined
        let emitted = false
        const begun = { is: false }
        // Between statements nobody else hears that the connection was lost; unheard, it would end the process.
        const lost = (error: Error) => {
          broken = error
        }
        client.on('error', lost)
        try {
          const onEvents = () => {
            emitted = true
          }
          const result = await work(on(client, onEvents, begun))
          // It has done nothing.
          if (!begun.is) return result
          const events = emitted ? await eventsOf(client) : []
          failpoint('before commit')
          await client.query('commit')
          if (emitted) {
            failpoint('after commit')
            wake()
            for (const { id, type } of events) tracing?.note('event', { 'kith.event.id': id, 'kith.event.type': type })
          }
          return result
        } catch (error) {
          if (begun.is) await client.query('rollback').catch(lost)
          if (attempt < 5 && retryable.has(codeOf(error) ?? '')) continue
          throw translate(error)
        } finally {
          client.off('error', lost)
          client.release(broken)
        }
      }
    },
    async takesWrites() {
      const client = await database.connect()
      try {
        const { rows } = await client.query<{ no: boolean }>(
          `select current_setting('transaction_read_only')::boolean as no`,
        )
        if (rows[0]?.no) return false
        renew()
        return true
      } finally {
        client.end().catch(() => {})
      }
    },
    async connect() {
      const client = new (hosts?.Client ?? pg.Client)({ ...where, application_name: 'kith', keepAlive: true })
      ignoreConnectionErrors(client)
      await client.connect()
      all.add(client)
      busy.add(client)
      client.once('end', () => {
        all.delete(client)
        busy.delete(client)
      })
      try {
        await lookAt(client)
      } catch (error) {
        client.end().catch(() => {})
        throw error
      }
      return client
    },
    async close(most = lingering) {
      closing = true
      hosts?.stop()
      // Connections in use get a limited time: what they wait for may never come.
      const late = setTimeout(() => {
        for (const client of all) cut(client)
      }, most)
      // A pool that ends forgets who waits for a connection.
      const until = performance.now() + most
      while (pool.waitingCount && performance.now() < until) await sleep(5)
      await Promise.all([pool.end(), pipeline?.close()]).finally(() => clearTimeout(late))
    },
  }
  return database
}
