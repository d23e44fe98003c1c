import { choose, forked, marksOf, take } from './fork.ts'

// Rows of a page often show the same few things: categories, reactions. In light text a row names them by id, and the page
// has each once, in a table of its own: PostgreSQL would set up and run a query for each row otherwise
// (docs/decisions/0148-what-usually-holds.md).

const marks = marksOf(['⌈', '⌊', '⌉'])
const [beginTable, middleTable, endTable] = ['⁅', '⁞', '⁆']

/** The characters around what a row names, between the tables of a page and their entries. JSON has none of them. */
export const signs = { named: '\x06', table: '\x1d', entry: '\x1e' }
const written = { named: '\\x06', part: '\\x1f', end: '\\x03', table: '\\x1d', entry: '\\x1e' }

/** Things that rows name by id, and how a field that shows them is written. */
export type Referred = {
  name: string
  /** Whether the table has all there are, whatever the rows name: then what it lacks is not there. */
  all: boolean
  /**
   * SQL of the table: columns `id` and `text`, the rendering; null for what is not there.
   * @param ids SQL that selects the ids that rows name, as `id`
   */
  entries(ids: string, viewer: string): string
}

/** Where a field is written: JSON, and things of the table. */
export type Page = { has(id: number): boolean; json(text: string): void; thing(id: number): void }

/** How a field is written from what stands in its place. */
export type Write = (raw: string, page: Page) => void

const fields = new Map<string, { table: string; all: boolean; write: Write }>()
const tables = new Map<string, Referred>()

/** Declares such things. */
export function referred(declared: Referred): Referred {
  tables.set(declared.name, declared)
  return declared
}

/**
 * Declares a field that shows some of them.
 * @returns SQL of the field, from SQL of what it is written from and of the field rendered by PostgreSQL
 */
export function referring({ name: table, all }: Referred, field: string, write: Write) {
  fields.set(field, { table, all, write })
  return (raw: string, sql: string): string =>
    forked(marks, table, `concat(e'${written.named}${field}${written.part}', ${raw}, e'${written.end}')`, sql)
}

/** How a field is written, by its name. */
export const fieldOf = (name: string) => fields.get(name)

/**
 * Joins in a list say with this that its rows name such things.
 * @param ids SQL of the ids that a row names, an array; null if the table has all there are
 */
export const namesSome = ({ name }: Referred, ids: string | null, viewer: string): string =>
  [beginTable, name, middleTable, ids ?? '', middleTable, viewer, endTable].join('')

/** The tables that the rows of a page with these joins need; `ids` is empty if a table has all there are. */
export function tablesOf(joins: string): { table: Referred; ids: string; viewer: string }[] {
  return [...joins.matchAll(/⁅([^⁞]*)⁞([^⁞]*)⁞([^⁆]*)⁆/g)].map(([, name = '', ids = '', viewer = '']) => {
    return { table: tables.get(name) as Referred, ids, viewer }
  })
}

/** SQL without what `tablesOf` reads, in which fields name what these tables have; others are rendered by PostgreSQL. */
export function takeReferred(sql: string, has: string[] = []): string {
  return choose(sql.replace(/⁅[^⁆]*⁆/g, ''), marks, (table) => (has.includes(table) ? 1 : 2))
}

/**
 * SQL of the tables of a page, as one text.
 * @param page SQL that selects the ids that its rows name, by which of the tables it is
 */
export const tablesSql = (all: ReturnType<typeof tablesOf>, page: (nth: number) => string): string =>
  all.length
    ? `concat(${all
        .map(
          ({ table: { name, entries }, viewer }, i) =>
            `'${name}', (select string_agg(concat(e'${written.entry}', e.id, e'${written.part}', e.text), '') from (${take('light', entries(page(i), viewer))}) e)`,
        )
        .join(`, e'${written.table}', `)})`
    : 'null::text'
