import type { Database } from '../db/database.ts'
import { statement } from '../sql/statement.ts'
import { rules } from './fold.ts'
import { foldName, sortKey } from './names.ts'

type Texts = Record<string, 'text' | 'text?'>
type Read<T extends Texts> = { [Column in keyof T]: T[Column] extends 'text?' ? string | null : string }

/** Rows of a table that are searched and sorted by what their texts become. */
type Indexed<T extends Texts> = {
  /** The slice, for the names of statements. */
  slice: string
  table: string
  /** The columns of the texts. */
  texts: T
  /** Whether the newest come first. */
  newestFirst?: true
  /** The other columns for these texts. */
  searchedOf: (texts: Read<T>) => Record<string, string>
}

/** Indexes rows that are due, a batch of them. Resolves to how many there were. */
export function indexTexts<const T extends Texts>({ slice, table, texts, newestFirst, searchedOf }: Indexed<T>) {
  const blank = Object.fromEntries(Object.keys(texts).map((column) => [column, ''])) as Read<T>
  const columns = Object.keys(searchedOf(blank))

  const due = statement({
    name: `${slice}: due to be indexed`,
    takes: {},
    gives: { id: 'bigint', ...texts },
    sql: () => `select id, ${Object.keys(texts).join(', ')} from ${table} where search_rules < ${rules}
    order by id${newestFirst ? ' desc' : ''} limit 500 for no key update skip locked`,
  })

  const writing = statement({
    name: `${slice}: index`,
    takes: { rows: 'json' },
    gives: {},
    sql: (
      $,
    ) => `update ${table} t set ${columns.map((column) => `${column} = d.${column}`).join(', ')}, search_rules = ${rules}
    from json_to_recordset(${$.rows}) as d(id bigint, ${columns.map((column) => `${column} text`).join(', ')}) where t.id = d.id`,
  })

  return (db: Database): Promise<number> =>
    db.transaction(async (tx) => {
      const found = (await due.rows(tx, {})) as ({ id: number } & Read<T>)[]
      const rows = found.map(({ id, ...read }) => ({ id, ...searchedOf(read as unknown as Read<T>) }))
      if (rows.length) await writing.rows(tx, { rows: JSON.stringify(rows) })
      return rows.length
    })
}

/** Names that are searched and sorted by. Two columns beside a name hold its folded form and its sort key. */
type Names<Folded extends string, Sort extends string> = {
  /** The slice, for the names of statements. */
  slice: string
  table: string
  /** The column of the name. */
  name: string
  folded: Folded
  sort: Sort
}

/**
 * Declares how the names of a table are indexed.
 * @returns `searchedOf`: the columns for a name; `index`: indexes names that are due, and resolves to how many there
 * were
 */
export function indexNames<const Folded extends string, const Sort extends string>({
  slice,
  table,
  name,
  folded,
  sort,
}: Names<Folded, Sort>) {
  const searchedOf = (text: string) =>
    ({ [folded]: foldName(text), [sort]: sortKey(text) }) as Record<Folded | Sort, string>
  const texts: Texts = { [name]: 'text' }
  const index = indexTexts({ slice, table, texts, searchedOf: (read) => searchedOf(read[name] as string) })
  return { searchedOf, index }
}
