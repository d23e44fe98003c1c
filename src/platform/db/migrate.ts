import { readdir, readFile } from 'node:fs/promises'
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type pg from 'pg'

const folder = new URL('../../../migrations/', import.meta.url)

/** The numbered files of `migrations/`, oldest first. */
export async function migrationNames(): Promise<string[]> {
  return (await readdir(folder)).filter((file) => /^\d{4}-[a-z0-9-]+\.sql$/.test(file)).sort()
}

/** The migrations a database has not had yet. A look at one table: cheap enough for every start. */
export async function pendingMigrations(pool: pg.Pool): Promise<string[]> {
  const names = (await migrationNames()).map((file) => file.replace(/\.sql$/, ''))
  const { rows: there } = await pool.query(`select to_regclass('migration') is not null as there`)
  if (!there[0]?.there) return names
  const { rows } = await pool.query<{ name: string }>('select name from migration')
  const done = new Set(rows.map((row) => row.name))
  return names.filter((name) => !done.has(name))
}

async function readMigrations(): Promise<Record<string, Migration>> {
  const { sql } = await import('kysely')
  const migrations: Record<string, Migration> = {}
  for (const file of await migrationNames()) {
    const text = await readFile(new URL(file, folder), 'utf8')
    migrations[file.replace(/\.sql$/, '')] = {
      up: async (db: Kysely<unknown>) => {
        await sql.raw(text).execute(db)
      },
    }
  }
  return migrations
}

/**
 * Brings the schema up to date, all in one transaction and under a lock, so that two nodes starting at once are safe.
 * @returns the names of the migrations it ran
 */
export async function migrate(pool: pg.Pool): Promise<string[]> {
  // Loaded here, because most starts have nothing to migrate.
  const { Kysely, PostgresDialect } = await import('kysely')
  const { Migrator } = await import('kysely/migration')
  // The pool is the caller's and stays open: the migrator must not end it.
  const borrowed = { connect: () => pool.connect(), end: async () => {} }
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: borrowed as never }) })
  const migrator = new Migrator({
    db,
    provider: { getMigrations: readMigrations },
    migrationTableName: 'migration',
    migrationLockTableName: 'migration_lock',
  })
  const { error, results } = await migrator.migrateToLatest()
  if (error) throw error
  return (results ?? []).filter((result) => result.status === 'Success').map((result) => result.migrationName)
}
