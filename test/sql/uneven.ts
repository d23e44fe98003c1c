import { expect, vi } from 'vitest'
import type { Database } from '../../src/platform/db/database.ts'

type Column = { table: string; column: string; type: string; required: boolean; nth: number; columns: number }

/** Rows of each table, and how many values each column that refers to something has besides the most frequent. */
const [rows, values] = [6_000, 600]

/** Tables that are nearly empty in any community. */
const exceptions = new Set(['erasure', 'hidden_author', 'block'])
/** Names of columns that say what is seldom so, and of those that nearly always say so. */
const seldom = /deleted|erased|collapsed|hidden|closed|moderated|unapproved|unconfirmed/
const mostly = /active|published|listed/

const columnsSql = `select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type, a.attnotnull as required,
    a.attnum as nth, max(a.attnum) over (partition by c.oid) as columns
  from pg_class c join pg_attribute a on a.attrelid = c.oid
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0
    and not a.attisdropped and a.attgenerated = '' and c.relname !~ '^migration|^webhook_attempt$'
  order by c.oid, a.attnum`

/** Whether a column names what a list may be of: a member, a contribution, a circle. */
const refers = ({ table, column, type }: Column) =>
  type === 'bigint' &&
  (/(_id|_by)$|^reader$|^target$/.test(column) || (table === 'addressed_feed' && column === 'place'))

/** SQL of a number that looks like chance, but is the same each time, for the row g. */
const chance = ({ nth, columns }: Column) => `abs(hashint8(g * ${columns + 7} + ${nth}))`

/** SQL of the value of a column for the row g. */
function valueSql(column: Column, referring: Column[]): string {
  const { column: name, type, table } = column
  const n = chance(column)
  if (referring.includes(column)) {
    const one = `case when g % ${referring.length + 1} = ${referring.indexOf(column)} then 1 else 2 + ${n} % ${values} end`
    // Half of what is addressed is in the place 0, the whole community.
    return name === 'place' ? `case when ${n} % 2 = 0 then 0 else ${one} end` : one
  }
  if (name === 'id') return 'g'
  if (/kind$/.test(name) && type === 'smallint')
    return `(array[1, 2, 3${table === 'mark' ? ', 16' : ''}])[1 + ${n} % ${table === 'mark' ? 4 : 3}]`
  if (/_count$/.test(name)) return `${n} % 2 * (${n} % 100)`
  switch (type) {
    case 'smallint':
      return `${n} % 5`
    case 'boolean':
      return seldom.test(name) ? `${n} % 20 = 0` : mostly.test(name) ? `${n} % 20 > 0` : `${n} % 2 = 0`
    case 'timestamp with time zone':
      return `now() - ${n} % 10000000 * interval '1 second'`
    case 'date':
      return `current_date - (${n} % 1000)::int`
    case 'bigint[]':
      return `case when ${n} % 20 = 0 then array[${n} % 100] else '{}' end`
    case '"char"':
      return `case when ${n} % 20 = 0 then 'b' else 'a' end::"char"`
    case 'text':
      if (name === 'state') return `'kept'`
      return name === 'type' ? `'user'` : `md5((g + ${column.nth})::text)`
    case 'uuid':
      return `md5((g + ${column.nth})::text)::uuid`
    case 'point':
      return `point(${n} % 180, ${n} % 90)`
    case 'tsvector':
      return `'some words'`
    case 'json':
    case 'jsonb':
    case 'text[]':
    case 'int8multirange':
      return `'{}'`
    case 'integer[]':
      return `'{0, 0, 0, 0, 0}'`
    case 'bytea':
      return `'\\x00'`
    case 'xid8':
      return `'1'`
    default:
      return `${n} % 1000000`
  }
}

/**
 * Fills every table with thousands of rows, of which most members, contributions and so on have a dozen, and the one with
 * the id 1 has very many. Nothing that they say is true: references lead nowhere, and counts count nothing.
 */
export async function fillUnevenly(db: Database): Promise<void> {
  const columns = await db.query<Column>(columnsSql)
  const tables = Map.groupBy(columns, ({ table }) => table)
  await db.transaction(async (tx) => {
    await tx.query('set local session_replication_role = replica')
    // Vacuum marks what has reached the disk as seen by all: so lists can be read from indexes alone.
    await tx.query('set local synchronous_commit = on')
    const checks = await tx.query<{
      text: string
    }>(`select format('alter table %s drop constraint %I', conrelid::regclass, conname)
      as text from pg_constraint where contype = 'c' and connamespace = 'public'::regnamespace and conrelid <> 0 and coninhcount = 0`)
    for (const { text } of checks) await tx.query(text)
    for (const [table, own] of tables) {
      if (own.some(({ column }) => column === 'singleton' || column === 'one')) continue
      const referring = own.filter(refers)
      const selected = own.map((column) => {
        const value = `(${valueSql(column, referring)})::${column.type}`
        return column.required ? value : `case when ${chance(column)} % 10 > 2 then ${value} end`
      })
      await tx.query(`insert into ${table} (${own.map(({ column }) => `"${column}"`)}) overriding system value
        select ${selected} from generate_series(1, ${exceptions.has(table) ? 30 : rows}) g on conflict do nothing`)
    }
  })
  await db.pool.query('vacuum analyze')
  // Whoever has looked at this database since before, as autovacuum does, keeps vacuum from marking what is written.
  await vi.waitFor(async () => expect(await vacuumAgain(db)).toEqual([]), 30_000)
}

/** Vacuums the tables that are not marked as seen by all, and returns those that still are not. */
async function vacuumAgain(db: Database): Promise<string[]> {
  const unmarked = async () => (await db.query<{ name: string }>(unmarkedSql)).map(({ name }) => name)
  for (const name of await unmarked()) await db.pool.query(`vacuum ${name}`)
  return unmarked()
}
const unmarkedSql = `select relname as name from pg_class
  where relnamespace = 'public'::regnamespace and relkind = 'r' and relallvisible < relpages`
