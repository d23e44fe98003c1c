import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { CannotStart } from '../process.ts'
import { codeOf } from './database.ts'

/** The folder of the migrations: `0001-members.sql` and so on. */
export const migrationsFolder = new URL('../../../migrations/', import.meta.url)

/** Progress of a migration. `seconds` counts from the beginning of this one. */
export type MigrationStep = {
  name: string
  seconds: number
  is: 'running' | 'done' | 'waiting for another node' | 'waiting for locks'
  /** Who holds the locks it waits for, as PostgreSQL knows them. */
  held?: string
}

export type MigrateOptions = {
  folder?: URL
  /** Runs only these: the schema is then that of a Kith that had no others. */
  only?: ReadonlySet<string>
  /** Called when a wait begins, about every second while a migration runs, and when it is done. */
  tell?: (step: MigrationStep) => void
  /** How long a migration waits for a lock, in ms. Everyone behind it in the queue waits just as long. */
  lockTimeout?: number
  /** How often it tries again after that. */
  lockAttempts?: number
}

type Migration = { name: string; text: string; checksum: string }
type Schema = {
  pending: Migration[]
  /** Whether the database stores a checksum for each migration it has had. */
  summed: boolean
  /** Why this Kith must not run on it. */
  wrong: string | null
}

// Earlier versions use the same number, so two versions never migrate at once.
const lock = '3853314791062309107'

/** The names of the migrations in a folder, oldest first. */
export async function migrationNames(folder = migrationsFolder): Promise<string[]> {
  const files = (await readdir(folder)).filter((file) => /^\d{4}-[a-z0-9-]+\.sql$/.test(file))
  return files.map((file) => file.replace(/\.sql$/, '')).sort()
}

async function readMigrations(folder: URL): Promise<Migration[]> {
  return Promise.all(
    (await migrationNames(folder)).map(async (name) => {
      const text = await readFile(new URL(`${name}.sql`, folder), 'utf8')
      const checksum = createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex')
      return { name, text, checksum }
    }),
  )
}

type Runner = Pick<pg.Pool, 'query'>

/** Compares the migrations of the database with the files. One small query, cheap enough for every start. */
async function readSchema(db: Runner, folder: URL): Promise<Schema> {
  const migrations = await readMigrations(folder)
  const { rows: there } = await db.query(`select to_regclass('migration') is not null as there`)
  // Early versions had no column for checksums.
  const { rows } = there[0]?.there
    ? await db.query<{ name: string; checksum: string | null }>(
        `select name, to_jsonb(migration) ->> 'checksum' as checksum from migration order by name`,
      )
    : { rows: [] }
  const had = new Map(rows.map(({ name, checksum }) => [name, checksum]))
  const known = new Set(migrations.map(({ name }) => name))
  const newer = rows.filter(({ name }) => !known.has(name)).map(({ name }) => name)
  const edited = migrations.filter(({ name, checksum }) => had.get(name) && had.get(name) !== checksum)
  return {
    pending: migrations.filter(({ name }) => !had.has(name)),
    summed: Boolean(there[0]?.there) && rows.every(({ checksum }) => checksum),
    wrong: newer.length
      ? `The database has had migrations that this Kith does not know (${newer.join(', ')}): it was upgraded by a ` +
        'newer one. Start that version or a later one, or restore a backup from before the upgrade.'
      : edited.length
        ? `The database has had another ${edited.map(({ name }) => name).join(', ')} than the file in migrations/ is ` +
          'now. Released migrations are never edited: put back the file as it was, and write the change as a new one.'
        : null,
  }
}

/**
 * The names of the migrations a database has not had yet.
 * @throws CannotStart if this Kith must not run on it: its schema is newer, or a migration was edited since
 */
export async function pendingMigrations(pool: pg.Pool, folder = migrationsFolder): Promise<string[]> {
  const { pending, wrong } = await readSchema(pool, folder)
  if (wrong) throw new CannotStart(wrong)
  return pending.map(({ name }) => name)
}

/** The names of the migrations a database has had. */
export async function hadMigrations(pool: pg.Pool, folder = migrationsFolder): Promise<string[]> {
  const { pending, wrong } = await readSchema(pool, folder)
  if (wrong) throw new CannotStart(wrong)
  const missing = new Set(pending.map(({ name }) => name))
  return (await migrationNames(folder)).filter((name) => !missing.has(name))
}

/** Why this Kith cannot make a schema with these migrations, in a sentence; null if it can. */
export async function cannotMake(
  had: { name: string; checksum: string }[],
  folder = migrationsFolder,
): Promise<string | null> {
  const known = new Map((await readMigrations(folder)).map(({ name, checksum }) => [name, checksum]))
  const newer = had.filter(({ name }) => !known.has(name)).map(({ name }) => name)
  if (newer.length)
    return `It has had migrations that this Kith does not know (${newer.join(', ')}): it is of a newer one.`
  const other = had.filter(({ name, checksum }) => known.get(name) !== checksum).map(({ name }) => name)
  return other.length ? `It has had another ${other.join(', ')} than the file in migrations/ is.` : null
}

/**
 * Brings the schema up to date. Each migration is a transaction of its own, all under one lock: nodes may start at
 * once, and a process that is killed leaves whole migrations behind. There is no time limit.
 * @returns the names of the migrations it ran
 * @throws CannotStart, with a sentence
 */
