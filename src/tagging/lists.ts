import { activeSql } from '../auth/status.ts'
import { renderCategory } from '../categories/views.ts'
import { byFlags, flagsSeenBy } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { hadSql } from '../contributions/feed.ts'
import { contributionJoins, renderContribution } from '../contributions/find.ts'
import { kinds } from '../contributions/kinds.ts'
import { weight } from '../contributions/lists.ts'
import { contributionViews } from '../contributions/views.ts'
import { badField, refused } from '../platform/errors.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import Type from '../platform/schema.ts'
import { list } from '../platform/sql/list.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderingOf, shape } from '../platform/sql/view.ts'
import { hasTagSql, type TagType } from '../tags/views.ts'
import { renderUser } from '../users/queries.ts'
import { relationJoin } from '../users/visibility.ts'

const finding = statement({
  name: 'tagging: find a tag',
  takes: { type: 'text', id: 'bigint?', name: 'text?' },
  gives: { id: 'bigint' },
  sql: ($) => `select id from tag where type = ${$.type} and (${$.id} is null or id = ${$.id})
    and (${$.name} is null or name_key(name) = name_key(${$.name}) and not deleted)`,
})

export type Named = { tag_id?: number; tag_name?: string }

/** The id of the tag that is named by its id or its name. */
async function idOf({ db }: MemberCtx, type: TagType, { tag_id, tag_name }: Named): Promise<number> {
  if (tag_id === undefined && tag_name === undefined) throw refused('required', 'Send tag_id or tag_name.')
  const row = await finding.row(db, { type, id: tag_id ?? null, name: tag_name ?? null })
  if (!row)
    throw badField(tag_id === undefined ? 'tag_name' : 'tag_id', 'unknown', `There is no such tag for a ${type}.`)
  return row.id
}

const byId = { sql: 'x.id', descending: false, type: 'bigint' } as const
const sortedBy = {
  user: {
    order: [],
    id: [],
    username: [{ sql: 'lower(x.username)', descending: false, type: 'text' }],
    real_name: [{ sql: 'x.sort_name', descending: false, type: 'text' }],
  },
  category: {
    order: [{ sql: 'x.position', descending: false, type: 'bigint' }],
    id: [],
    name: [{ sql: 'x.sort_name', descending: false, type: 'text' }],
  },
} as const

export const userOrderings = ['order', 'id', 'username', 'real_name'] as const
export const categoryOrderings = ['order', 'id', 'name'] as const
export const contributionOrderings = ['order', 'id', 'title'] as const

const takes = { viewer: 'bigint', tag: 'bigint' } as const

const members = list({
  name: 'tagging: members',
  takes,
  variants: () => byFlags().flatMap((each) => userOrderings.map((ordering) => ({ ...each, ordering }))),
  sql($, { flags, ordering }) {
    const from = `from users x where ${hasTagSql('x', $.tag)} and ${activeSql('x.')}`
    return {
      columns: 'x.id',
      from,
      keys: [...sortedBy.user[ordering], byId],
      joins: `join users u on u.id = p.id ${relationJoin($.viewer, 'u.id')}`,
      render: renderUser(flags),
      count: `select count(*) ${from}`,
    }
  },
})

const categories = list({
  name: 'tagging: categories',
  takes,
  variants: () => categoryOrderings.map((ordering) => ({ ordering })),
  sql($, { ordering }) {
    const from = `from category x where ${hasTagSql('x', $.tag)} and not x.deleted`
    return {
      columns: 'x.id',
      from,
      keys: [...sortedBy.category[ordering], byId],
      joins: `join category on category.id = p.id
        left join category_follower f on f.category_id = category.id and f.member_id = ${$.viewer}`,
      render: renderCategory,
      count: `select count(*) ${from}`,
    }
  },
})

/** A contribution of any kind. */
export const AnyContribution = shape(
  'Contribution',
  Type.Union(Object.values(contributionViews).map(({ schema }) => schema)),
)

const contributions = list({
  name: 'tagging: contributions',
  takes,
  variants: () => byFlags().flatMap((each) => contributionOrderings.map((ordering) => ({ ...each, ordering }))),
  sql($, { flags, ordering }) {
    const from = `from contribution x where ${hasTagSql('x', $.tag)} and not x.deleted and not x.erased
      and ${hadSql(flags, 'x.kind')}
      and not exists (select from erasure e where e.member_id = x.author_id)`
    const rendered = Object.values(kinds).map(
      (kind) => `when ${kind.id} then ${renderContribution(kind, flags, $.viewer)}`,
    )
    return {
      columns: 'x.id',
      from,
      keys: [
        ...(ordering === 'title'
          ? [{ sql: 'left(lower(x.title), 60)', descending: false, type: 'text' as const }]
          : []),
        byId,
      ],
      joins: contributionJoins('p.id', $.viewer),
      weight: weight('p.id'),
      render: renderingOf(AnyContribution, `case c.kind ${rendered.join(' ')} end`),
      count: `select count(*) ${from}`,
    }
  },
})

type Asked<Ordering> = Named & { ordering?: Ordering }

/** A page of the members who have a tag. */
export async function listTaggedMembers(
  ctx: MemberCtx,
  { ordering = 'order', ...named }: Asked<(typeof userOrderings)[number]>,
  page: PageRequest,
): Promise<PageRows<'User'>> {
  const tag = await idOf(ctx, 'user', named)
  const variant = { flags: flagsSeenBy(ctx.actor, ctx.community), ordering }
  return members.page(ctx.db, { viewer: ctx.actor.id, tag }, page, variant)
}

/** A page of the categories that have a tag. */
export async function listTaggedCategories(
  ctx: MemberCtx,
  { ordering = 'order', ...named }: Asked<(typeof categoryOrderings)[number]>,
  page: PageRequest,
): Promise<PageRows<'Category'>> {
  const tag = await idOf(ctx, 'category', named)
  return categories.page(ctx.db, { viewer: ctx.actor.id, tag }, page, { ordering })
}

/** A page of the contributions that have a tag, all kinds together. */
export async function listTaggedContributions(
  ctx: MemberCtx,
  { ordering = 'order', ...named }: Asked<(typeof contributionOrderings)[number]>,
  page: PageRequest,
): Promise<PageRows<'Contribution'>> {
  const tag = await idOf(ctx, 'contribution', named)
  const variant = { flags: flagsSeenBy(ctx.actor, ctx.community), ordering }
  return contributions.page(ctx.db, { viewer: ctx.actor.id, tag }, page, variant)
}
