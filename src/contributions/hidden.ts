import type { Db } from '../platform/db/database.ts'

// In every statement $1 is the member who looks, null for a visitor.

/** Authors whose contributions are not there for the viewer: whom they hide, and whom they hid until they left. */
export const hiddenAuthors = `select other_id from relation where member_id = $1::bigint and hidden_place is not null
  union all select author_id from hidden_author where member_id = $1::bigint`

/** The author of c is not hidden from the viewer. */
export const authorSeenSql = (c: string) => `not exists (select from relation h
    where h.member_id = $1::bigint and h.other_id = ${c}.author_id and h.hidden_place is not null)
  and not exists (select from hidden_author h where h.member_id = $1::bigint and h.author_id = ${c}.author_id)`

/** Keeps who hid a member that leaves, in the given transaction: what the member wrote stays hidden from them. */
export async function keepHidden(tx: Db, author: number, hiders: number[]): Promise<void> {
  await tx.query(
    'insert into hidden_author (member_id, author_id) select unnest($2::bigint[]), $1 on conflict do nothing',
    [author, hiders],
  )
}
