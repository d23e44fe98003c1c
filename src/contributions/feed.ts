import Type from 'typebox'
import { noCategory } from '../categories/tree.ts'
import type { Ctx } from '../context.ts'
import { fetchPage, keptLists, type List } from '../platform/http/list.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { boolean, type Field, nested, renderSql, type View, view } from '../platform/http/view.ts'
import { type Shown, shownBy, shownKey } from '../users/views.ts'
import { renderContribution, viewerJoins } from './find.ts'
import { hiddenAuthors } from './hidden.ts'
import { type Kind, kinds } from './kinds.ts'
import { seenSql } from './lists.ts'
import { contributionViews } from './views.ts'

export const feedOrderings = ['recent', 'last_activity', 'relevance'] as const
export type FeedOrdering = (typeof feedOrderings)[number]

const none = (description: string): Field<Shown> => nested(Type.Array(Type.Unknown(), { description }), `'[]'`)

/** A contribution in a feed, under the name of its kind; the names of the other kinds are left out. */
const unitOf = (kind: Kind): View<Shown> =>
  view(`Feed${kind.name.replace(/^./, (first) => first.toUpperCase())}`, `A ${kind.name} in a feed.`, {
    type: { schema: Type.Literal(kind.name), sql: `'${kind.name}'`, kind: 'word' },
    [kind.name]: nested(contributionViews[kind.name].schema, (shown) => renderContribution(kind, shown)),
    seen_by_id: none('What members have seen is not kept.'),
    // The client's word for it. It would show what is unseen as new for ever, and report each as read, to nobody.
    seen: boolean('true'),
    has_boost: boolean('false'),
    activities: none('There are none before there are comments.'),
  })

const units = Object.values(kinds).map((kind) => ({ kind, unit: unitOf(kind) }))

/** What a feed is made of. */
export const FeedUnit = Type.Union(
  units.map(({ unit }) => unit.schema),
  { $id: 'Feed' },
)

const renderUnit = (shown: Shown) =>
  `case c.kind ${units.map(({ kind, unit }) => `when ${kind.id} then ${renderSql(unit, shown)}`).join(' ')} end`

const columns = { recent: 'added_at', last_activity: 'last_activity_at', relevance: 'relevant_at' }

const lists = keptLists()

function listFor(ordering: FeedOrdering, shown: Shown): List {
  const key = `${ordering} ${shownKey(shown)}`
  const kept = lists.get(key)
  if (kept) return kept
  const ids = Object.values(kinds).flatMap(({ id, counter }) => (shown[counter] ? id : []))
  const column = columns[ordering]
  /** Only what the community has, where it has not every kind. */
  const had = (kind: string) => (ids.length === units.length ? 'true' : `${kind} = any('{${ids.join(', ')}}')`)
  const list: List = {
    columns: '',
    from: `from (select *, contribution_id as id from category_feed) x
      where x.category_id = $2 and ${had('x.kind')} and ${seenSql('x')}`,
    keys: [
      { sql: `x.${column}`, descending: true, type: 'timestamptz' },
      { sql: 'x.id', descending: true, type: 'bigint' },
    ],
    joins: `join contribution c on c.id = p.k1 ${viewerJoins}`,
    render: renderUnit(shown),
    // All, less those of hidden authors, less those hidden one by one.
    count: `select ((select coalesce(sum(n), 0) from category_feed_total where category_id = $2 and ${had('kind')})
      - (select count(*) from category_feed f where f.category_id = $2 and f.author_id in (${hiddenAuthors}) and ${had('f.kind')})
      - (select count(*) from contribution_mark h join contribution c on c.id = h.contribution_id
          join category_feed f on f.category_id = $2 and f.author_id = c.author_id and f.contribution_id = c.id
        where h.member_id = $1::bigint and h.hidden and ${had('h.kind')} and c.author_id not in (${hiddenAuthors})))::int`,
  }
  lists.set(key, list)
  return list
}

/**
 * A page of what lies in a category, all kinds together, the first in the given order first; without one, in that of
 * the category (`stream_order_by`). Two statements, however much there is: the order is read from an index.
 */
export async function listCategoryFeed(
  ctx: Ctx,
  id: number,
  ordering: FeedOrdering | undefined,
  page: PageRequest,
): Promise<PageRows> {
  const [category] = await ctx.db.query<{ stream_order_by: FeedOrdering }>(
    'select stream_order_by from category where id = $1 and not deleted',
    [id],
  )
  if (!category) throw noCategory()
  const list = listFor(ordering ?? category.stream_order_by, shownBy(ctx.community, ctx.actor !== null))
  return fetchPage(ctx.db, list, [ctx.actor?.id ?? null, id], page)
}
