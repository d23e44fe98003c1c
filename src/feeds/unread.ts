import type { Static } from 'typebox'
import { byFlags, flagsSeenBy } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { readSql, readUpToSql } from '../contributions/feed.ts'
import Type from '../platform/schema.ts'
import { statement } from '../platform/sql/statement.ts'
import { pickHome, planSql } from './home.ts'

/** How many of the newest are looked at; more are not counted. */
export const mostUnread = 100

export const Unseen = Type.Object(
  {
    total: Type.Integer(),
    count_by_category: Type.Array(
      Type.Object({ id: Type.Integer(), count: Type.Integer() }, { additionalProperties: false }),
      { description: 'The categories one follows in which something is unread.' },
    ),
  },
  { $id: 'FeedUnseenCount', description: 'What is unread in the home feed.', additionalProperties: false },
)

const newest = (scan: string) => `select * from (${scan} limit ${mostUnread}) few`
/** Everything that is looked at is one page. */
const atOnce = { limit: String(mostUnread - 1), offset: null, key: [], page: newest, part: newest }

const looking = { deep: true, unreadFrom: '(select up_to from reader)' }

const counting = statement({
  name: 'feeds: count what is unread',
  takes: { viewer: 'bigint' },
  gives: { total: 'int', count_by_category: 'json' },
  variants: () => byFlags().filter(({ flags }) => flags.viewer),
  sql: (
    $,
    { flags },
  ) => `with ${planSql($.viewer, flags)}, reader as materialized (select ${readUpToSql($.viewer)} as up_to),
    unread as materialized (
      select c.categories from (${pickHome($.viewer, flags, 'recent', looking)('first', atOnce)}) p
      join contribution c on c.id = p.k1 where not ${readSql($.viewer)}
    )
    select (select count(*)::int from unread) as total,
      (select coalesce(json_agg(json_build_object('id', id, 'count', n) order by id), '[]') from (
        select id, count(*) as n from unread cross join lateral (select distinct unnest(categories) as id) each
        where id = any((select followed from plan)::bigint[]) group by id
      ) counted) as count_by_category`,
})

/** How many of the newest hundred in the caller's home feed are unread, and in which of their categories. */
export async function countUnread(ctx: MemberCtx): Promise<Static<typeof Unseen>> {
  const flags = flagsSeenBy(ctx.actor, ctx.community)
  const row = await counting.row(ctx.db, { viewer: ctx.actor.id }, { flags })
  return row as Static<typeof Unseen>
}
