import { createHash } from 'node:crypto'
import pg from 'pg'
import { unavailable } from '../errors.ts'

/** Anything statements can be sent to: the database itself, or a transaction on it. */
export type Db = {
  /** Runs one statement and gives its rows. The same text is prepared once per connection and reused. */
  query<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>
}

export type Database = Db & {
  /** Runs `work` in one transaction; a deadlock or serialization failure runs it again from the start. */
  transaction<T>(work: (tx: Db) => Promise<T>): Promise<T>
  /** A connection of its own, for LISTEN and for locks that outlive a statement. */
  connect(): Promise<pg.Client>
  pool: pg.Pool
  close(): Promise<void>
}

export type ConnectionSettings = {
  url?: string
  host?: string
  port?: number
  user?: string
  database?: string
  /** Connections kept at most. */
  size?: number
  /** Off behind a pooler that cannot follow prepared statements. */
  prepare?: boolean
}

// int8 fits a JavaScript number here: every id stays far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)
// Dates travel as the text the client is to see; nothing computes with a JavaScript Date read from a row.
for (const type of [pg.types.builtins.DATE, pg.types.builtins.TIMESTAMPTZ]) pg.types.setTypeParser(type, (text) => text)

const names = new Map<string, string>()

/** The name depends on the text alone, so that two processes behind one pooler agree on it. */
const nameOf = (text: string) => {
  let name = names.get(text)
  if (!name) {
    name = `k${createHash('sha1').update(text).digest('base64url').slice(0, 16)}`
    names.set(text, name)
  }
  return name
}

const retryable = new Set(['40001', '40P01'])
// Of the socket; then of PostgreSQL: connection lost, out of resources, shut down, not taking connections, not there.
const unreachable = /^(ECONN.*|ENOENT|EPIPE|ETIMEDOUT|08...|53...|57P0[123]|55000|3D000|28...)$/

/** The SQLSTATE (or socket error code) of a failed statement, if it has one. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined

/** The name of the constraint a statement broke, if that is why it failed. */
export const constraintOf = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? error.constraint : undefined

/** A lost database is told as 503: the request may be sent again as it is. */
const translate = (error: unknown): unknown => {
  const code = codeOf(error)
  const message = error instanceof Error ? error.message : ''
  if (
    (code && unreachable.test(code)) ||
    /Connection terminated|timeout exceeded when trying to connect/.test(message)
  ) {
    const told = unavailable('The database cannot be reached just now. Try again in a moment.')
    told.cause = error
    return told
  }
  return error
}

/** Opens a pool of connections. Statements are prepared by name: it halves what a list costs. */
export function openDatabase(settings: ConnectionSettings, onIdleError: (error: Error) => void): Database {
  const prepare = settings.prepare ?? true
  const where: pg.ClientConfig = settings.url
    ? { connectionString: settings.url }
    : { host: settings.host, port: settings.port, user: settings.user, database: settings.database }
  const config: pg.PoolConfig = {
    ...where,
    application_name: 'kith',
    max: settings.size ?? 10,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    // random_page_cost and jit: lists must follow their index in order, whatever the statistics say.
    options:
      '-c statement_timeout=60000 -c idle_in_transaction_session_timeout=60000 -c random_page_cost=1.1 -c jit=off -c timezone=UTC',
  }
  const pool = new pg.Pool(config)
  let closing = false
  pool.on('error', (error) => {
    // The database may end a connection we are about to close; nobody waits for it.
    if (!closing) onIdleError(error)
  })

  const on = (client: pg.Pool | pg.PoolClient): Db => ({
    async query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
      try {
        const result = await client.query<Row>(prepare ? { name: nameOf(text), text, values } : { text, values })
        return result.rows
      } catch (error) {
        throw translate(error)
      }
    },
  })

  return {
    ...on(pool),
    pool,
    async transaction(work) {
      for (let attempt = 1; ; attempt++) {
        const client = await pool.connect().catch((error) => {
          throw translate(error)
        })
        let broken: Error | undefined
        try {
          await client.query('begin')
          const result = await work(on(client))
          await client.query('commit')
          return result
        } catch (error) {
          await client.query('rollback').catch((lost) => {
            broken = lost
          })
          if (attempt < 5 && retryable.has(codeOf(error) ?? '')) continue
          throw translate(error)
        } finally {
          client.release(broken)
        }
      }
    },
    async connect() {
      const client = new pg.Client({ ...where, application_name: 'kith' })
      await client.connect()
      return client
    },
    close() {
      closing = true
      return pool.end()
    },
  }
}
