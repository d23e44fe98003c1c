import { isStaff } from '../auth/actor.ts'
import { byFlags, type Flags, flagsSeenBy } from '../community/flags.ts'
import type { Ctx } from '../context.ts'
import { hadSql } from '../contributions/feed.ts'
import { readableSql } from '../contributions/find.ts'
import { authorAmongSeenSql, authorSeenSql, sumOfEachSql, unseenAuthors } from '../contributions/seen.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { type Cut, type ListKey, list, type Way } from '../platform/sql/list.ts'
import { thereIsSql } from '../platform/sql/looked-up.ts'
import { renderUser } from '../users/queries.ts'
import { relationJoin } from '../users/visibility.ts'
import { parentSeenSql } from './find.ts'
import type { Ordering } from './inputs.ts'
import { thereSql } from './kept.ts'
import { joinsOfListed, renderComment, weight } from './views.ts'

/** A thread: the top-level comments on a contribution, or the replies to one of them. */
type Of = 'contribution' | 'comment'

type Given = { viewer: string; id: string; staff: string }

/** SQL of whether the comment x belongs to the thread. */
const ofSql = (of: Of, x: string, { id }: Given) =>
  of === 'comment' ? `${x}.parent_id = ${id}` : `${x}.contribution_id = ${id} and ${x}.parent_id is null`

/** SQL of whether the viewer sees the comment x, given that they see what it is on. */
const seenSql = ({ viewer, staff }: Given) => `${thereSql('x', viewer, staff)} and ${authorAmongSeenSql('x', viewer)}`

const fromSql = (of: Of, $: Given) => `from comment x where ${ofSql(of, 'x', $)} and ${seenSql($)}`

/** SQL of the id of the contribution that a thread is on. */
const onSql = (of: Of, { id }: Given) =>
  of === 'comment' ? `(select contribution_id from comment where id = ${id})` : id

/**
 * SQL of whether the comment x is of the thread, for look-ups of a few among all comments on the contribution. The parent is
 * compared in a way that no index serves: PostgreSQL takes every thread to be short, and would read all of it.
 */
const fewOfSql = (of: Of, $: Given) =>
  `x.contribution_id = ${onSql(of, $)} and coalesce(x.parent_id, 0) = ${of === 'comment' ? $.id : 0}`

/** SQL of how many comments a thread has, by its kept count. */
const lengthSql = (of: Of, { id }: Given) =>
  `(select ${of === 'comment' ? 'comment_count from comment' : 'thread_count from contribution'} where id = ${id})`

/**
 * With at most this many unseen authors, each one's comments in a thread are looked up; with more, the thread is
 * scanned.
 */
const fewAuthors = 100

/**
 * SQL of how many comments of a thread are by authors of whom the viewer sees nothing. It costs what the authors have
 * there or what the thread has, whichever is less.
 */
function unseenCount(of: Of, $: Given): string {
  const unseen = unseenAuthors($.viewer)
  const there = 'not x.erased and not x.deleted'
  return `case when (select count(*) from (select from (${unseen}) a limit ${fewAuthors}) few) < ${fewAuthors}
      then (select count(*) from (select distinct other_id from (${unseen}) a) a cross join lateral (
        select from comment x where ${fewOfSql(of, $)} and x.author_id = a.other_id and ${there} offset 0) theirs)
      else (select count(*) from comment x where ${ofSql(of, 'x', $)} and ${there} and (x.author_id in (${unseen})) is true) end`
}

/**
 * SQL of how many comments the viewer sees: the kept count, less those of unseen authors, plus deleted ones that the
 * viewer may see.
 */
const countSql = (of: Of, $: Given) =>
  `select ${lengthSql(of, $)}
    - (${unseenCount(of, $)})
    + (select count(*) from comment x where ${fewOfSql(of, $)} and x.deleted and not x.erased
        and (x.author_id = ${$.viewer} or ${$.staff}) and ${authorSeenSql('x', $.viewer)})`

const keysOf = (descending: boolean): ListKey[] => [
  { sql: 'x.added_at', descending, type: 'timestamptz' },
  { sql: 'x.id', descending, type: 'bigint' },
]

/** The relations that put somebody's comments first: whether a row of relation is one, since when, and how many there are. */
const tieOf = ({ follow }: Flags) =>
  follow
    ? { has: 'w.following_place is not null', place: 'w.following_place', number: 'followings' }
    : { has: 'w.state = 4', place: 'w.place', number: 'connections' }

