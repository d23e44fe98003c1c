import type pg from 'pg'
import type { Manifest } from './format.ts'

type Client = Pick<pg.ClientBase, 'query'>

/**
 * A table in an export. Partitions belong to their table; generated columns are left out. `ids` are columns of
 * transaction ids.
 */
export type Table = { name: string; columns: string[]; ids: string[]; parted: boolean; bytes: number }

/** A name quoted for SQL. */
export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

/** The table of migrations: an export lists them itself. */
const apart = ['migration']

/** The tables of the database, and which of their columns are transaction ids. */
export async function listTables(client: Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(
    `select c.relname as name, c.relkind = 'p' as parted,
       array_agg(a.attname::text order by a.attnum) as columns,
       coalesce(array_agg(a.attname::text) filter (where a.atttypid = 'xid8'::regtype), '{}') as ids,
       coalesce((select sum(pg_table_size(relid)) from pg_partition_tree(c.oid)), pg_table_size(c.oid))::float8 as bytes
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and c.relpersistence = 'p' and c.relname <> all($1) and c.relname ~ '^[a-z_][a-z0-9_]*$'
       and not exists (select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'e')
     group by c.oid, c.relname, c.relkind order by c.relname`,
    [apart],
  )
  return rows
}

/** The partitions of tables that are divided by time. */
export async function listPartitions(client: Client): Promise<Manifest['partitions']> {
  const { rows } = await client.query<{ name: string; of: string; bounds: string }>(
    `select c.relname as name, p.relname as of, pg_get_expr(c.relpartbound, c.oid) as bounds
     from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
     where c.relkind = 'r' and p.relkind = 'p' and c.relnamespace = current_schema()::regnamespace order by 1`,
  )
  return Object.fromEntries(
    rows.map(({ name, of, bounds }) => {
      const [, from, to] = /^FOR VALUES FROM \('([^']+)'\) TO \('([^']+)'\)$/.exec(bounds) ?? []
      if (!from || !to) throw new Error(`${name} is a part of ${of} that an export does not know: ${bounds}`)
      return [name, { of, from, to }]
    }),
  )
}

/** The positions of sequences. */
export async function listSequences(client: Client): Promise<Manifest['sequences']> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'S' and relnamespace = current_schema()::regnamespace
       and relname ~ '^[a-z_][a-z0-9_]*$' order by 1`,
  )
  const sequences: Manifest['sequences'] = {}
  for (const { name } of rows) {
    const { rows: at } = await client.query(`select last_value as last, is_called as called from ${quoted(name)}`)
    sequences[name] = { last: Math.max(0, Number(at[0].last)), called: at[0].called }
  }
  return sequences
}

/** The properties of a server and its database that decide whether another can take the export. */
export async function describeServer(client: Client): Promise<Manifest['postgres']> {
  const { rows } = await client.query(
    `select current_setting('server_version') as version, pg_encoding_to_char(d.encoding) as encoding,
       concat_ws(' ', d.datlocprovider, coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', d.datcollate)) as collation,
       (select json_object_agg(extname, extversion) from pg_extension) as extensions
     from pg_database d where datname = current_database()`,
  )
  return rows[0]
}
