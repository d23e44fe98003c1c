import type { Database } from '../db/database.ts'
import { statement } from '../sql/statement.ts'
import { rules } from './fold.ts'
import { foldName, sortKey } from './names.ts'

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

  const due = statement({
    name: `${slice}: due to be indexed`,
    takes: {},
    gives: { id: 'bigint', name: 'text' },
    sql: () => `select id, ${name} as name from ${table} where search_rules < ${rules}
    order by id limit 500 for no key update skip locked`,
  })

  const writing = statement({
    name: `${slice}: index`,
    takes: { rows: 'json' },
    gives: {},
    sql: ($) => `update ${table} t set ${folded} = d.${folded}, ${sort} = d.${sort}, search_rules = ${rules}
    from json_to_recordset(${$.rows}) as d(id bigint, ${folded} text, ${sort} text) where t.id = d.id`,
  })

  const index = (db: Database): Promise<number> =>
    db.transaction(async (tx) => {
      const rows = (await due.rows(tx, {})).map(({ id, name }) => ({ id, ...searchedOf(name) }))
      if (rows.length) await writing.rows(tx, { rows: JSON.stringify(rows) })
      return rows.length
    })

  return { searchedOf, index }
}
