import Type from 'typebox'
import { type Flags, flagsSeenBy } from '../community/flags.ts'
import type { Ctx } from '../context.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { isoSql, nested, renderSql, type View, view } from '../platform/http/view.ts'
import { list } from '../platform/sql/list.ts'
import { takeApart } from '../platform/text.ts'
import { renderUser } from '../users/queries.ts'
import { User } from '../users/views.ts'
import { viewerJoins } from './find.ts'
import { byKindAndFlags, type Kind } from './kinds.ts'
import { seenSql, weight } from './lists.ts'
import { contributionViews } from './views.ts'

/** So many of the newest matches are ranked: to rank a million takes longer than anybody waits. */
const ranked = 1_000

const SearchMatch = Type.Object(
  {
    object: Type.Object({
      id: Type.Integer(),
      type: Type.String(),
      added_at: Type.String({ format: 'date-time' }),
      html: Type.String(),
    }),
    author: User.schema,
  },
  { $id: 'SearchMatch', description: 'What was found, and whose it is.', additionalProperties: false },
)

/** A contribution as the search shows it: with what in it was found. */
export function searchView(kind: Kind): View<Flags> {
  const { name, fields } = contributionViews[kind.name]
  return view(`Search${name}`, `A ${kind.name} that was found.`, {
    ...fields,
    matches: nested(
      Type.Array(SearchMatch),
      (shown) => `concat('[{"object":', json_build_object('id', c.id, 'type', '${kind.name}', 'added_at',
        ${isoSql('c.added_at')}, 'html', c.html), ',"author":', ${renderUser(shown)}, '}]')`,
    ),
  })
}

const alike: Record<string, string> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ı: 'i' }

/** As the function `folded` of the database does. */
const fold = (text: string) =>
  takeApart(text)
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[ßæœøłđı]/g, (letter) => alike[letter] as string)

/** Words as PostgreSQL searches them: each the beginning of a word, all of them there; null when there are none. */
export function toQuery(search: string): string | null {
  const words = fold(search).match(/[\p{L}\p{N}]+/gu)
  return words
    ? words
        .slice(0, 16)
        .map((word) => `${word}:*`)
        .join(' & ')
    : null
}

// Words are indexed by volume (migrations/0008-contribution-lists.sql): the newest is looked into first, then the two
// before it, then four, and no more of them than it takes. Which words stand next to each other the index does not know.

/** So many volumes are looked into at once at most. */
const volumesAtOnce = 64

/** SQL: how many volumes are looked into before the look number `n`, counted from 0. */
const volumesBefore = (n: string) =>
  `case when ${n} < 7 then (1::bigint << (${n})) - 1 else (${n} - 5) * ${volumesAtOnce}::bigint - 1 end`

const found = list({
  name: 'contributions: search',
  takes: { viewer: 'bigint?', query: 'text' },
  variants: byKindAndFlags,
  sql: ($, { kind, flags }) => ({
    with: `query as materialized (
      select words, words::text ~ '<' as adjacent, nullif(regexp_replace(regexp_replace(words::text, '<[^>]*>', '&', 'g'),
        $q$'([^']+)'$q$, $q$'@ \\1'$q$, 'g'), '') as in_volume from to_tsquery('simple', ${$.query}) words
    ), found as materialized (
      select x.id, (ts_rank(x.search, query.words) * 1e6)::bigint as rank
      from query, (select max(id) >> 12 as newest from contribution) last
      cross join lateral generate_series(0, (last.newest / ${volumesAtOnce})::int + 7) n
      cross join lateral (
        select string_agg('(' || replace(query.in_volume, '@', (volume * 4 + ${kind.id})::text) || ')', '|')::tsquery as up
        from generate_series(greatest(last.newest - ${volumesBefore('n + 1')} + 1, 0), last.newest - ${volumesBefore('n')}) volume
      ) looked
      cross join lateral (
        select x.id, x.search from contribution x
        where not x.deleted and volume_words(x.search, x.kind, x.id) @@ looked.up
          and (not query.adjacent or x.search @@ query.words) and ${seenSql('x', $.viewer)}
        order by x.id desc
      ) x
      limit ${ranked}
    )`,
    columns: '',
    from: 'from found x where true',
    keys: [
      { sql: 'x.rank', descending: true, type: 'bigint' },
      { sql: 'x.id', descending: true, type: 'bigint' },
    ],
    joins: `join contribution c on c.id = p.k1 ${viewerJoins($.viewer)}`,
    // The text is shown as what was found, too.
    weight: `2 * ${weight('p.k1')}`,
    render: renderSql(searchView(kind), flags, $.viewer),
    count: 'select count(*) from found',
  }),
})

/** Contributions in which every word is, or begins a word: the best first. Without words all there are. */
export function searchContributions(ctx: Ctx, kind: Kind, search: string, page: PageRequest): Promise<PageRows> {
  const variant = { kind, flags: flagsSeenBy(ctx.actor, ctx.community) }
  // A query that no text answers.
  const query = toQuery(search) ?? ''
  return found.page(ctx.db, { viewer: ctx.actor?.id ?? null, query }, page, variant)
}
