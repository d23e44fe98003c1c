import { byFlags, type Flags, flagsSeenBy } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { hadSql, kindsOf, readUpToSql, renderUnit } from '../contributions/feed.ts'
import { viewerJoins } from '../contributions/find.ts'
import { weight } from '../contributions/lists.ts'
import { addressedScan } from '../contributions/merged.ts'
import { authorAmongSeenSql, notHiddenSql } from '../contributions/seen.ts'
import { badField } from '../platform/errors.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { type Cut, list, type Way } from '../platform/sql/list.ts'
import { circlesSql } from '../users/addressed.ts'
import { moments, type Ordering, orderedKeys, orderings } from './order.ts'

// Nothing is stored per reader. Either many of the newest contributions are for the reader, and scanning them fills a
// page at once; or few are, and then the newest of each source that the reader follows are looked up. Nobody knows
// beforehand which is true, so a limited number of the newest is scanned first, and then the sources are looked up if
// that was not enough.

/**
 * Readers with at most this many sources, who follow no category, need no scan: their sources are looked up at once.
 */
const fewSources = 150
/**
 * Up to this many connections are hashed and compared with the newest contributions; beyond it, each of the newest is
 * looked up.
 */
const mostHashed = 3_000
/** How many of the newest are scanned at most: with comparison, and with look-ups. */
const [mostCompared, mostProbed] = [16_000, 3_000]
/** How many addressed to the reader are scanned at most. */
const mostAddressed = 300

/** SQL of the condition that a row of relation is somebody whom its member reads, and of how many those are. */
function readersOf(flags: Flags): { reads: string; number: string } {
  if (flags.follow) return { reads: 'following_place is not null', number: 'me.followings' }
  return flags.friendship ? { reads: 'state = 4', number: 'me.connections' } : { reads: 'false', number: '0' }
}

/**
 * SQL of a CTE: how the reader's page is found, the categories they follow, and up to when they have read everything.
 */
export function planSql(viewer: string, flags: Flags): string {
  const { number } = readersOf(flags)
  return `plan as materialized (
    select case when me.categories = 0 and ${number} <= ${fewSources} or ${number} > ${mostHashed} then 0
        else least(${mostCompared}, greatest(1000, 16 * ${number})) end as compared,
      case when ${number} > ${mostHashed} then ${mostProbed} else 0 end as probed,
      array(select k.category_id from category_follower k where k.member_id = me.id) as followed,
      ${readUpToSql(viewer)} as read_up_to,
      array(select circle.id from unnest(${circlesSql(viewer)}) circle (id)
        where exists (select from addressed_feed x where x.place = 0 and x.reader = circle.id)) as circles
    from users me where me.id = ${viewer}
  )`
}

/**
 * SQL of a page of the home feed: the moment and the id of each contribution, as k0 and k1. Needs the CTE of
 * `planSql`.
 * @param unread only contributions newer than the moment up to which the reader has read everything
 */
