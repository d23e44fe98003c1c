import { inLinesOf, type OwnRows } from '../platform/sql/own-rows.ts'
import { statement } from '../platform/sql/statement.ts'
import { kindNameSql } from './kinds.ts'

// Each of the two has an index.
const listing = statement({
  name: 'contributions: ids of those a member has',
  takes: { member: 'bigint' },
  gives: { ids: 'bigint[]' },
  sql: ($) => `select coalesce(array_agg(id order by id), '{}') as ids from (
      select id from contribution where author_id = ${$.member} and not deleted
      union all select id from contribution where author_id = ${$.member} and deleted and not erased
    ) own`,
})

const reading = statement({
  name: 'contributions: some that a member has',
  takes: { ids: 'bigint[]' },
  gives: { json: 'text' },
  sql: ($) => `select json_build_object('id', c.id, 'type', ${kindNameSql('c.kind')}, 'title', c.title, 'slug', c.slug,
      'html', c.html, 'location', c.location, 'lat', c.lat, 'lng', c.lng, 'added_at', c.added_at,
      'last_edited_at', c.last_edited_at, 'deleted', c.deleted and c.published,
      'published', c.published, 'scheduled_at', c.scheduled_at, 'medias', c.medias, 'poll', c.poll_id, 'vote_count', c.vote_count,
      'shares', (select json_agg(m.shared_id) from media m where m.id = any(c.medias) and m.shared_id is not null),
      'addressing', (select json_agg(name order by name) from tag where id = any(c.addressing)),
      'categories', (select json_agg(name) from category where id = any(c.categories)))::text as json
    from contribution c where c.id = any(${$.ids}) order by c.id`,
})

/** What a member has published, including what they have deleted. */
export const ownContributions: Record<string, OwnRows> = {
  async *contributions(db, member) {
    const ids = (await listing.row(db, { member }))?.ids ?? []
    yield* inLinesOf(ids, (some) => reading.rows(db, { ids: some }))
  },
}
