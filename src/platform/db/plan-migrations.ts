import { readFile } from 'node:fs/promises'
import type pg from 'pg'
import { migrationsFolder, pendingMigrations } from './migrate.ts'

/** What a migration costs, from `costs.json` beside the migrations. */
export type MigrationCost = {
  /** The table whose rows it reads, and the seconds for a million of them; missing if it takes no time. */
  rows?: string
  seconds_per_million?: number
  /** Whether a server of the previous version may go on serving meanwhile. */
  online: boolean
  /** Who waits meanwhile. */
  meanwhile: string
}

export type PlannedMigration = MigrationCost & { name: string; count: number; seconds: number }

export async function readMigrationCosts(folder = migrationsFolder): Promise<Record<string, MigrationCost>> {
  return JSON.parse(await readFile(new URL('costs.json', folder), 'utf8'))
}

/** What `migrate` would do to this database, and about how long it would take. Changes nothing. */
export async function planMigrations(pool: pg.Pool, folder = migrationsFolder): Promise<PlannedMigration[]> {
  const costs = await readMigrationCosts(folder)
  const planned: PlannedMigration[] = []
  for (const name of await pendingMigrations(pool, folder)) {
    const cost = costs[name] ?? { online: false, meanwhile: 'What it costs was never measured.' }
    const count = cost.rows ? await countRows(pool, cost.rows) : 0
    planned.push({ ...cost, name, count, seconds: (count / 1e6) * (cost.seconds_per_million ?? 0) })
  }
  return planned
}

/** About how many rows a table and its partitions have: PostgreSQL's estimate, or a count if there is none. */
async function countRows(pool: pg.Pool, table: string): Promise<number> {
  const { rows } = await pool.query<{ part: string; believed: number }>(
    `select c.oid::regclass::text as part, c.reltuples::float8 as believed from pg_class c
     where c.relkind = 'r'
       and (c.oid = to_regclass($1) or c.oid in (select inhrelid from pg_inherits where inhparent = to_regclass($1)))`,
    [table],
  )
  let sum = 0
  for (const { part, believed } of rows) {
    if (believed >= 0) sum += believed
    else sum += (await pool.query<{ n: number }>(`select count(*) as n from ${part}`)).rows[0]?.n ?? 0
  }
  return sum
}
