import { noCategory } from '../categories/tree.ts'
import { byFlags, type Flags, flagsSeenBy, view } from '../community/flags.ts'
import type { Ctx } from '../context.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import Type from '../platform/schema.ts'
import { list } from '../platform/sql/list.ts'
import { statement } from '../platform/sql/statement.ts'
import { boolean, type Field, nested, renderingOf, renderSql, shape, type View } from '../platform/sql/view.ts'
import { activities } from './activities.ts'
import { contributionJoins, renderContribution } from './find.ts'
import { amongSql, type ContributionName, capital, type Kind, kinds } from './kinds.ts'
import { weight } from './lists.ts'
import { pickMerged } from './merged.ts'
import { addressedCountSql, sumOfEachSql, unseenCountSql, unseenCte, unseenHere } from './seen.ts'
import { contributionViews, renderAnyKind } from './views.ts'

export const feedOrderings = ['recent', 'last_activity', 'relevance'] as const
export type FeedOrdering = (typeof feedOrderings)[number]

/** SQL of the moment before which everything counts as read by a member. */
export const readUpToSql = (viewer: string) => `(select greatest(me.date_joined, r.read_before) from users me
  left join feed_reader r on r.member_id = me.id where me.id = ${viewer})`

/** SQL of whether the viewer has read the contribution c, or wrote it. */
export const readSql = (viewer: string) => `(c.author_id = ${viewer} or c.added_at <= ${readUpToSql(viewer)}
  or c.id = any(coalesce((select r.read from feed_reader r where r.member_id = ${viewer}), '{}')))`

/** Fields of a feed unit beside its contribution, for every kind; `reading.done` says whether the viewer has read it. */
const beside: Record<string, Field<Flags>> = {
  seen_by_id: nested(
    Type.Array(Type.Integer(), { description: "The viewer's id, once they have read it." }),
    (_, viewer) => `case when ${viewer} is not null and reading.done then concat('[', ${viewer}, ']') else '[]' end`,
  ),
  seen: boolean('reading.done'),
  has_boost: boolean('false'),
  activities,
}

/** A contribution in a feed, under the name of its kind; the names of other kinds are left out. */
const unitOf = (kind: Kind): View<Flags, `Feed${ContributionName}`> =>
  view(`Feed${capital(kind.name)}`, `A ${kind.name} in a feed.`, {
    type: { schema: Type.Literal(kind.name), sql: `'${kind.name}'`, kind: 'word' },
    [kind.name]: nested(contributionViews[kind.name].schema, (flags, viewer) =>
      renderContribution(kind, flags, viewer),
    ),
    ...beside,
  })

const units = Object.values(kinds).map((kind) => ({ kind, unit: unitOf(kind) }))

/** An item of a feed. */
export const FeedUnit = shape(
  'Feed',
  Type.Union(
    units.map(({ unit }) => unit.schema),
    { $id: 'Feed' },
  ),
)

/** Joins a contribution by its id, with what a feed needs to show it. Whether it is read is looked up once per unit. */
export const unitJoins = (id: string, viewer: string) => `${contributionJoins(id, viewer)}
  cross join lateral (select ${viewer} is null or ${readSql(viewer)} as done offset 0) reading`

const besideView = view('FeedBeside', 'What is beside a contribution.', beside)

/** SQL of a feed unit for a contribution c of any kind. What all kinds have in common is rendered once. */
export const renderUnit = (flags: Flags, viewer: string) =>
  renderingOf(
    FeedUnit,
    `concat('{', case c.kind ${units
      .map(({ kind: { id, name } }) => `when ${id} then '"type":"${name}","${name}":'`)
      .join(' ')} end, ${renderAnyKind(flags, viewer)}, ',', substr(${renderSql(besideView, flags, viewer)}, 2))`,
  )

const columns = { recent: 'added_at', last_activity: 'last_activity_at', relevance: 'relevant_at' } as const

/** The ids of the kinds of contributions that the community has enabled. */
export const kindsOf = (flags: Flags): number[] =>
  Object.values(kinds).flatMap(({ id, counter }) => (flags[counter] ? id : []))

/** SQL of whether the community has enabled a kind of contribution; `kind` is its number. */
export function hadSql(flags: Flags, kind: string): string {
  const ids = kindsOf(flags)
  return ids.length === units.length ? 'true' : amongSql(kind, ids)
}

const feed = list({
  name: 'contributions: feed of a category',
  takes: { viewer: 'bigint?', id: 'bigint' },
  variants: () => byFlags().flatMap((each) => feedOrderings.map((ordering) => ({ ...each, ordering }))),
  sql($, { flags, ordering }) {
    const had = (kind: string) => hadSql(flags, kind)
    return {
      with: unseenCte($.viewer),
      columns: '',
      from: '',
      pick: pickMerged({
        ...{ viewer: $.viewer, known: flags.viewer, kinds: kindsOf(flags), place: $.id, unseen: unseenHere },
        moment: columns[ordering],
      }),
      keys: [
        { sql: `x.${columns[ordering]}`, descending: true, type: 'timestamptz' },
        { sql: 'x.id', descending: true, type: 'bigint' },
      ],
      joins: unitJoins('p.k1', $.viewer),
      weight: weight('p.k1'),
      render: renderUnit(flags, $.viewer),
      count: `select (select coalesce(sum(n), 0) from category_feed_total where category_id = ${$.id} and ${had('kind')})
        - (${unseenCountSql(
          $.viewer,
          unseenHere,
          // Contributions addressed to some are not in category_feed; they are counted separately.
          (authors) => `select (${sumOfEachSql(
            authors,
            (author) => `select count(*) from category_feed f
              where f.category_id = ${$.id} and f.author_id = ${author} and ${had('f.kind')}`,
          )})
            + (select count(*) from addressed a
              where a.author_id in (${authors}) and ${$.id} = any(a.categories) and ${had('a.kind')})`,
          {
            where: `${$.id} = any(c.categories) and ${had('h.kind')}`,
            addressed: addressedCountSql($.viewer, unseenHere, $.id, had),
          },
        )})`,
    }
  },
})

const ordering = statement({
  name: 'contributions: order of a category',
  takes: { id: 'bigint' },
  gives: { stream_order_by: 'text' },
  sql: ($) => `select stream_order_by from category where id = ${$.id} and not deleted`,
})

/**
 * A page of a category's contributions of all kinds, in the given order or, without one, in that of the category
 * (`stream_order_by`). It takes two statements, however long the feed is: an index has the order.
 */
export async function listCategoryFeed(
  ctx: Ctx,
  id: number,
  asked: FeedOrdering | undefined,
  page: PageRequest,
): Promise<PageRows<'Feed'>> {
  const category = await ordering.row(ctx.db, { id })
  if (!category) throw noCategory()
  const variant = {
    flags: flagsSeenBy(ctx.actor, ctx.community),
    ordering: asked ?? (category.stream_order_by as FeedOrdering),
  }
  return feed.page(ctx.db, { viewer: ctx.actor?.id ?? null, id }, page, variant)
}