/** At least this many comments of a thread are scanned for those of connections. */
const leastWalked = 100

/**
 * A thread with the comments of the viewer's connections first. Who becomes one during a walk still counts among the
 * others, as in other lists: the cursor keeps the viewer's last relation at the beginning. At most as many comments are
 * scanned as the viewer has connections; if that is not enough, the comments of each connection are looked up. So a page
 * costs what the thread has or what the viewer has of connections, whichever is less.
 */
function pickConnected(of: Of, flags: Flags, newestFirst: boolean, $: Given) {
  const { has, place, number } = tieOf(flags)
  const begun = `coalesce((select max(${place}) from relation w where w.member_id = ${$.viewer} and ${has}), 0)`
  const walked = `(select nullif(greatest(${leastWalked}, me.${number}), greatest(${leastWalked}, me.${number}, ${lengthSql(of, $)}))
    from users me where me.id = ${$.viewer})`
  return (way: Way, { limit, offset, key, part }: Cut) => {
    const backwards = way === 'before'
    const [inCommon, at, id, since] = key
    const down = newestFirst !== backwards
    const direction = down ? 'desc' : 'asc'
    const tie = `from relation w where w.member_id = ${$.viewer} and ${has} ${way === 'first' ? '' : `and ${place} <= ${since}`}`
    const tied = thereIsSql(`${tie} and w.other_id = x.author_id`)
    // Where each half begins, from a cursor that stands in one of them.
    const seek = (half: 'tied' | 'rest') => {
      if (way === 'first') return ''
      const here = half === 'tied' ? inCommon : `not ${inCommon}`
      // The half before the cursor's is finished; the half behind it is read from its beginning.
      const whole = (half === 'rest') !== backwards
      const far = whole === down ? `'infinity'` : `'-infinity'`
      return `and (x.added_at, x.id) ${down ? '<' : '>'} (case when ${here} then ${at} else ${far}::timestamptz end,
        case when ${here} then ${id} else 0 end)`
    }
    const ordered = `order by x.added_at ${direction}, x.id ${direction}`
    const rest = part(`select false as k0, x.added_at as k1, x.id as k2 ${fromSql(of, $)}
        and not ${tied} ${seek('rest')} ${ordered}`)
    const near = part(`select x.added_at as k1, x.id as k2 from (
        select x.added_at, x.id, x.author_id ${fromSql(of, $)} ${seek('tied')} ${ordered} limit ${walked}
      ) x where ${tied} ${ordered}`)
    const said = part(`select x.added_at as k1, x.id as k2 from comment x
        where ${fewOfSql(of, $)} and x.author_id = w.other_id and ${seenSql($)} ${seek('tied')} ${ordered}`)
    const wanted = `${limit} + 1${offset ? ` + ${offset}` : ''}`
    // Behind a cursor that stands among the rest there is nothing of connections.
    const byConnection = `with near as materialized (${near})
      select true as k0, k1, k2 from (
        select * from near union
        select n.* from (select w.other_id ${tie} offset 0) w cross join lateral (${said}) n
        where (select count(*) from near) < ${wanted} and ${walked} is not null ${way === 'after' ? `and ${inCommon}` : ''}
      ) x order by k1 ${direction}, k2 ${direction}`
    const halves = [`(${part(byConnection)})`, `(${rest})`]
    if (backwards) halves.reverse()
    return `select r.*, ${way === 'first' ? begun : since} as k3 from (
        select * from (${halves.join(' union all ')}) halves limit ${limit} + 1 ${offset ? `+ ${offset}` : ''}
      ) r order by k0 ${backwards ? 'asc' : 'desc'}, k1 ${direction}, k2 ${direction} ${offset ? `offset ${offset}` : ''}`
  }
}

const either = [false, true]

