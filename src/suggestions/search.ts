import { activeSql } from '../auth/status.ts'
import { followJoin, searchedSql } from '../categories/lists.ts'
import { Category, renderCategory } from '../categories/views.ts'
import { byFlags, flagsSeenBy } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { noRows, type PageRequest, type PageRows } from '../platform/http/page.ts'
import Type from '../platform/schema.ts'
import { anywhere, foldName } from '../platform/search/names.ts'
import { list } from '../platform/sql/list.ts'
import { renderingOf, shape } from '../platform/sql/view.ts'
import { renderUser } from '../users/queries.ts'
import { namedSql, partOfName } from '../users/search.ts'
import { User } from '../users/views.ts'
import { relationJoin, seenMemberSql } from '../users/visibility.ts'

/** How many of each are returned: the best of those that are looked at. */
const [most, looked] = [50, 1_000]

const score = Type.Integer({ description: '2: it is the name. 1: the name begins with it. 0: the name contains it.' })
const found = (type: 'user' | 'category', shown: { schema: typeof User.schema }) =>
  Type.Object(
    { type: Type.Literal(type), score, [type]: shown.schema },
    { $id: `Found${type === 'user' ? 'User' : 'Category'}`, additionalProperties: false },
  )

/** A member or a category, under its kind. */
export const Found = shape(
  'Suggestion',
  Type.Union([found('user', User), found('category', Category)], { $id: 'Suggestion' }),
)

/** SQL of how well a folded name matches. */
const scoreSql = (exact: string, ...names: string[]) => `case
  when ${names.map((name) => `${name} = ${exact}`).join(' or ')} then 2
  when ${names.map((name) => `starts_with(${name}, ${exact})`).join(' or ')} then 1 else 0 end`

const searching = list({
  name: 'suggestions: search',
  takes: { viewer: 'bigint', exact: 'text', pattern: 'text', named: 'text[]' },
  variants: () => byFlags().filter(({ flags }) => flags.viewer),
  sql: ($, { flags }) => ({
    with: `near as materialized (
      (select 1 as kind, category.id, ${scoreSql($.exact, 'category.folded_name')} as score from category
        where not category.deleted and category.active and ${searchedSql($.pattern)} order by 3 desc, 2 limit ${most})
      union all
      (select 0, u.id, ${scoreSql($.exact, 'lower(u.username)', 'u.folded_real_name')} from users u
        join (
          select u.id from users u where lower(u.username) = ${$.exact} and ${activeSql('u.')}
          union
          (select u.id from users u where ${namedSql($.named)} and ${activeSql('u.')} limit ${looked})
        ) fits on fits.id = u.id
        where ${seenMemberSql($.viewer, 'u.id')}
        order by 3 desc, 2 limit ${most})
    )`,
    columns: '',
    from: 'from near where true',
    keys: [
      { sql: 'near.score', descending: true, type: 'bigint' },
      { sql: 'near.kind', descending: true, type: 'bigint' },
      { sql: 'near.id', descending: true, type: 'bigint' },
    ],
    joins: `left join users u on p.k1 = 0 and u.id = p.k2
      ${relationJoin($.viewer, 'u.id')}
      left join category on p.k1 = 1 and category.id = p.k2 ${followJoin($.viewer)}`,
    render: renderingOf(
      Found,
      `case p.k1 when 1 then concat('{"type":"category","score":', p.k0, ',"category":', ${renderCategory}, '}')
        else concat('{"type":"user","score":', p.k0, ',"user":', ${renderUser(flags)}, '}') end`,
    ),
    count: 'select count(*) from near',
  }),
})

/** A page of members and categories whose name contains a text, the best matches first. */
export function searchAll(
  ctx: MemberCtx,
  search: string,
  page: PageRequest,
): Promise<PageRows<'Suggestion'>> | PageRows<'Suggestion'> {
  const exact = foldName(search)
  if (!exact) return noRows
  const values = { viewer: ctx.actor.id, exact, pattern: anywhere(search), named: partOfName(search) }
  return searching.page(ctx.db, values, page, { flags: flagsSeenBy(ctx.actor, ctx.community) })
}
