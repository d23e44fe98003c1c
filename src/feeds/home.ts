import { byFlags, type Flags, flagsSeenBy } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { hadSql, kindsOf, renderUnit, unitJoins } from '../contributions/feed.ts'
import { weight } from '../contributions/lists.ts'
import { addressedScan } from '../contributions/merged.ts'
import { authorAmongSeenSql, notHiddenSql, unseenCte, unseenHere } from '../contributions/seen.ts'
import { badField } from '../platform/errors.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { lru } from '../platform/lru.ts'
import { type Cut, list, type Way } from '../platform/sql/list.ts'
import { thereIsSql } from '../platform/sql/looked-up.ts'
import { circlesSql, whereNothingAddressed } from '../users/addressed.ts'
import { moments, type Ordering, orderedKeys, orderings } from './order.ts'

// Nothing is stored per reader. Either many of the newest contributions are for the reader, and scanning them fills a
// page at once; or few are, and then the newest of each source that the reader follows are looked up. Nobody knows
// beforehand which is true, so a limited number of the newest is scanned first. Only if that is not enough does a second
// statement look up the sources: PostgreSQL sets up a whole plan before each run, and most pages need none of it.

/**
 * Readers with at most this many sources, who follow no category, need no scan: their sources are looked up at once.
 */
const fewSources = 150
/**
 * Up to this many connections are hashed and compared with the newest contributions; beyond it, each of the newest is
 * looked up.
 */
const mostHashed = 3_000
/** How many of the newest are scanned: at least and at most with comparison, and at most with look-ups. */
const [leastCompared, mostCompared, mostProbed] = [1_000, 16_000, 3_000]
/** How many addressed to the reader are scanned at most. */
const mostAddressed = 300

/** SQL of the condition that a row of relation is somebody whom its member reads, and of how many those are. */
function readersOf(flags: Flags): { reads: string; number: string } {
  if (flags.follow) return { reads: 'following_place is not null', number: 'me.followings' }
  return flags.friendship ? { reads: 'state = 4', number: 'me.connections' } : { reads: 'false', number: '0' }
}

/**
 * SQL of CTEs: how the reader's page is found, the categories they follow, the circles they are in, whether the newest are
 * all there is; and the authors of whom they see nothing.
 */
export function planSql(viewer: string, flags: Flags): string {
  const { number } = readersOf(flags)
  return `plan as materialized (
    select me.*, total.n <= me.budget as whole from (
      select ${number} <= ${mostHashed} as hashed, case when ${number} > ${mostHashed} then ${mostProbed}
          else least(${mostCompared}, greatest(${leastCompared}, 16 * ${number})) end as budget,
        me.categories = 0 and ${number} <= ${fewSources} as few,
        array(select k.category_id from category_follower k where k.member_id = me.id) as followed,
        ${whereNothingAddressed(
          `'{}'::bigint[]`,
          `array(select circle.id from unnest(${circlesSql(viewer)}) circle (id)
          where exists (select from addressed_feed x where x.place = 0 and x.reader = circle.id))`,
        )} as circles
      from users me where me.id = ${viewer}
    ) me, (select sum(n) as n from contribution_total) total
  ), ${unseenCte(viewer)}`
}

type Looking = {
  /** Whether the newest of each of those whom they read are looked up, where the newest of all were not enough. */
  deep: boolean
  /** SQL of the moment up to which the reader has read everything: only what is newer. */
  unreadFrom?: string
}

/**
 * SQL of a page of the home feed: the moment and the id of each contribution, as k0 and k1; and whether the scan of the
 * newest was enough. Needs the CTEs of `planSql`.
 */
