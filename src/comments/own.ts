import { inLinesOf, type OwnRows } from '../platform/sql/own-rows.ts'
import { statement } from '../platform/sql/statement.ts'

const listing = statement({
  name: 'comments: ids of those a member has',
  takes: { member: 'bigint' },
  gives: { ids: 'bigint[]' },
  sql: ($) => `select coalesce(array_agg(id order by id), '{}') as ids from comment
    where author_id = ${$.member} and not erased`,
})

const reading = statement({
  name: 'comments: some that a member has',
  takes: { ids: 'bigint[]' },
  gives: { json: 'text' },
  sql: ($) => `select json_build_object('id', c.id, 'contribution', c.contribution_id, 'parent', c.parent_id,
      'in_reply_to', c.in_reply_to_id, 'html', c.html, 'added_at', c.added_at, 'last_edited_at', c.last_edited_at,
      'deleted', c.deleted, 'vote_count', c.vote_count)::text as json
    from comment c where c.id = any(${$.ids}) order by c.id`,
})

/** A member's comments, including those they have deleted. */
export const ownComments: Record<string, OwnRows> = {
  async *comments(db, member) {
    const ids = (await listing.row(db, { member }))?.ids ?? []
    yield* inLinesOf(ids, (some) => reading.rows(db, { ids: some }))
  },
}
