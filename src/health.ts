import type { FastifyInstance } from 'fastify'
import type { Kith } from './context.ts'
import { migrationNames } from './platform/db/migrate.ts'
import { unavailable } from './platform/errors.ts'
import { statement } from './platform/sql/statement.ts'

/** How long the database may take to answer, in ms. */
const patience = 2_000

const looking = statement({
  name: 'server: whether the database is ready',
  takes: {},
  gives: { standby: 'boolean', read_only: 'boolean', done: 'text[]' },
  sql: () => `select pg_is_in_recovery() as standby,
  current_setting('transaction_read_only')::boolean as read_only, array(select name::text from migration) as done`,
})

/**
 * `/healthz`: 200 while this process answers at all. A supervisor may restart a process that does not. `/readyz`: 200
 * while requests may be sent here, else 503 with the reason: while it stops, or while its database is away, takes no
 * writes, or lacks the schema this Kith needs. Neither has a rate limit.
 */
export function healthPage(app: FastifyInstance, kith: Kith): void {
  let looking: Promise<void> | null = null
  const always = { config: { always: true } }
  app.get('/healthz', always, async () => ({ status: 'ok' }))
  app.get('/readyz', always, async () => {
    if (kith.stopping) throw unavailable('Kith is stopping. Send requests to another node.')
    // Requests at the same time share one look.
    looking ??= look(kith).finally(() => {
      looking = null
    })
    await looking
    return { status: 'ready' }
  })
}

async function look({ db }: Kith): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const slow = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(unavailable('The database has not answered for two seconds.')), patience)
  })
  try {
    const row = await Promise.race([looking.row(db, {}), slow])
    if (row?.standby) throw unavailable('The database is a standby, which takes no writes.')
    if (row?.read_only && !(await db.takesWrites()))
      throw unavailable('The database takes no writes: default_transaction_read_only is on.')
    const done = new Set(row?.done)
    const missing = (await migrationNames()).filter((name) => !done.has(name))
    if (missing.length) throw unavailable(`The schema is not up to date (${missing.join(', ')}). Run kith migrate.`)
  } finally {
    clearTimeout(timer)
  }
}