export function pickHome(viewer: string, flags: Flags, ordering: Ordering, { deep, unreadFrom }: Looking) {
  const moment = moments[ordering]
  const { reads } = readersOf(flags)
  return (way: Way, { key, limit, offset, page, part }: Cut): string => {
    const [direction, beyond] = way === 'before' ? ['asc', '>'] : ['desc', '<']
    const order = (at: string, id: string) => `order by ${at} ${direction}, ${id} ${direction}`
    const ordered = order('k0', 'k1')
    /** Whether a row of contribution or category_feed lies behind the cursor. */
    const near = (id: string) =>
      [
        ...(way === 'first' ? [] : [`and (x.${moment}, ${id}) ${beyond} (${key.join(', ')})`]),
        ...(unreadFrom ? [`and x.added_at > ${unreadFrom}`] : []),
      ].join(' ')
    /** Whether the reader has not hidden it. */
    const shown = (id: string) =>
      `${hadSql(flags, 'x.kind')} and ${notHiddenSql('x', viewer, id)} ${near(id)} ${order(`x.${moment}`, id)}`
    const read = `from relation where member_id = ${viewer} and ${reads}`
    const looked = thereIsSql(`${read} and other_id = w.author_id`)

    // What the reader has hidden is checked last, on what is for the reader: `offset 0` keeps it from being checked
    // earlier.
    const scan = part(`select w.k0, w.k1 from (
        select w.k0, w.k1, w.kind from (
          select * from (
            select x.${moment} as k0, x.id as k1, x.author_id, x.kind, x.categories from contribution x
            where not x.deleted and x.addressing = '{}' ${near('x.id')} ${order(`x.${moment}`, 'x.id')} limit ${mostCompared}
          ) w ${ordered} limit (select case when few and not whole then 0 else budget end from plan)
        ) w
        where (case when (select hashed from plan) then w.author_id in (select other_id ${read}) else ${looked} end
            or w.author_id = ${viewer} or w.categories && (select followed from plan))
          and ${authorAmongSeenSql('w', viewer, unseenHere)} and ${hadSql(flags, 'w.kind')}
        ${ordered} offset 0
      ) w where ${notHiddenSql('w', viewer, 'w.k1')} ${ordered}`)

    // What is addressed to the reader is found in the same two ways, in the circles they are in; most are in none.
    const circle = `unnest((select circles from plan)) circle (id)`
    const inCircle = 'from addressed_feed x where x.place = 0 and x.reader = circle.id'
    const addressed = `select * from (
        select distinct on (n.k0, n.k1) n.* from ${circle} cross join unnest('{${kindsOf(flags).join(', ')}}'::smallint[]) wanted (kind)
        cross join lateral (
          select x.${moment} as k0, x.contribution_id as k1, x.author_id, x.kind, x.categories ${inCircle} and x.kind = wanted.kind
            ${near('x.contribution_id')} ${order(`x.${moment}`, 'x.contribution_id')} limit ${mostAddressed}
        ) n ${order('n.k0', 'n.k1')}
      ) n limit ${mostAddressed}`
    const readAddressed = part(`select w.k0, w.k1 from newest_addressed w
      where (${looked} or w.author_id = ${viewer} or w.categories && (select followed from plan))
        and ${authorAmongSeenSql('w', viewer, unseenHere)} and ${notHiddenSql('w', viewer, 'w.k1')} ${ordered}`)

    const wanted = `${limit} + 1${offset ? ` + ${offset}` : ''}`
    const scanned = `((select count(*) from s) >= ${wanted} or (select whole from plan))`
    const addressedScanned = `((select count(*) from a) >= ${wanted} or (select count(*) from newest_addressed) < ${mostAddressed})`
    const gone = `with s as materialized (${scan}), newest_addressed as materialized (${addressed}),
        a as materialized (${readAddressed})`
    const enough = `${scanned} and ${addressedScanned} as enough`
    if (!deep) {
      const open = `with s as materialized (${scan}) select k0, k1, ${scanned} as enough from s`
      const both = `${gone}
        select k0, k1, ${enough} from (select * from s union all select * from a) p`
      return page(`select * from (${whereNothingAddressed(open, both)}) p ${ordered}`)
    }

    const newestOf = (author: string) => `select x.${moment} as k0, x.id as k1 from contribution x
      where x.author_id = ${author} and not x.deleted and x.addressing = '{}' and ${shown('x.id')}`
    // The newest twenty of all are by the twenty authors whose newest is newest.
    const authors = part(`select s.author, h.k0, h.k1 from (
        select other_id as author ${read} union all select ${viewer}
      ) s
      cross join lateral (${newestOf('s.author')} limit 1) h ${ordered}`)
    const ofAuthors = part(
      `select n.k0, n.k1 from (${authors}) g cross join lateral (${part(newestOf('g.author'))}) n ${order('n.k0', 'n.k1')}`,
    )
    const newestIn = `select x.${moment} as k0, x.contribution_id as k1 from category_feed x
      where x.category_id = k.id and ${authorAmongSeenSql('x', viewer, unseenHere)} and ${shown('x.contribution_id')}`
    // A contribution in two categories is one: nothing is cut off before the union has merged it.
    const heads = part(`select * from (
      select * from (${ofAuthors}) a
      union select n.k0, n.k1 from unnest((select followed from plan)) k (id) cross join lateral (${part(newestIn)}) n
    ) n ${ordered}`)
    const list = {
      viewer,
      known: true,
      kinds: kindsOf(flags),
      moment,
      circles: '(select circles from plan)',
      unseen: unseenHere,
    }
    const nearThere = near('x.contribution_id')
    const addressedHeads = `select n.k0, n.k1 from (select other_id as author ${read} union all select ${viewer}) s
        cross join lateral (${addressedScan({ ...list, author: 's.author' }, nearThere, direction, part)}) n
      union select n.k0, n.k1 from unnest((select followed from plan)) k (id)
        cross join lateral (${addressedScan({ ...list, place: 'k.id' }, nearThere, direction, part)}) n`
    return page(`select * from (${gone}
      select k0, k1, ${enough} from (
        select * from s
        union select * from (${heads}) h where not ${scanned}
        union select * from a
        union select * from (${part(`select * from (${addressedHeads}) h ${ordered}`)}) h where not ${addressedScanned}
      ) p
    ) p ${ordered}`)
  }
}

