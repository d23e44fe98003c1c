import type { Database } from '../platform/db/database.ts'
import { rules } from '../platform/search/fold.ts'
import { foldName, sortKey } from '../platform/search/names.ts'
import { statement } from '../platform/sql/statement.ts'

/** What is kept of a title to be searched and sorted, by columns. */
export const searchedOf = (title: string) => ({ folded_title: foldName(title), sort_title: sortKey(title) })

const due = statement({
  name: 'legalpages: due to be indexed',
  takes: {},
  gives: { id: 'bigint', title: 'text' },
  sql: () => `select id, title from legal_page where search_rules < ${rules}
    order by id limit 500 for no key update skip locked`,
})

const writing = statement({
  name: 'legalpages: index',
  takes: { rows: 'json' },
  gives: {},
  sql: (
    $,
  ) => `update legal_page l set (folded_title, sort_title, search_rules) = row(d.folded_title, d.sort_title, ${rules})
    from json_to_recordset(${$.rows}) as d(id bigint, folded_title text, sort_title text) where l.id = d.id`,
})

/** Folds titles that are due. Resolves to how many there were. */
export const indexLegalPages = (db: Database): Promise<number> =>
  db.transaction(async (tx) => {
    const rows = (await due.rows(tx, {})).map(({ id, title }) => ({ id, ...searchedOf(title) }))
    if (rows.length) await writing.rows(tx, { rows: JSON.stringify(rows) })
    return rows.length
  })
