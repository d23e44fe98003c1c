import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { CannotStart } from '../process.ts'
import { listSequences, listTables, quoted } from './catalogue.ts'
import { Damaged } from './faults.ts'
import type { Manifest } from './format.ts'

/** A loading under way. */
export type Loading = {
  /** Tables of the export that this Kith does not have: they belong to somebody else. */
  unknown: string[]
  /** @returns how many rows there were */
  load(table: string, rows: AsyncIterable<Buffer>): Promise<number>
  /** Creates indexes, keys and triggers again, and sets the sequences. Fails if the rows violate them. */
  finish(): Promise<void>
}

/** Runs `work` in one transaction on a connection of its own, without time limits. */
export async function inOneTransaction<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  try {
    await client.query('begin')
    await client.query(`set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0;
      set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local client_encoding = 'UTF8';
      set local maintenance_work_mem = '256MB'`)
    await client.query(
      `select set_config('transaction_timeout', '0', true) where current_setting('server_version_num')::int >= 170000`,
    )
    const result = await work()
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

/** Collects statistics for all tables, so that PostgreSQL plans well from the first request on. */
export const analyze = (client: pg.Client) => client.query('analyze')

/**
 * Prepares the tables of an empty database for the rows of an export, within the transaction of `client`. Rows that
 * migrations wrote are deleted: the export has them. Indexes and foreign keys are created again at the end, which is
 * quicker and needs no order of tables. Triggers are off: what they would write is in the export.
 */
export async function beginLoading(client: pg.Client, manifest: Manifest): Promise<Loading> {
  const ours = await listTables(client)
  const names = new Map(ours.map((table) => [table.name, table]))
  const missing = ours.filter(({ name }) => !manifest.tables[name]).map(({ name }) => name)
  if (missing.length) throw new Damaged(`it lacks the tables ${missing.join(', ')}`)
  for (const { name, columns } of ours) {
    const said = manifest.tables[name] as string[]
    if (
      new Set(said).size !== said.length ||
      said.length !== columns.length ||
      said.some((one) => !columns.includes(one))
    )
      throw new Damaged(`its table ${name} has other columns than a Kith of that version`)
  }

  const list = ours.map(({ name }) => quoted(name)).join(', ')
  await client.query(`truncate ${list} restart identity`)
  const again = await takeOff(client)
  for (const { name } of ours) await client.query(`alter table ${quoted(name)} disable trigger user`)
  for (const [part, { of, from, to }] of Object.entries(manifest.partitions)) {
    if (!names.get(of)?.parted) throw new Damaged(`${of} has no parts`)
    const { rows } = await client.query('select to_regclass($1) is not null as there', [quoted(part)])
    if (rows[0].there) continue
    const bounds = `from (${client.escapeLiteral(from)}) to (${client.escapeLiteral(to)})`
    await client.query(`create table ${quoted(part)} partition of ${quoted(of)} for values ${bounds}`)
  }

  return {
    unknown: Object.keys(manifest.tables).filter((name) => !names.has(name)),
    async load(table, rows) {
      const columns = (manifest.tables[table] as string[]).map(quoted).join(', ')
      const target = client.query(copyFrom(`copy ${quoted(table)} (${columns}) from stdin`))
      try {
        await pipeline(rows, target)
      } catch (error) {
        throw refused(error, `The table ${table} has rows that this Kith does not take`)
      }
      return target.rowCount
    },
    async finish() {
      for (const { name } of ours) await client.query(`alter table ${quoted(name)} enable trigger user`)
      for (const { name, sql } of again) {
        try {
          await client.query(sql)
        } catch (error) {
          throw refused(error, `The rows violate ${name}`)
        }
      }
      for (const name of Object.keys(await listSequences(client))) {
        const at = manifest.sequences[name]
        if (!at) throw new Damaged(`it does not say how far ${name} has come`)
        await client.query('select setval($1, $2, $3)', [quoted(name), Math.max(at.last, 1), at.called])
      }
    },
  }
}

/** Rows that PostgreSQL refuses are a fault of the export; other errors are not. */
function refused(error: unknown, what: string): unknown {
  const { code, message, where } = error as { code?: string; message: string; where?: string }
  if (!/^2[23]/.test(code ?? '')) return error
  const refusal = new CannotStart(
    `${what}: ${message}${where ? ` (${where.slice(0, 200)})` : ''}. Nothing was imported.`,
  )
  refusal.cause = error
  return refusal
}

/** Drops what slows loading or needs an order of tables. Returns the SQL that creates it again. */
async function takeOff(client: pg.Client): Promise<{ name: string; sql: string }[]> {
  const ours = `select c.oid from pg_class c where c.relnamespace = current_schema()::regnamespace
    and c.relkind in ('r', 'p') and not c.relispartition`
  // Of checks, only those marked `not valid`: rows from before them are in the export as they are.
  const { rows: constraints } = await client.query<{ name: string; table: string; sql: string; key: boolean }>(
    `select conname as name, conrelid::regclass::text as table, pg_get_constraintdef(oid) as sql, contype = 'f' as key
     from pg_constraint where conrelid in (${ours}) and conparentid = 0
       and (contype = 'f' or contype = 'c' and not convalidated) order by conrelid, conname`,
  )
  // Indexes of partitioned tables are left: each partition has its own.
  const { rows: indexes } = await client.query<{ name: string; sql: string }>(
    `select i.relname as name, pg_get_indexdef(i.oid) as sql
     from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
     where x.indrelid in (${ours}) and t.relkind = 'r' and not exists (select from pg_constraint where conindid = i.oid)
     order by pg_table_size(t.oid), i.relname`,
  )
  for (const { name, table } of constraints) await client.query(`alter table ${table} drop constraint ${quoted(name)}`)
  for (const { name } of indexes) await client.query(`drop index ${quoted(name)}`)
  return [
    ...indexes.map(({ name, sql }) => ({ name: `the index ${name}`, sql })),
    ...constraints.map(({ name, table, sql }) => ({
      name: `${name} of ${table}`,
      sql: `alter table ${table} add constraint ${quoted(name)} ${sql}`,
    })),
  ]
}
