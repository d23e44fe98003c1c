import type { Database } from '../platform/db/database.ts'
import { rules } from '../platform/search/fold.ts'
import { foldName, sortKey } from '../platform/search/names.ts'
import { statement } from '../platform/sql/statement.ts'

type Written = { name?: string; name_synonyms?: string | null }

/** The columns that a category is searched and sorted by, for the fields that are written. */
export const searchedOf = ({ name, name_synonyms }: Written) => ({
  ...(name !== undefined && { folded_name: foldName(name), sort_name: sortKey(name) }),
  ...(name_synonyms !== undefined && { folded_synonyms: foldName(name_synonyms ?? '') }),
})

export const searchedColumns = Object.keys(searchedOf({ name: '', name_synonyms: '' }))

const due = statement({
  name: 'categories: due to be indexed',
  takes: {},
  gives: { id: 'bigint', name: 'text', name_synonyms: 'text?' },
  sql: () => `select id, name, name_synonyms from category where search_rules < ${rules}
    order by id limit 500 for no key update skip locked`,
})

const writing = statement({
  name: 'categories: index',
  takes: { rows: 'json' },
  gives: {},
  sql: ($) => `update category c set (${searchedColumns.join(', ')}, search_rules) = row(${searchedColumns
    .map((column) => `d.${column}`)
    .join(', ')}, ${rules})
    from json_to_recordset(${$.rows}) as d(id bigint, ${searchedColumns.map((column) => `${column} text`).join(', ')})
    where c.id = d.id`,
})

/** Folds the names of categories that are due. Resolves to how many there were. */
export const indexCategories = (db: Database): Promise<number> =>
  db.transaction(async (tx) => {
    const rows = await due.rows(tx, {})
    const done = rows.map(({ id, ...names }) => ({ id, ...searchedOf(names) }))
    if (done.length) await writing.rows(tx, { rows: JSON.stringify(done) })
    return done.length
  })
