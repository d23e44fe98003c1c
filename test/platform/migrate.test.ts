import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import pino from 'pino'
import { afterEach, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/platform/db/database.ts'
import { type MigrationStep, migrate, migrationsFolder, pendingMigrations } from '../../src/platform/db/migrate.ts'
import { planMigrations, readMigrationCosts } from '../../src/platform/db/plan-migrations.ts'
import { tellMigration } from '../../src/platform/db/tell-migration.ts'
import { freshDatabase } from '../support/world.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function emptyDatabase() {
  const database = await freshDatabase('template1')
  const db = openDatabase({ ...database.connection, size: 3 }, () => {})
  cleanups.push(async () => {
    await db.close()
    await database.drop()
  })
  return { ...database, db }
}

/** A folder of migrations of this test. */
async function folderOf(files: Record<string, string>): Promise<URL> {
  const dir = await mkdtemp(join(tmpdir(), 'kith-migrations-'))
  cleanups.push(() => rm(dir, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
  return pathToFileURL(`${dir}/`)
}

const released = async () =>
  (await readdir(migrationsFolder)).filter((file) => file.endsWith('.sql')).map((file) => file.replace('.sql', ''))

const column = async ({ pool }: Database, text: string) =>
  (await pool.query({ text, rowMode: 'array' })).rows.map((row) => row[0])

/** What an earlier Kith has made of this database: names without checksums, and the table of a lock. */
const asBefore = (db: Database) =>
  db.pool.query(`alter table migration drop column checksum;
    create table migration_lock (id varchar(255) primary key, is_locked integer not null default 0)`)

describe('migrating', () => {
  test('runs what is missing, in order, each in a transaction of its own', async () => {
    const { db } = await emptyDatabase()
    const folder = await folderOf({
      '0001-first.sql': 'create table seen as select pg_current_xact_id() as txid',
      '0002-second.sql': 'insert into seen select pg_current_xact_id()',
      'notes.txt': 'no migration',
    })
    expect(await pendingMigrations(db.pool, folder)).toEqual(['0001-first', '0002-second'])
    expect(await migrate(db.pool, { folder })).toEqual(['0001-first', '0002-second'])
    expect(new Set(await column(db, 'select txid from seen')).size).toBe(2)
    expect(await migrate(db.pool, { folder })).toEqual([])
  })

  test('takes longer than a statement may, and says how long it has been at it', async () => {
    const { db, connection } = await emptyDatabase()
    const hasty = openDatabase({ ...connection, size: 1, session: { statement_timeout: '300' } }, () => {})
    cleanups.push(() => hasty.close())
    const folder = await folderOf({ '0001-slow.sql': 'select pg_sleep(1.2); create table slow ()' })
    const steps: MigrationStep[] = []
    await migrate(hasty.pool, { folder, tell: (step) => void steps.push(step) })
    expect(await column(db, `select to_regclass('slow')::text`)).toEqual(['slow'])
    expect(steps.map(({ name, is }) => `${name} ${is}`)).toEqual(
      expect.arrayContaining(['0001-slow running', '0001-slow running', '0001-slow done']),
    )
    expect(steps.at(-1)?.seconds).toBeGreaterThan(1)
    // The limit is there again for what comes after.
    await expect(hasty.query('select pg_sleep(1)')).rejects.toThrow('took too long')
  })

  test('keeps what was whole when it fails, says why, and goes on from there', async () => {
    const { db } = await emptyDatabase()
    const folder = await folderOf({
      '0001-good.sql': 'create table good ()',
      '0002-bad.sql': 'create table half (); select nonsense',
    })
    await expect(migrate(db.pool, { folder })).rejects.toThrow(
      'Migration 0002-bad failed, and nothing of it was kept: column "nonsense" does not exist.',
    )
    expect(await column(db, 'select name from migration')).toEqual(['0001-good'])
    expect(await column(db, `select to_regclass('half')::text`)).toEqual([null])
    await writeFile(new URL('0002-bad.sql', folder), 'create table half ()')
    expect(await migrate(db.pool, { folder })).toEqual(['0002-bad'])
  })

  test('killed in the middle leaves no statement behind, and begins again at the next start', async () => {
    const { db, url } = await emptyDatabase()
    const folder = await folderOf({
      '0001-once.sql': `create table once as select 1 as n;
        select case when current_setting('kith.quick', true) = 'on' then null else pg_sleep(100) end`,
    })
    const script = `import { openDatabase } from ${JSON.stringify(new URL('../../src/platform/db/database.ts', import.meta.url).href)}
      import { migrate } from ${JSON.stringify(new URL('../../src/platform/db/migrate.ts', import.meta.url).href)}
      const db = openDatabase({ url: ${JSON.stringify(url)}, size: 1 }, () => {})
      await migrate(db.pool, { folder: new URL(${JSON.stringify(folder.href)}), tell: ({ is }) => console.log(is) })`
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    const sleeping = `select count(*)::int from pg_stat_activity where datname = current_database() and query like '%pg_sleep%' and state = 'active' and pid <> pg_backend_pid()`
    await expect.poll(() => column(db, sleeping)).toEqual([1])
    child.kill('SIGKILL')
    await once(child, 'exit')
    await expect.poll(() => column(db, sleeping), { timeout: 8_000 }).toEqual([0])
    const patient = openDatabase({ url, size: 1, session: { 'kith.quick': 'on' } }, () => {})
    cleanups.push(() => patient.close())
    expect(await migrate(patient.pool, { folder })).toEqual(['0001-once'])
    expect(await column(db, 'select n from once')).toEqual([1])
  })

  test('on several nodes at once is done by one of them; the others wait and say so', async () => {
    const { db, connection } = await emptyDatabase()
    const folder = await folderOf({ '0001-slow.sql': 'create table slow (); select pg_sleep(1)' })
    const steps: string[] = []
    const nodes = await Promise.all(
      ['a', 'b', 'c'].map((name) => {
        const node = openDatabase({ ...connection, size: 1 }, () => {})
        cleanups.push(() => node.close())
        return migrate(node.pool, { folder, tell: ({ is }) => void steps.push(`${name} ${is}`) })
      }),
    )
    expect(nodes.filter((done) => done.length)).toEqual([['0001-slow']])
    expect(new Set(steps.filter((step) => step.includes('waiting for another node'))).size).toBe(2)
    expect(await column(db, 'select name from migration')).toEqual(['0001-slow'])
  })

  test('does not stand in the queue of a lock for long, and names who holds it', async () => {
    const { db, connection } = await emptyDatabase()
    await db.query('create table busy (n int)')
    const folder = await folderOf({ '0001-more.sql': 'alter table busy add column m int' })
    const reader = new pg.Client({ ...connection, application_name: 'report' })
    await reader.connect()
    cleanups.push(() => reader.end())
    await reader.query('begin; select * from busy')
    await new Promise((resolve) => setTimeout(resolve, 1_100))

    await expect(migrate(db.pool, { folder, lockTimeout: 100, lockAttempts: 2 })).rejects.toThrow(
      /^Migration 0001-more did not get its locks in 2 attempts\. .* process \d+ \(report, for \d+ s\)\.$/,
    )
    const steps: MigrationStep[] = []
    const migrating = migrate(db.pool, { folder, lockTimeout: 200, tell: (step) => void steps.push(step) })
    await expect.poll(() => steps.some(({ is }) => is === 'waiting for locks')).toBe(true)
    // Others come to it between the attempts.
    expect(await db.query('select n from busy')).toEqual([])
    await reader.query('commit')
    expect(await migrating).toEqual(['0001-more'])
    expect(steps.find(({ is }) => is === 'waiting for locks')?.held).toContain('report')
  })
})

describe('the schema', () => {
  test('of an earlier Kith gets its checksums at the first run, and keeps what it was', async () => {
    const { db } = await emptyDatabase()
    await migrate(db.pool)
    const before = await column(db, 'select name || timestamp from migration order by name')
    await asBefore(db)
    expect(await pendingMigrations(db.pool)).toEqual([])
    expect(await migrate(db.pool)).toEqual([])
    expect(await column(db, 'select name || timestamp from migration order by name')).toEqual(before)
    expect(await column(db, 'select count(*)::int from migration where length(checksum) = 64')).toEqual([before.length])
    expect(await column(db, `select to_regclass('migration_lock')::text`)).toEqual([null])
  })

  test('is refused when a released migration was edited since, but for the ends of its lines', async () => {
    const { db } = await emptyDatabase()
    const folder = await folderOf({ '0001-first.sql': 'create table a ();\ncreate table b ();\n' })
    await migrate(db.pool, { folder })
    await writeFile(new URL('0001-first.sql', folder), 'create table a ();\r\ncreate table b ();\r\n')
    expect(await migrate(db.pool, { folder })).toEqual([])
    await writeFile(new URL('0001-first.sql', folder), 'create table a ();\n')
    const sentence = 'The database has had another 0001-first than the file in migrations/ is now.'
    await expect(migrate(db.pool, { folder })).rejects.toThrow(sentence)
    await expect(pendingMigrations(db.pool, folder)).rejects.toThrow(sentence)
  })

  test('is refused when it is newer than this Kith', async () => {
    const { db } = await emptyDatabase()
    const folder = await folderOf({ '0001-first.sql': 'create table a ()', '0002-second.sql': 'create table b ()' })
    await migrate(db.pool, { folder })
    await rm(new URL('0002-second.sql', folder))
    await writeFile(new URL('0003-third.sql', folder), 'create table c ()')
    await expect(migrate(db.pool, { folder })).rejects.toThrow(
      'The database has had migrations that this Kith does not know (0002-second): it was upgraded by a newer one.',
    )
    expect(await column(db, `select to_regclass('c')::text`)).toEqual([null])
  })
})

describe('what is said of a migration', () => {
  const said = (steps: MigrationStep[]) => {
    const lines: string[] = []
    const tell = tellMigration(pino({}, { write: (line: string) => void lines.push(line) }))
    for (const step of steps) tell(step)
    return lines.map((line) => {
      const { msg, migration, seconds, held } = JSON.parse(line)
      return [msg, migration, seconds, ...(held ? [held] : [])].join(', ')
    })
  }
  const name = '0001-slow'

  test('is nothing where it is quick, and a line every ten seconds where it is not', () => {
    const running = Array.from({ length: 26 }, (_, i) => ({ name, seconds: i, is: 'running' as const }))
    expect(said([...running.slice(0, 2), { name, seconds: 1.5, is: 'done' }])).toEqual([])
    expect(said([...running, { name, seconds: 25.2, is: 'done' }])).toEqual([
      `migrating, ${name}, 2`,
      `migrating, ${name}, 12`,
      `migrating, ${name}, 22`,
      `migrated, ${name}, 25`,
    ])
  })

  test('names at once what is waited for', () => {
    expect(
      said([
        { name, seconds: 0, is: 'waiting for another node' },
        { name, seconds: 0.5, is: 'waiting for another node' },
        { name, seconds: 0, is: 'running' },
        { name, seconds: 0, is: 'waiting for locks', held: 'process 7 (pg_dump, for 90 s)' },
      ]),
    ).toEqual([
      `a migration is waiting for another node, ${name}, 0`,
      `a migration is waiting for locks, ${name}, 0, process 7 (pg_dump, for 90 s)`,
    ])
  })
})

describe('the plan', () => {
  test('tells of each migration what it costs, by the rows there are, and changes nothing', async () => {
    const { db } = await emptyDatabase()
    const first = (await released())[0] as string
    const folder = await folderOf({
      'costs.json': JSON.stringify({
        [first]: { online: false, meanwhile: 'Nobody.' },
        '0099-many': { rows: 'users', seconds_per_million: 200, online: true, meanwhile: 'Members wait.' },
      }),
      '0099-many.sql': 'create index on users (bio)',
    })
    await copyFile(new URL(`${first}.sql`, migrationsFolder), new URL(`${first}.sql`, folder))
    const named = async () => (await planMigrations(db.pool, folder)).map(({ name }) => name)
    expect(await named()).toEqual([first, '0099-many'])
    expect(await column(db, `select to_regclass('migration')::text`)).toEqual([null])
    const only = await folderOf({})
    await copyFile(new URL(`${first}.sql`, migrationsFolder), new URL(`${first}.sql`, only))
    await migrate(db.pool, { folder: only })
    await db.query(
      `insert into users (username, date_joined) select 'member' || i, now() from generate_series(1, 5000) i`,
    )
    const [planned, ...rest] = await planMigrations(db.pool, folder)
    expect(planned).toMatchObject({ name: '0099-many', count: 5000, seconds: 1, meanwhile: 'Members wait.' })
    expect(rest).toEqual([])
  })

  test('knows the cost of every migration there is', async () => {
    expect(Object.keys(await readMigrationCosts()).sort()).toEqual((await released()).sort())
  })
})
