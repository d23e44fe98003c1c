import type { Database } from '../platform/db/database.ts'
import { rules } from '../platform/search/fold.ts'
import { foldName, sortKey } from '../platform/search/names.ts'
import { statement } from '../platform/sql/statement.ts'

/** What is kept of a name to be searched and sorted, by columns. */
export const searchedOf = (name: string) => ({ folded_name: foldName(name), sort_name: sortKey(name) })

const due = statement({
  name: 'tags: due to be indexed',
  takes: {},
  gives: { id: 'bigint', name: 'text' },
  sql: () => `select id, name from tag where search_rules < ${rules}
    order by id limit 500 for no key update skip locked`,
})

const writing = statement({
  name: 'tags: index',
  takes: { rows: 'json' },
  gives: {},
  sql: ($) => `update tag t set folded_name = d.folded_name, sort_name = d.sort_name, search_rules = ${rules}
    from json_to_recordset(${$.rows}) as d(id bigint, folded_name text, sort_name text) where t.id = d.id`,
})

/** Folds names that are due. Resolves to how many there were. */
export async function indexTags(db: Database): Promise<number> {
  return db.transaction(async (tx) => {
    const names = await due.rows(tx, {})
    const rows = names.map(({ id, name }) => ({ id, ...searchedOf(name) }))
    await writing.rows(tx, { rows: JSON.stringify(rows) })
    return rows.length
  })
}
