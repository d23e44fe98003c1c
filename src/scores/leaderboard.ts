import type { Ctx } from '../context.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import { renderSql } from '../platform/sql/view.ts'
import { hiddenSql, seenMemberSql } from '../users/visibility.ts'
import { type Filters, filterSql, filterTakes, readFilters } from './filters.ts'
import { Place } from './views.ts'

const either = [false, true]

/** SQL of the place of a member with some number of points: behind everybody who has more. */
const placeSql = (board: string, points: string, top?: string) =>
  top
    ? `top.above + 1 + (select count(*)::int from ${board} x where x.listed and x.points > ${points} and x.points <= ${top})`
    : `1 + (select count(*)::int from ${board} x where x.listed and x.points > ${points})`

const board = list({
  name: 'scores: leaderboard',
  takes: { viewer: 'bigint?', member: 'bigint?', ...filterTakes },
  extra: { mine: 'text?' },
  eachTime: ({ filtered }) => filtered,
  variants: () => either.flatMap((filtered) => either.map((ascending) => ({ filtered, ascending }))),
  sql($, { filtered, ascending }) {
    const board = filtered ? 'board' : 'score_total'
    const apart = `from relation h where h.member_id = ${$.viewer} and ${hiddenSql('h.')}`
    const listed = `from ${board} t where t.listed and ${seenMemberSql($.viewer, 't.member_id')}`
    return {
      ...(filtered && {
        with: `board as materialized (
      select s.member_id, sum(s.points)::int as points, true as listed
      from score s join score_total k on k.member_id = s.member_id and k.listed
      where (${$.member} is null or s.member_id = ${$.member}) ${filterSql($, 's')} group by s.member_id
    )`,
      }),
      columns: '',
      from: listed,
      keys: [
        { sql: 't.points', descending: !ascending, type: 'bigint' },
        { sql: 't.member_id', descending: ascending, type: 'bigint' },
      ],
      // Members above the whole page are counted once; the others lie within the points of the page.
      joins: `join users u on u.id = p.k1
        cross join (
          select points, (select count(*)::int from ${board} x where x.listed and x.points > points.points) as above
          from (select max(k0)::int as points from p) points
        ) top
        cross join lateral (select p.k0 as points, ${placeSql(board, 'p.k0', 'top.points')} as position) l`,
      render: renderSql(Place, null),
      count: filtered
        ? `select count(*) ${listed}`
        : `select sum(members) - (select count(*) ${apart} and exists (
            select from score_total t where t.member_id = h.other_id and t.listed)) from score_count`,
      extra: {
        mine: `select ${renderSql(Place, null)} from ${board} t join users u on u.id = t.member_id
          cross join lateral (select t.points, ${placeSql(board, 't.points')} as position) l
          where t.member_id = ${$.viewer} and t.listed`,
      },
    }
  },
})

export const orderings = ['total_score', '-total_score'] as const

export type Asked = Filters & { ordering?: (typeof orderings)[number] }

/**
 * A page of the leaderboard, most points first. The sum of all points is kept; a filtered sum is computed when asked
 * for.
 */
export async function readLeaderboard(
  ctx: Ctx,
  asked: Asked,
  page: PageRequest,
): Promise<PageRows<'LeaderboardPlace'>> {
  const { filtered, values } = readFilters(asked)
  const member = asked.user_id ?? null
  const variant = { filtered: filtered || member !== null, ascending: asked.ordering === 'total_score' }
  const rows = await board.page(ctx.db, { viewer: ctx.actor?.id ?? null, member, ...values }, page, variant)
  return { ...rows, beside: { my_position: rows.extra.mine ?? 'null' } }
}