export function pickHome(viewer: string, flags: Flags, ordering: Ordering, unread = false) {
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
        ...(unread ? ['and x.added_at > (select read_up_to from plan)'] : []),
      ].join(' ')
    /** Whether the reader has not hidden it. */
    const shown = (id: string) =>
      `${hadSql(flags, 'x.kind')} and ${notHiddenSql('x', viewer, id)} ${near(id)} ${order(`x.${moment}`, id)}`

    // What the reader has hidden is checked last, on what is for the reader: `offset 0` keeps it from being checked
    // earlier.
    const scan = (budget: string, most: number, read: string, join = '') =>
      part(`select w.k0, w.k1 from (
        select w.k0, w.k1, w.kind from (
          select * from (
            select x.${moment} as k0, x.id as k1, x.author_id, x.kind, x.categories from contribution x
            where not x.deleted and x.addressing = '{}' ${near('x.id')} ${order(`x.${moment}`, 'x.id')} limit ${most}
          ) w ${ordered} limit (select ${budget} from plan)
        ) w ${join}
        where (${read} or w.author_id = ${viewer} or w.categories && (select followed from plan))
          and ${authorAmongSeenSql('w', viewer)} and ${hadSql(flags, 'w.kind')}
        ${ordered} offset 0
      ) w where ${notHiddenSql('w', viewer, 'w.k1')} ${ordered}`)
    const read = `from relation where member_id = ${viewer} and ${reads}`
    const compared = scan('compared', mostCompared, `w.author_id in (select other_id ${read})`)
    const probed = scan(
      'probed',
      mostProbed,
      'r.found',
      `left join lateral (select true as found ${read} and other_id = w.author_id offset 0) r on true`,
    )

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
      where x.category_id = k.id and ${authorAmongSeenSql('x', viewer)} and ${shown('x.contribution_id')}`
    // A contribution in two categories is one: nothing is cut off before the union has merged it.
    const heads = part(`select * from (
      select * from (${ofAuthors}) a
      union select n.k0, n.k1 from unnest((select followed from plan)) k (id) cross join lateral (${part(newestIn)}) n
    ) n ${ordered}`)
    // Contributions addressed to the reader are found in the same two ways, in the reader's circles; most readers are
    // in none.
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
      where (coalesce((select true ${read} and other_id = w.author_id), false) or w.author_id = ${viewer}
          or w.categories && (select followed from plan))
        and ${authorAmongSeenSql('w', viewer)} and ${notHiddenSql('w', viewer, 'w.k1')} ${ordered}`)
    const list = { viewer, known: true, kinds: kindsOf(flags), moment, circles: '(select circles from plan)' }
    const nearThere = near('x.contribution_id')
    const addressedHeads = `select n.k0, n.k1 from (select other_id as author ${read} union all select ${viewer}) s
        cross join lateral (${addressedScan({ ...list, author: 's.author' }, nearThere, direction, part)}) n
      union select n.k0, n.k1 from unnest((select followed from plan)) k (id)
        cross join lateral (${addressedScan({ ...list, place: 'k.id' }, nearThere, direction, part)}) n`
    const wanted = `${limit} + 1${offset ? ` + ${offset}` : ''}`
    return page(`select k0, k1 from (
      with s as materialized (select * from (${compared}) a union all select * from (${probed}) b),
        newest_addressed as materialized (${addressed}), a as materialized (${readAddressed})
      select * from s
      union select * from (${heads}) h where (select count(*) from s) < ${wanted}
      union select * from a
      union select * from (${part(`select * from (${addressedHeads}) h ${ordered}`)}) h
        where (select count(*) from newest_addressed) = ${mostAddressed} and (select count(*) from a) < ${wanted}
    ) p ${ordered}`)
  }
}

const home = list({
  name: 'feeds: home',
  takes: { viewer: 'bigint' },
  variants: () =>
    byFlags()
      .filter(({ flags }) => flags.viewer)
      .flatMap((each) => orderings.map((ordering) => ({ ...each, ordering }))),
  sql: ($, { flags, ordering }) => ({
    with: planSql($.viewer, flags),
    columns: '',
    from: '',
    pick: pickHome($.viewer, flags, ordering),
    keys: orderedKeys('x', ordering),
    joins: `join contribution c on c.id = p.k1 ${viewerJoins($.viewer)}`,
    weight: weight('p.k1'),
    render: renderUnit(flags, $.viewer),
  }),
})

/** The largest offset of a page without a cursor: it costs as much as all pages before it. */
const furthest = 200

/**
 * A page of the caller's home feed: their own contributions, those of their connections (in follow mode, of those
 * they follow), and those in categories they follow. It has no total.
 */
export function listHome(ctx: MemberCtx, asked: Ordering | undefined, page: PageRequest): Promise<PageRows<'Feed'>> {
  if (!page.seek && page.offset > furthest)
    throw badField('offset', 'invalid', `Follow \`next\`: an offset alone leads to ${furthest} at most.`)
  const { actor, community } = ctx
  const ordering = asked ?? community.options['configurations.home_stream_order_by']
  return home.page(ctx.db, { viewer: actor.id }, page, { flags: flagsSeenBy(actor, community), ordering })
}
