import { byFlags, type Flags, flagsSeenBy } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import { renderUser } from '../users/queries.ts'
import { hiddenOrNotSql, relationJoin } from '../users/visibility.ts'

// A member with very many connections gets suggestions from the newest of them only.

/**
 * How many of the viewer's connections are read, how many connections of each, and how many of the viewer's
 * categories for how many of their newest followers.
 */
const [asked, theirs, categories, followers] = [200, 100, 20, 50]
/** Largest number of suggestions. */
export const mostSuggested = 100

type Tie = { has: string; place: string }

/**
 * SQL of whether a row of relation is a connection, and of its position in the list of them; null if there are none.
 */
export function tieOf(flags: Flags): Tie | null {
  if (flags.follow) return { has: 'following_place is not null', place: 'following_place' }
  return flags.friendship ? { has: 'state = 4', place: 'place' } : null
}

/** SQL of the viewer's newest connections, or members they follow. */
export const tiesSql = (viewer: string, { has, place }: Tie) =>
  `select other_id from relation where member_id = ${viewer} and ${has} order by ${place} desc limit ${asked}`

/**
 * SQL of the connections of the viewer's connections, one row for each. Lists that members show to nobody are left
 * out.
 */
const beyond = (viewer: string, { has, place }: Tie) => `select far.other_id as id, 1 as shared, 0 as alike
  from (${tiesSql(viewer, { has, place })}) near
  join users via on via.id = near.other_id ${has === 'state = 4' ? `and via.connections_visibility <> 'self'` : ''}
  cross join lateral (
    select other_id from relation where member_id = near.other_id and ${has} order by ${place} desc limit ${theirs}
  ) far`

const suggested = list({
  name: 'suggestions: members',
  takes: { viewer: 'bigint' },
  variants: () => byFlags().filter(({ flags }) => flags.viewer),
  sql($, { flags }) {
    const tie = tieOf(flags)
    const alike = `select f.member_id as id, 0 as shared, 1 as alike from (
        select category_id from category_follower where member_id = ${$.viewer} order by place desc limit ${categories}
      ) mine cross join lateral (
        select member_id from category_follower where category_id = mine.category_id order by place desc limit ${followers}
      ) f`
    return {
      with: `near as materialized (
        select found.* from (
          select id, sum(shared) as shared, sum(alike) as alike
          from (${tie ? [beyond($.viewer, tie), alike].join(' union all ') : alike}) each group by id
        ) found join users u on u.id = found.id
        ${relationJoin($.viewer, 'found.id')}
        where found.id <> ${$.viewer} and u.status = 'a' and not ${hiddenOrNotSql('v.')}
          and not exists (select from erasure e where e.member_id = found.id)
          and ${flags.follow ? 'v.following_place is null' : `coalesce(v.state, 0) = 0 and u.connection_requests <> 'refuse'`}
        order by found.shared desc, found.alike desc, found.id desc limit ${tie ? mostSuggested : 0}
      )`,
      columns: '',
      from: 'from near where true',
      keys: [
        { sql: 'near.shared', descending: true, type: 'bigint' },
        { sql: 'near.alike', descending: true, type: 'bigint' },
        { sql: 'near.id', descending: true, type: 'bigint' },
      ],
      joins: `join users u on u.id = p.k2 ${relationJoin($.viewer, 'u.id')}`,
      render: renderUser(flags),
      count: 'select count(*) from near',
    }
  },
})

/**
 * A page of members whom the caller may want to connect with (in follow mode, to follow): those whom most of their
 * own connections have, then those who follow the same categories. Nobody with whom there is a relation or a request
 * already.
 */
export const suggestMembers = (ctx: MemberCtx, page: PageRequest): Promise<PageRows<'User'>> =>
  suggested.page(ctx.db, { viewer: ctx.actor.id }, page, { flags: flagsSeenBy(ctx.actor, ctx.community) })
