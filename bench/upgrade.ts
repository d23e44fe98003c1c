import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { indexAll } from '../src/cli/indexing.ts'
import { openDatabase } from '../src/platform/db/database.ts'
import { migrate, migrationsFolder, pendingMigrations } from '../src/platform/db/migrate.ts'
import { planMigrations } from '../src/platform/db/plan-migrations.ts'
import { createDatabase } from './community.ts'
import { figure, printTable } from './table.ts'

/** Members write so many. */
const written = 20

/**
 * Contributions in plain SQL, which every schema since they exist takes: with words to be searched, in up to three of
 * fifty categories, an attempt at a webhook for every second one.
 */
const loading = (contributions: number) => [
  'set statement_timeout = 0',
  'set synchronous_commit = off',
  `insert into users (username, date_joined, bio) select 'member' || i, timestamptz '2024-01-01' + i * interval '1 minute',
     'Reads and walks the hills. No. ' || i from generate_series(1, ${Math.ceil(contributions / written)}) i`,
  `insert into category (name, slug, lastmod_datetime, created_at)
   select 'Category ' || i, 'category-' || i, now(), now() from generate_series(1, 50) i`,
  `insert into contribution (kind, author_id, title, slug, html, summary, words, categories, added_at, last_activity_at,
     vote_count, follower_count)
   select 1 + i % 3, 1 + i % ${Math.ceil(contributions / written)}, case when i % 3 > 0 then 'Title of ' || i else '' end,
     'contribution-' || i, '<p>' || said || '</p>', left(said, 150), said,
     case when i % 4 = 0 then '{}' else array(select distinct 1 + (i::bigint * k * 7919) % 50 from generate_series(1, 1 + i % 3) k) end,
     timestamptz '2024-01-01' + i * interval '1 minute', timestamptz '2024-01-01' + i * interval '61 seconds', i % 7, i % 3
   from generate_series(1, ${contributions}) i cross join lateral (
     -- Twenty thousand words, a few of them in most texts and most of them in few.
     select string_agg(substr(md5(word::text), 1, 3 + word % 6), ' ') as said
     from generate_series(1, 40) n cross join lateral
       (select power(20000::float8, ((i::bigint * 31 + n * 7919) * 2654435761 % 10007) / 10007::float8)::int as word) drawn
   ) text`,
  `create table webhook_attempt_loaded partition of webhook_attempt for values from ('2024-01-01') to ('2024-01-02')`,
  `insert into webhook_attempt (id, endpoint_id, event_id, sent_at, digests, code, response, ms)
         select i, 1 + i % 10, i / 10, timestamptz '2024-01-01' + i * interval '1 millisecond', decode(md5(i::text), 'hex'), 204, '', 12
         from generate_series(1, ${Math.floor(contributions / 2)}) i`,
  'vacuum analyze',
  'checkpoint',
]

/** A folder with the released migrations up to one of them: Kith as it was then. */
async function folderUpTo(names: string[]): Promise<URL> {
  const dir = await mkdtemp(join(tmpdir(), 'kith-bench-migrations-'))
  for (const name of names) await copyFile(new URL(`${name}.sql`, migrationsFolder), join(dir, `${name}.sql`))
  return pathToFileURL(`${dir}/`)
}

/**
 * How long each released state of a large database takes to be brought to the newest, as `kith migrate` does it; and each
 * step from the oldest of them.
 * @param oldest the first state that is measured, by its number: all, unless it is given
 */
export async function benchUpgrade(
  at: { host: string; port: number; user: string },
  contributions: number,
  say: (what: string) => void,
  oldest = '',
): Promise<void> {
  const rows: string[][] = []
  const each: string[][] = []
  const root = openDatabase({ ...at, database: 'postgres', size: 1 }, () => {})
  await root.query('set statement_timeout = 0')
  const all = await pendingMigrations(root.pool)
  // The state is brought on by one migration at a time, and each is copied to be brought to the newest at once.
  const state = openDatabase({ url: await createDatabase(at, 'upgrade_state'), size: 1 }, () => {})
  let filled = false
  for (const [i, name] of all.slice(0, -1).entries()) {
    const folder = await folderUpTo(all.slice(0, i + 1))
    await migrate(state.pool, { folder })
    await rm(folder, { recursive: true, force: true })
    const [there] = await state.query(`select where to_regclass('contribution') is not null`)
    if (there && !filled) {
      for (const text of loading(contributions)) {
        say(`upgrade from ${name}: filling, ${text.slice(0, 50).split('\n')[0]}`)
        await state.pool.query(text)
      }
      filled = true
    }
    if (name >= oldest) rows.push([name, ...(await upgradeCopy(name))])
    // The state that is asked for, and no other: each is a copy and an upgrade of its own.
    if (oldest && name >= oldest) break
  }
  await state.close()
  await root.close()
  say('')
  const head = ['from', 'contributions', 'seconds', 'as planned', 'the longest of it', 'then indexed, s']
  printTable(`Upgrade to ${all.at(-1)}`, head, rows)
  printTable(`Each step of the first, ${figure(contributions)} contributions`, ['', 'seconds', 'as planned'], each)

  async function upgradeCopy(name: string): Promise<string[]> {
    say(`upgrade from ${name}: copying`)
    // A template must not be in use.
    await root.query(`select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = 'upgrade_state'`)
    await root.query('create database upgrade_copy template upgrade_state')
    await root.query('checkpoint')
    const db = openDatabase({ ...at, database: 'upgrade_copy', size: 2 }, () => {})
    const plan = await planMigrations(db.pool)
    const planned = plan.reduce((sum, { seconds }) => sum + seconds, 0)
    const steps: { name: string; seconds: number }[] = []
    const from = performance.now()
    await migrate(db.pool, {
      tell({ name: step, seconds, is }) {
        say(`upgrade from ${name}: ${step}, ${is}, ${figure(seconds)} s`)
        if (is === 'done') steps.push({ name: step, seconds })
      },
    })
    const took = (performance.now() - from) / 1000
    const indexing = performance.now()
    say(`upgrade from ${name}: indexing`)
    await indexAll({ db })
    const indexed = (performance.now() - indexing) / 1000
    const [{ n } = { n: 0 }] = await db.query<{ n: number }>('select count(*)::int as n from contribution')
    await db.close()
    await root.query('drop database upgrade_copy with (force)')
    if (!each.length)
      for (const { name: step, seconds } of steps) {
        const expected = plan.find((one) => one.name === step)?.seconds ?? Number.NaN
        each.push([step, figure(seconds, 2), figure(expected, 1)])
      }
    const longest = steps.sort((a, b) => b.seconds - a.seconds)[0]
    const which = `${longest?.name} ${figure(longest?.seconds ?? 0, 1)}`
    return [figure(n), figure(took, 1), figure(planned, 1), which, figure(indexed, 1)]
  }
}
