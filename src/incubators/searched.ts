import type { Database } from '../platform/db/database.ts'
import { rules } from '../platform/search/fold.ts'
import { anywhere, foldName, gramsOf, sortKey } from '../platform/search/names.ts'
import { statement } from '../platform/sql/statement.ts'

/** The columns that a proposal is searched and sorted by. */
export const searchedOf = ({ name, slogan }: { name: string; slogan: string | null }) => ({
  ...{ folded_name: foldName(name), sort_name: sortKey(name) },
  folded_slogan: foldName(slogan ?? ''),
})

export const searchedColumns = Object.keys(searchedOf({ name: '', slogan: null }))

const wordsSql = `incubator.folded_name || ' ' || incubator.folded_slogan`

/** SQL of whether a proposal is found by a part of its name or slogan; `n` is what `partOf` makes of that. */
export const foundSql = (n: string) => `grams(${wordsSql}) @@ (${n})[1]::tsquery and ${wordsSql} like (${n})[2]`

/** What `foundSql` takes; null if there is nothing visible to search for. */
export const partOf = (search: string | undefined) =>
  search && foldName(search) ? [gramsOf(search), anywhere(search)] : null

const due = statement({
  name: 'incubators: due to be indexed',
  takes: {},
  gives: { id: 'bigint', name: 'text', slogan: 'text?' },
  sql: () => `select id, name, slogan from incubator where search_rules < ${rules}
    order by id limit 500 for no key update skip locked`,
})

const writing = statement({
  name: 'incubators: index',
  takes: { rows: 'json' },
  gives: {},
  sql: ($) => `update incubator set (${searchedColumns.join(', ')}, search_rules) = row(${searchedColumns
    .map((column) => `d.${column}`)
    .join(', ')}, ${rules})
    from json_to_recordset(${$.rows}) as d(id bigint, ${searchedColumns.map((column) => `${column} text`).join(', ')})
    where incubator.id = d.id`,
})

/** Folds the names and slogans of proposals that are due. Resolves to how many there were. */
export const indexIncubators = (db: Database): Promise<number> =>
  db.transaction(async (tx) => {
    const rows = await due.rows(tx, {})
    const done = rows.map(({ id, ...written }) => ({ id, ...searchedOf(written) }))
    if (done.length) await writing.rows(tx, { rows: JSON.stringify(done) })
    return done.length
  })
