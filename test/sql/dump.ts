import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Db } from '../../src/platform/db/database.ts'
import { registry } from '../../src/platform/sql/statement.ts'

const root = join(import.meta.dirname, '../..')

/** Loads every slice, so that every statement is registered. */
export async function loadSlices(): Promise<void> {
  for (const file of globSync(['src/*/*.ts', 'src/delivery/*/*.ts', 'src/{health,open}.ts'], { cwd: root }).sort()) {
    // These begin to work as they are loaded.
    if (/thread\.ts$/.test(file)) continue
    await import(pathToFileURL(join(root, file)).href)
  }
}

/** Where the dump of a slice lies. */
export const dumpFile = (slice: string) => join(root, 'sql', `${slice}.sql`)

/** The text of every statement in its usual variant, by slice: for those who review a change of them. */
export function dumpStatements(): Map<string, string> {
  const slices = new Map<string, string[]>()
  for (const name of [...registry.keys()].sort()) {
    const [slice = '', purpose = ''] = name.split(/: (.*)/)
    const [usual] = registry.get(name)?.variants() ?? []
    if (!usual) continue
    const parameters = usual.compiled.names.map((each, i) => `$${i + 1} ${each}`).join(', ')
    const text = tidy(usual.compiled.text)
    const entry = `-- ${purpose}${parameters ? `\n-- ${parameters}` : ''}\n${text};\n`
    slices.set(slice, [...(slices.get(slice) ?? []), entry])
  }
  return new Map([...slices].map(([slice, entries]) => [slice, `${header}${entries.join('\n')}`]))
}

const header =
  '-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.\n\n'

/** Without what the indentation of the source leaves. */
const tidy = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter(Boolean)
    .join('\n')
    .trim()

/** The schema that all migrations together make, from the catalogs. */
export async function dumpSchema(db: Db): Promise<string> {
  const rows = await db.query<{ line: string }>(schemaText)
  return `-- Printed by \`npm run sql\`. What all migrations together make.\n${rows.map(({ line }) => `\n${line}\n`).join('')}`
}

const schemaText = `with own as (
    select c.oid, c.relname, c.relkind from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and not c.relispartition and c.relname not in ('migration', 'migration_lock')
  )
  select line from (
    select 1 as part, relname as name, format(E'create table %s (\\n%s\\n);', relname, (
        select string_agg(definition, E',\\n' order by nth, definition) from (
          select attnum as nth, format('  %I %s%s%s', attname, format_type(atttypid, atttypmod),
            case when attnotnull then ' not null' else '' end,
            case when attgenerated = 's' then ' generated always as (' || pg_get_expr(adbin, adrelid) || ') stored'
              when adbin is not null then ' default ' || pg_get_expr(adbin, adrelid) else '' end) as definition
          from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
          where attrelid = own.oid and attnum > 0 and not attisdropped
          union all
          select 10000, format('  constraint %I %s', conname, pg_get_constraintdef(oid)) from pg_constraint
          where conrelid = own.oid and contype <> 'n' and conparentid = 0
        ) parts)) as line
    from own where relkind in ('r', 'p')
    union all
    select 2, relname, format('create sequence %s;', relname) from own
    where relkind = 'S' and not exists (select from pg_depend where objid = own.oid and deptype in ('a', 'i'))
    union all
    select 3, i.relname, pg_get_indexdef(i.oid) || ';' from own join pg_index x on x.indrelid = own.oid
    join pg_class i on i.oid = x.indexrelid
    where not exists (select from pg_constraint where conindid = i.oid and contype in ('p', 'u', 'x'))
    union all
    select 4, proname, pg_get_functiondef(p.oid) || ';' from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'public' and not exists (select from pg_depend where objid = p.oid and deptype = 'e')
    union all
    select 5, tgname, pg_get_triggerdef(t.oid) || ';' from pg_trigger t join own on own.oid = tgrelid
    where not tgisinternal
  ) lines order by part, name, line`