export async function migrate(pool: pg.Pool, options: MigrateOptions = {}): Promise<string[]> {
  const { folder = migrationsFolder, only } = options
  const { pending, summed, wrong } = await readSchema(pool, folder)
  if (wrong) throw new CannotStart(wrong)
  const done: string[] = []
  if (!summed) await underLock(pool, 'table of migrations', options, (client) => keepChecksums(client, folder))
  for (const { name } of pending) {
    if (only && !only.has(name)) continue
    const ran = await underLock(pool, name, options, async (client) => {
      // While we waited, another node may have run it, and a newer one may have run more than we know.
      const now = await readSchema(client, folder)
      if (now.wrong) throw new CannotStart(now.wrong)
      const migration = now.pending.find((each) => each.name === name)
      if (!migration) return false
      await client.query(migration.text)
      await client.query('insert into migration (name, timestamp, checksum) values ($1, $2, $3)', [
        name,
        new Date().toISOString(),
        migration.checksum,
      ])
      return true
    })
    if (ran) done.push(name)
  }
  return done
}

/** Creates the table of migrations. A table of an early version gets the checksums of the files as they are now. */
async function keepChecksums(client: pg.PoolClient, folder: URL): Promise<boolean> {
  await client.query('create table if not exists migration (name text primary key, timestamp text not null)')
  await client.query('alter table migration add column if not exists checksum text')
  await client.query('drop table if exists migration_lock')
  const migrations = await readMigrations(folder)
  await client.query(
    `update migration m set checksum = f.checksum
     from unnest($1::text[], $2::text[]) f (name, checksum) where f.name = m.name and m.checksum is null`,
    [migrations.map(({ name }) => name), migrations.map(({ checksum }) => checksum)],
  )
  return true
}

/** Runs `work` in one transaction under the lock shared by all nodes, and reports progress. */
async function underLock(
  pool: pg.Pool,
  name: string,
  { tell = () => {}, lockTimeout = 4_000, lockAttempts = 50 }: MigrateOptions,
  work: (client: pg.PoolClient) => Promise<boolean>,
): Promise<boolean> {
  let said: MigrationStep['is'] | null = null
  let began = performance.now()
  const say = (is: MigrationStep['is'], held?: string) => {
    if (is !== said && is !== 'done') began = performance.now()
    said = is
    tell({ name, seconds: (performance.now() - began) / 1000, is, held })
  }
  for (let attempt = 1; ; ) {
    const client = await pool.connect()
    let timer: NodeJS.Timeout | undefined
    let broken = false
    try {
      await client.query('begin')
      await loosenLimits(client, lockTimeout)
      const { rows } = await client.query(`select pg_try_advisory_xact_lock(${lock}) as ours, pg_backend_pid() as pid`)
      if (rows[0].ours) {
        say('running')
        timer = setInterval(() => say('running'), 1_000)
        const worked = await work(client)
        await client.query('commit')
        if (worked) say('done')
        return worked
      }
      await client.query('rollback')
      say('waiting for another node')
    } catch (error) {
      await client.query('rollback').catch(() => {
        broken = true
      })
      if (error instanceof CannotStart) throw error
      const held = codeOf(error) === '55P03'
      if (!held && !['40001', '40P01'].includes(codeOf(error) ?? '')) throw failed(name, error)
      const holders = await oldestTransactions(client)
      if (attempt++ >= lockAttempts)
        throw new CannotStart(
          `Migration ${name} did not get its locks in ${lockAttempts} attempts. ` +
            `Nothing of it was kept. End what holds them, then start again: ${holders || 'nobody seems to by now'}.`,
        )
      say('waiting for locks', holders)
    } finally {
      clearInterval(timer)
      client.release(broken)
    }
    // Those who queued behind the migration get a turn.
    await sleep(Math.min(lockTimeout, 500))
  }
}

/** For this transaction: no time limit, but a short wait for locks; it ends when nobody waits for its result. */
async function loosenLimits(client: pg.PoolClient, lockTimeout: number): Promise<void> {
  await client.query(`
    set local statement_timeout = 0;
    set local idle_in_transaction_session_timeout = 0;
    set local lock_timeout = ${lockTimeout};
    select set_config('transaction_timeout', '0', true) where current_setting('server_version_num')::int >= 170000;
    -- A node that is killed must not leave a statement running that the next start has to wait for.
    do $$ begin
      set local client_connection_check_interval = '2s';
    exception when others then null; -- Not every system can look.
    end $$`)
}

async function oldestTransactions(client: pg.PoolClient): Promise<string> {
  const { rows } = await client.query<{ says: string }>(
    `select format('process %s (%s, for %s s)', pid, coalesce(nullif(application_name, ''), usename, backend_type),
       extract(epoch from now() - xact_start)::int) as says
     from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and xact_start < now() - interval '1 second'
     order by xact_start limit 3`,
  )
  return rows.map(({ says }) => says).join(', ')
}

function failed(name: string, error: unknown): CannotStart {
  const refusal = new CannotStart(
    `Migration ${name} failed, and nothing of it was kept: ${(error as Error).message}. ` +
      'The database is as it was before it. Remove the cause, then start again.',
  )
  refusal.cause = error
  return refusal
}
