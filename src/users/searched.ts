import type { Database } from '../platform/db/database.ts'
import { rules } from '../platform/search/fold.ts'
import { foldName, sortKey } from '../platform/search/names.ts'
import { statement } from '../platform/sql/statement.ts'

type Written = { real_name?: string; location?: string; description?: string }

/** The columns that a profile is searched and sorted by, for the fields that are written. */
export const searchedOf = ({ real_name, location, description }: Written) => ({
  ...(real_name !== undefined && { folded_real_name: foldName(real_name), sort_name: sortKey(real_name) }),
  ...(location !== undefined && { folded_location: foldName(location) }),
  ...(description !== undefined && { folded_description: foldName(description) }),
})

export const searchedColumns = Object.keys(searchedOf({ real_name: '', location: '', description: '' }))

const due = statement({
  name: 'users: due to be indexed',
  takes: { most: 'int' },
  gives: { id: 'bigint', real_name: 'text', location: 'text', description: 'text' },
  sql: ($) => `select id, real_name, location, description from users where search_rules < ${rules}
    order by id desc limit ${$.most} for no key update skip locked`,
})

const writing = statement({
  name: 'users: index',
  takes: { rows: 'json' },
  gives: {},
  sql: ($) => `update users u set (${searchedColumns.join(', ')}, search_rules) = row(${searchedColumns
    .map((column) => `d.${column}`)
    .join(', ')}, ${rules})
    from json_to_recordset(${$.rows}) as d(id bigint, ${searchedColumns.map((column) => `${column} text`).join(', ')})
    where u.id = d.id`,
})

/** Members folded at a time. */
const atOnce = 500

/** Folds the newest members that are due. Resolves to how many there were. */
export const indexMembers = (db: Database): Promise<number> =>
  db.transaction(async (tx) => {
    const rows = await due.rows(tx, { most: atOnce })
    const done = rows.map(({ id, ...profile }) => ({ id, ...searchedOf(profile) }))
    if (done.length) await writing.rows(tx, { rows: JSON.stringify(done) })
    return done.length
  })
