import { noCategory } from '../categories/tree.ts'
import { byFlags, type Flags, flagsSeenBy, view } from '../community/flags.ts'
import type { Ctx } from '../context.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import Type from '../platform/schema.ts'
import { list } from '../platform/sql/list.ts'
import { statement } from '../platform/sql/statement.ts'
import { boolean, type Field, nested, renderingOf, renderSql, shape, type View } from '../platform/sql/view.ts'
import { activities } from './activities.ts'
import { renderContribution, viewerJoins } from './find.ts'
import { type ContributionName, capital, type Kind, kinds } from './kinds.ts'
import { weight } from './lists.ts'
import { pickMerged } from './merged.ts'
import { addressedCountSql, unseenCountSql } from './seen.ts'
import { contributionViews, renderAnyKind } from './views.ts'

export const feedOrderings = ['recent', 'last_activity', 'relevance'] as const
export type FeedOrdering = (typeof feedOrderings)[number]

/** SQL: the moment before which all counts as read by a member. */
export const readUpToSql = (viewer: string) => `(select greatest(me.date_joined, r.read_before) from users me
  left join feed_reader r on r.member_id = me.id where me.id = ${viewer})`

/** SQL: the viewer has read the contribution c, or wrote it themselves. */
export const readSql = (viewer: string) => `(c.author_id = ${viewer} or c.added_at <= ${readUpToSql(viewer)}
  or c.id = any(coalesce((select r.read from feed_reader r where r.member_id = ${viewer}), '{}')))`

/** What a feed says of a contribution beside it, whatever its kind. */
const beside: Record<string, Field<Flags>> = {
  seen_by_id: nested(
    Type.Array(Type.Integer(), { description: 'The id of the one who looks, once they have read it; of nobody else.' }),
    (_, viewer) =>
      `case when ${viewer} is not null and ${readSql(viewer)} then concat('[', ${viewer}, ']') else '[]' end`,
  ),
  seen: { ...boolean<Flags>(''), sql: (_, viewer) => `${viewer} is null or ${readSql(viewer)}` },
  has_boost: boolean('false'),
  activities,
}

/** A contribution in a feed, under the name of its kind; the names of the other kinds are left out. */
const unitOf = (kind: Kind): View<Flags, `Feed${ContributionName}`> =>
  view(`Feed${capital(kind.name)}`, `A ${kind.name} in a feed.`, {
    type: { schema: Type.Literal(kind.name), sql: `'${kind.name}'`, kind: 'word' },
    [kind.name]: nested(contributionViews[kind.name].schema, (flags, viewer) =>
      renderContribution(kind, flags, viewer),
    ),
    ...beside,
  })

const units = Object.values(kinds).map((kind) => ({ kind, unit: unitOf(kind) }))

/** What a feed is made of. */
export const FeedUnit = shape(
  'Feed',
  Type.Union(
    units.map(({ unit }) => unit.schema),
    { $id: 'Feed' },
  ),
)

const besideView = view('FeedBeside', 'What is beside a contribution.', beside)

/** SQL of a contribution c in a feed, of whatever kind it is. What is the same for all kinds is rendered once. */
export const renderUnit = (flags: Flags, viewer: string) =>
  renderingOf(
    FeedUnit,
    `concat('{', case c.kind ${units
      .map(({ kind: { id, name } }) => `when ${id} then '"type":"${name}","${name}":'`)
      .join(' ')} end, ${renderAnyKind(flags, viewer)}, ',', substr(${renderSql(besideView, flags, viewer)}, 2))`,
  )

const columns = { recent: 'added_at', last_activity: 'last_activity_at', relevance: 'relevant_at' } as const

/** The ids of the kinds of contributions that the community has. */
export const kindsOf = (flags: Flags): number[] =>
  Object.values(kinds).flatMap(({ id, counter }) => (flags[counter] ? id : []))

/** SQL: the community has this kind of contribution, of which `kind` is the number. */
export function hadSql(flags: Flags, kind: string): string {
  const ids = kindsOf(flags)
  return ids.length === units.length ? 'true' : `${kind} = any('{${ids.join(', ')}}')`
}

const feed = list({
  name: 'contributions: feed of a category',
  takes: { viewer: 'bigint?', id: 'bigint' },
  variants: () => byFlags().flatMap((each) => feedOrderings.map((ordering) => ({ ...each, ordering }))),
  sql($, { flags, ordering }) {
    const had = (kind: string) => hadSql(flags, kind)
    return {
      columns: '',
      from: '',
      pick: pickMerged({
        ...{ viewer: $.viewer, known: flags.viewer, kinds: kindsOf(flags), place: $.id },
        moment: columns[ordering],
      }),
      keys: [
        { sql: `x.${columns[ordering]}`, descending: true, type: 'timestamptz' },
        { sql: 'x.id', descending: true, type: 'bigint' },
      ],
      joins: `join contribution c on c.id = p.k1 ${viewerJoins($.viewer)}`,
      weight: weight('p.k1'),
      render: renderUnit(flags, $.viewer),
      count: `select (select coalesce(sum(n), 0) from category_feed_total where category_id = ${$.id} and ${had('kind')})
        - (${unseenCountSql(
          $.viewer,
          // What is addressed to some lies not there, and is counted with the rest.
          (authors) => `select (select count(*) from category_feed f
              where f.category_id = ${$.id} and f.author_id in (${authors}) and ${had('f.kind')})
            + (select count(*) from addressed a
              where a.author_id in (${authors}) and ${$.id} = any(a.categories) and ${had('a.kind')})`,
          {
            where: `${$.id} = any(c.categories) and ${had('h.kind')}`,
            addressed: addressedCountSql($.viewer, $.id, had),
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
 * A page of what lies in a category, all kinds together, the first in the given order first; without one, in that of
 * the category (`stream_order_by`). Two statements, however much there is: the order is read from an index.
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
