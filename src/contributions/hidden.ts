import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Leaving } from '../slice.ts'
import { hiddenSql, hidesSql } from '../users/visibility.ts'

/**
 * Authors whose contributions are not there for the viewer: whom they hide, whom they hid until they left, and those who
 * are being erased.
 * @param viewer SQL of the id of the member who looks, null for a visitor
 */
export const hiddenAuthors = (viewer: string) =>
  `select other_id from relation where member_id = ${viewer} and ${hidesSql()}
  union all select author_id from hidden_author where member_id = ${viewer}
  union all select member_id from erasure`

/** Authors who are in no feed of the viewer: as above, and those who hide the viewer. */
export const apartAuthors = (viewer: string) =>
  `select other_id from relation where member_id = ${viewer} and ${hiddenSql()}
  union all select author_id from hidden_author where member_id = ${viewer}
  union all select member_id from erasure`

/** The author of c is not hidden from the viewer. */
export const authorSeenSql = (c: string, viewer: string) => `not exists (select from relation h
    where h.member_id = ${viewer} and h.other_id = ${c}.author_id and ${hidesSql('h.')})
  and not exists (select from hidden_author h where h.member_id = ${viewer} and h.author_id = ${c}.author_id)
  and not exists (select from erasure e where e.member_id = ${c}.author_id)`

/** SQL: the viewer has not hidden this one contribution. A look-up for each row, whatever is estimated. */
export const notHiddenSql = (id: string, kind: string, viewer: string) => `not coalesce((select h.hidden from mark h
  where h.target_id = ${id} and h.member_id = ${viewer} and h.kind = ${kind}), false)`

const keeping = statement({
  name: 'contributions: keep hidden',
  takes: { author: 'bigint', hiders: 'bigint[]' },
  gives: {},
  sql: ($) =>
    `insert into hidden_author (member_id, author_id) select unnest(${$.hiders}), ${$.author} on conflict do nothing`,
})

/** Keeps who hid a member that leaves, in the given transaction: what the member wrote stays hidden from them. */
export async function keepHidden(tx: Db, { id, hiders }: Leaving): Promise<void> {
  await keeping.rows(tx, { author: id, hiders })
}
