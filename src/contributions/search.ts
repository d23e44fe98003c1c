import { type Flags, flagsSeenBy, view } from '../community/flags.ts'
import type { Ctx } from '../context.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import Type from '../platform/schema.ts'
import { searchedIn } from '../platform/search/words.ts'
import { list } from '../platform/sql/list.ts'
import { inAnyCase } from '../platform/sql/usual.ts'
import { isoSql, nested, renderSql, type View } from '../platform/sql/view.ts'
import { renderUser } from '../users/queries.ts'
import { User } from '../users/views.ts'
import { contributionJoins } from './find.ts'
import { byKindAndFlags, type ContributionName, type Kind } from './kinds.ts'
import { weight } from './lists.ts'
import { rowSeenSql } from './seen.ts'
import { contributionViews } from './views.ts'

/** How many of the newest matches are ranked and returned. Ranking more would cost more as texts grow. */
const ranked = 100

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
  { $id: 'SearchMatch', description: 'What was found, and its author.', additionalProperties: false },
)

/** A contribution as the search shows it, with the text that was found. */
export function searchView(kind: Kind): View<Flags, `Search${ContributionName}`> {
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

// Words are indexed by tier (migrations/0019-search.sql). The newest tier is searched first, then the two before it,
// then four, until enough is found: so rare words are found. For words that occur everywhere that index returns too
// much; for these the newest contributions are read one by one.

/** A word occurs everywhere if at least `everywhere` of so many of the newest contributions have it. */
const shown = 500
const everywhere = 25
/** How many of the newest contributions are read one by one at most; older ones are found by the index. */
const walked = 20_000
/** How many tiers are searched at once at most. */
const tiersAtOnce = 64
const log2 = Math.log2(tiersAtOnce)

/** SQL of how many tiers were searched before look number `n`, counted from 0. */
const tiersBefore = (n: string) =>
  `case when ${n} <= ${log2} then (1::bigint << (${n})) - 1 else (${n} - ${log2 - 1}) * ${tiersAtOnce}::bigint - 1 end`

const found = list({
  name: 'contributions: search',
  takes: { viewer: 'bigint?', words: 'text', first: 'text[]' },
  variants: byKindAndFlags,
  sql: ($, { kind, flags }) => {
    // `is true` makes the condition a filter, so that the scan goes in order and ends when enough is found. Without whether it is
    // seen, PostgreSQL expects so many that it reads and sorts them all.
    const seen = inAnyCase(rowSeenSql('x', $.viewer))
    const matches = `x.search @@ asked.words and (not x.collapsed and ${seen}) is true`
    // By id alone, so that PostgreSQL considers no other index.
    const newerThan = (bottom: string, most: number) =>
      `(select * from contribution where id > ${bottom} order by id desc limit ${most}) x`
    const rank = '(ts_rank(x.search, asked.words) * 1e6)::bigint as rank'
    return {
      with: `asked as materialized (
      select ${$.words}::tsquery as words, (select coalesce(max(id), 0) from contribution) as newest
    ), newest as materialized (
      select x.search from ${newerThan(`(select newest - ${shown} from asked)`, shown)}
      where not x.deleted and x.kind = ${kind.id}
    ), word as materialized (
      select word, (select count(*) >= ${everywhere} from newest x where x.search @@ word::tsquery) as everywhere
      from unnest(${$.first}) word
    ), way as materialized (
      select everywhere, case when everywhere and (select count(*) >= ${everywhere} from newest x where x.search @@ asked.words)
          then newest - ${walked} else newest end as bottom,
        (select string_agg('''@ ' || substr(word.word, 2), ' & ') from word where e.everywhere or not word.everywhere) as in_tier
      from asked, (select bool_and(word.everywhere) as everywhere from word) e
    ), walked as materialized (
      select x.id, ${rank}
      from asked, ${newerThan('(select bottom from way)', walked)}
      where not x.deleted and x.kind = ${kind.id} and ${matches}
      order by x.id desc limit ${ranked}
    ), looked_up as materialized (
      select x.id, ${rank}
      from asked
      cross join way
      cross join lateral generate_series(0, ((way.bottom >> 14) / case when way.everywhere then 1 else ${tiersAtOnce} end)::int + ${log2}) n
      cross join lateral (
        select string_agg('(' || replace(way.in_tier, '@', (tier * 16 + ${kind.id})::text) || ')', '|')::tsquery as up
        from generate_series(
          greatest((way.bottom >> 14) - case when way.everywhere then n else ${tiersBefore('n + 1')} - 1 end, 0),
          (way.bottom >> 14) - case when way.everywhere then n else ${tiersBefore('n')} end) tier
      ) looked
      cross join lateral (
        select x.id, x.search from (
          select * from contribution x
          where not x.deleted and x.search_rules <> 0 and tier_words(x.search, x.kind, x.id) @@ looked.up offset 0
        ) x
        where x.id <= way.bottom and ${matches}
        order by x.id desc
      ) x
      limit (select ${ranked} - count(*) from walked)
    ), found as materialized (
      select * from walked union all select * from looked_up
    )`,
      columns: '',
      from: 'from found x where true',
      keys: [
        { sql: 'x.rank', descending: true, type: 'bigint' },
        { sql: 'x.id', descending: true, type: 'bigint' },
      ],
      joins: contributionJoins('p.k1', $.viewer),
      // The text is sent a second time, as what was found: not by a reference, so it is weighed before.
      weight: `2 * ${weight('p.k1').alone}`,
      render: renderSql(searchView(kind), flags, $.viewer),
      count: 'select count(*) from found',
    }
  },
})

/**
 * Contributions that contain every word, or a word that begins with it: the newest hundred matches, best first.
 * Without any word nothing is found.
 */
export function searchContributions(
  ctx: Ctx,
  kind: Kind,
  search: string,
  page: PageRequest,
): Promise<PageRows<`Search${ContributionName}`>> {
  const variant = { kind, flags: flagsSeenBy(ctx.actor, ctx.community) }
  const { all, first } = searchedIn(search) ?? { all: '', first: [] }
  return found.page(ctx.db, { viewer: ctx.actor?.id ?? null, words: all, first }, page, variant)
}