const thread = list({
  name: 'comments: thread',
  takes: { viewer: 'bigint?', id: 'bigint', staff: 'boolean' },
  variants: () =>
    byFlags().flatMap(({ flags }) =>
      (['contribution', 'comment'] as Of[]).flatMap((of) =>
        either.flatMap((newestFirst) =>
          either.flatMap((connectedFirst) =>
            // A visitor has no connections.
            connectedFirst && !flags.viewer ? [] : { flags, of, newestFirst, connectedFirst },
          ),
        ),
      ),
    ),
  sql($, { flags, of, newestFirst, connectedFirst }) {
    const id = connectedFirst ? 'p.k2' : 'p.k1'
    return {
      columns: '',
      from: fromSql(of, $),
      ...(connectedFirst && { pick: pickConnected(of, flags, newestFirst, $) }),
      keys: connectedFirst
        ? [
            { sql: 'k0', descending: true, type: 'boolean' },
            { sql: 'k1', descending: newestFirst, type: 'timestamptz' },
            { sql: 'k2', descending: newestFirst, type: 'bigint' },
            { sql: 'k3', descending: true, type: 'bigint' },
          ]
        : keysOf(newestFirst),
      joins: joinsOfListed(id, $.viewer),
      weight: weight(id, $.viewer),
      render: renderComment(flags, $.viewer),
      count: countSql(of, $),
    }
  },
})

/**
 * The top-level comments on a contribution, or the replies to a comment, as the caller sees them. The act has made
 * sure that the caller sees that contribution or comment.
 */
export function listThread(
  ctx: Ctx,
  of: Of,
  id: number,
  ordering: Ordering,
  page: PageRequest,
): Promise<PageRows<'Comment'>> {
  const { actor } = ctx
  const flags = flagsSeenBy(actor, ctx.community)
  const connectedFirst = ordering.connectedFirst && actor !== null
  const values = { viewer: actor?.id ?? null, id, staff: isStaff(actor) }
  return thread.page(ctx.db, values, page, { flags, of, newestFirst: ordering.newestFirst, connectedFirst })
}

const written = list({
  name: 'comments: of a member',
  takes: { viewer: 'bigint?', id: 'bigint', staff: 'boolean' },
  variants: () => byFlags().flatMap((each) => either.map((newestFirst) => ({ ...each, newestFirst }))),
  sql($, { flags, newestFirst }) {
    // One member's comments: their number does not grow with the community.
    const from = `from comment x join contribution y on y.id = x.contribution_id
      where x.author_id = ${$.id} and ${hadSql(flags, 'x.kind')} and ${thereSql('x', $.viewer, $.staff)}
        and ${authorSeenSql('x', $.viewer)} and ${readableSql($.viewer, $.staff, 'y')} and ${parentSeenSql('x', $.viewer, $.staff)}`
    return {
      columns: '',
      from,
      keys: keysOf(newestFirst),
      joins: joinsOfListed('p.k1', $.viewer),
      weight: weight('p.k1', $.viewer),
      render: renderComment(flags, $.viewer),
      count: `select count(*) ${from}`,
    }
  },
})

/** A member's comments and replies, as far as the caller may read them. */
export function listWritten(
  ctx: Ctx,
  id: number,
  { newestFirst }: Ordering,
  page: PageRequest,
): Promise<PageRows<'Comment'>> {
  const values = { viewer: ctx.actor?.id ?? null, id, staff: isStaff(ctx.actor) }
  return written.page(ctx.db, values, page, { flags: flagsSeenBy(ctx.actor, ctx.community), newestFirst })
}

const contributors = list({
  name: 'comments: contributors',
  takes: { viewer: 'bigint?', id: 'bigint' },
  variants: byFlags,
  sql($, { flags }) {
    const all = `from contributor k where k.contribution_id = ${$.id} and k.comments > 0`
    return {
      columns: 'k.author_id',
      from: `${all} and ${authorSeenSql('k', $.viewer)}`,
      keys: [{ sql: 'k.place', descending: true, type: 'bigint' }],
      joins: `join users u on u.id = p.author_id
        ${relationJoin($.viewer, 'p.author_id')}`,
      render: renderUser(flags),
      count: `select (select count(*) ${all}) - (${sumOfEachSql(
        unseenAuthors($.viewer),
        (author) => `select count(*) ${all} and k.author_id = ${author}`,
      )})`,
    }
  },
})

/** Who has commented on a contribution, latest first, except members whose comments are not seen. */
export const listContributors = (ctx: Ctx, id: number, page: PageRequest): Promise<PageRows<'User'>> =>
  contributors.page(ctx.db, { viewer: ctx.actor?.id ?? null, id }, page, {
    flags: flagsSeenBy(ctx.actor, ctx.community),
  })
