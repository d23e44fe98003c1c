import { followJoin } from '../categories/lists.ts'
import { renderCategory } from '../categories/views.ts'
import { byFlags, flagsSeenBy } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import { mostSuggested, tieOf, tiesSql } from './members.ts'

const suggested = list({
  name: 'suggestions: categories',
  takes: { viewer: 'bigint' },
  variants: () => {
    const ties = new Map(byFlags().map((each) => [tieOf(each.flags)?.has, each]))
    return ties.values()
  },
  sql($, { flags }) {
    const tie = tieOf(flags)
    const friends = tie
      ? `(select category_id, count(*) as n from (${tiesSql($.viewer, tie)}) near
          join category_follower g on g.member_id = near.other_id group by 1)`
      : '(select null::bigint as category_id, 0::bigint as n where false)'
    return {
      with: `near as materialized (
        select category.id, coalesce(friends.n, 0) as n, category.followers
        from category left join ${friends} friends on friends.category_id = category.id
        where category.active and not category.deleted and not exists (
          select from category_follower g where g.category_id = category.id and g.member_id = ${$.viewer})
        order by 2 desc, 3 desc, 1 desc limit ${mostSuggested}
      )`,
      columns: '',
      from: 'from near where true',
      keys: [
        { sql: 'near.n', descending: true, type: 'bigint' },
        { sql: 'near.followers', descending: true, type: 'bigint' },
        { sql: 'near.id', descending: true, type: 'bigint' },
      ],
      joins: `join category on category.id = p.k2 ${followJoin($.viewer)}`,
      render: renderCategory,
      count: 'select count(*) from near',
    }
  },
})

/** A page of categories that the caller does not follow: those that most of their connections do, then popular ones. */
export const suggestCategories = (ctx: MemberCtx, page: PageRequest): Promise<PageRows<'Category'>> =>
  suggested.page(ctx.db, { viewer: ctx.actor.id }, page, { flags: flagsSeenBy(ctx.actor, ctx.community) })