const home = list({
  name: 'feeds: home',
  takes: { viewer: 'bigint' },
  extra: { enough: 'boolean?' },
  variants: () =>
    byFlags()
      .filter(({ flags }) => flags.viewer)
      .flatMap((each) => orderings.flatMap((ordering) => [false, true].map((deep) => ({ ...each, ordering, deep })))),
  sql: ($, { flags, ordering, deep }) => ({
    with: planSql($.viewer, flags),
    columns: '',
    from: '',
    pick: pickHome($.viewer, flags, ordering, { deep }),
    keys: orderedKeys('x', ordering),
    joins: unitJoins('p.k1', $.viewer),
    weight: weight('p.k1'),
    render: renderUnit(flags, $.viewer),
    // Where there is nothing, it was all there is.
    extra: { enough: `select coalesce(bool_and(enough), (select whole and circles = '{}' from plan)) from p` },
  }),
})

/** Readers for whom the scan was not enough the last time: it hardly will be the next time. */
const deepReaders = lru<number, true>(100_000)

/** The largest offset of a page without a cursor: it costs as much as all pages before it. */
const furthest = 200

/**
 * A page of the caller's home feed: their own contributions, those of their connections (in follow mode, of those
 * they follow), and those in categories they follow. It has no total.
 */
export async function listHome(
  ctx: MemberCtx,
  asked: Ordering | undefined,
  page: PageRequest,
): Promise<PageRows<'Feed'>> {
  if (!page.seek && page.offset > furthest)
    throw badField('offset', 'invalid', `Follow \`next\`: an offset alone leads to ${furthest} at most.`)
  const { actor, community } = ctx
  const ordering = asked ?? community.options['configurations.home_stream_order_by']
  const read = (deep: boolean) =>
    home.page(ctx.db, { viewer: actor.id }, page, { flags: flagsSeenBy(actor, community), ordering, deep })
  const deep = deepReaders.has(actor.id)
  const { extra, ...rows } = await read(deep)
  if (extra.enough) deepReaders.delete(actor.id)
  else deepReaders.set(actor.id, true)
  return deep || extra.enough ? rows : read(true)
}
