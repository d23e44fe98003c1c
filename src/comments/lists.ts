import { isStaff } from '../auth/actor.ts'
import { byFlags, type Flags, flagsSeenBy } from '../community/flags.ts'
import type { Ctx } from '../context.ts'
import { hadSql } from '../contributions/feed.ts'
import { readableSql } from '../contributions/find.ts'
import { authorAmongSeenSql, authorSeenSql, unseenAuthors } from '../contributions/seen.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { type Cut, type ListKey, list, type Way } from '../platform/sql/list.ts'
import { renderUser } from '../users/queries.ts'
import { parentSeenSql } from './find.ts'
import type { Ordering } from './inputs.ts'
import { thereSql } from './kept.ts'
import { commentJoins, renderComment, weight } from './views.ts'

/** A thread: the top-level comments on a contribution, or the replies to one of them. */
type Of = 'contribution' | 'comment'

type Given = { viewer: string; id: string; staff: string }

/** SQL of whether the comment x belongs to the thread. */
const ofSql = (of: Of, x: string, { id }: Given) =>
  of === 'comment' ? `${x}.parent_id = ${id}` : `${x}.contribution_id = ${id} and ${x}.parent_id is null`

const fromSql = (of: Of, $: Given) =>
  `from comment x where ${ofSql(of, 'x', $)} and ${thereSql('x', $.viewer, $.staff)} and ${authorAmongSeenSql('x', $.viewer)}`

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
  const contribution = of === 'comment' ? `(select contribution_id from comment where id = ${$.id})` : $.id
  const unseen = unseenAuthors($.viewer)
  const there = `select count(*) from comment x where ${ofSql(of, 'x', $)} and not x.erased and not x.deleted`
  return `case when (select count(*) from (select from (${unseen}) a limit ${fewAuthors}) few) < ${fewAuthors}
      then (${there} and x.contribution_id = ${contribution} and x.author_id in (${unseen}))
      else (${there} and (x.author_id in (${unseen})) is true) end`
}

/**
 * SQL of how many comments the viewer sees: the kept count, less those of unseen authors, plus deleted ones that the
 * viewer may see.
 */
const countSql = (of: Of, $: Given) => {
  const kept = of === 'comment' ? 'comment_count from comment' : 'thread_count from contribution'
  return `select (select ${kept} where id = ${$.id})
    - (${unseenCount(of, $)})
    + (select count(*) from comment x where ${ofSql(of, 'x', $)} and x.deleted and not x.erased
        and (x.author_id = ${$.viewer} or ${$.staff}) and ${authorSeenSql('x', $.viewer)})`
}

const keysOf = (descending: boolean): ListKey[] => [
  { sql: 'x.added_at', descending, type: 'timestamptz' },
  { sql: 'x.id', descending, type: 'bigint' },
]

/** The relations that put somebody's comments first: whether a row of relation is one, and since when. */
const tieOf = ({ follow }: Flags) =>
  follow
    ? { has: 'w.following_place is not null', place: 'w.following_place' }
    : { has: 'w.state = 4', place: 'w.place' }

/**
 * A thread with the comments of the viewer's connections first. Who becomes one during a walk still counts among the
 * others, as in other lists: the cursor keeps the viewer's last relation at the beginning.
 */
function pickConnected(of: Of, flags: Flags, newestFirst: boolean, $: Given) {
  const { has, place } = tieOf(flags)
  const begun = `coalesce((select max(${place}) from relation w where w.member_id = ${$.viewer} and ${has}), 0)`
  return (way: Way, { limit, offset, key, part }: Cut) => {
    const backwards = way === 'before'
    const [inCommon, at, id, since] = key
    const down = newestFirst !== backwards
    const direction = down ? 'desc' : 'asc'
    const tied = `exists (select from relation w where w.member_id = ${$.viewer} and w.other_id = x.author_id and ${has}
      ${way === 'first' ? '' : `and ${place} <= ${since}`})`
    // Where each half begins, given a cursor in one of them.
    const seek = (half: 'tied' | 'rest') => {
      if (way === 'first') return ''
      const here = half === 'tied' ? inCommon : `not ${inCommon}`
      // The half before the cursor's is finished; the half behind it is read from its beginning.
      const whole = (half === 'rest') !== backwards
      const far = whole === down ? `'infinity'` : `'-infinity'`
      return `and (x.added_at, x.id) ${down ? '<' : '>'} (case when ${here} then ${at} else ${far}::timestamptz end,
        case when ${here} then ${id} else 0 end)`
    }
    const half = (which: 'tied' | 'rest') =>
      `(${part(`select ${which === 'tied'} as k0, x.added_at as k1, x.id as k2 ${fromSql(of, $)}
        and ${which === 'tied' ? tied : `not ${tied}`} ${seek(which)} order by x.added_at ${direction}, x.id ${direction}`)})`
    const halves = [half('tied'), half('rest')]
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
      joins: `join comment c on c.id = ${id} ${commentJoins($.viewer)}`,
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
      joins: `join comment c on c.id = p.k1 ${commentJoins($.viewer)}`,
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
    const from = `from contributor k where k.contribution_id = ${$.id} and k.comments > 0 and ${authorSeenSql('k', $.viewer)}`
    return {
      columns: 'k.author_id',
      from,
      keys: [{ sql: 'k.place', descending: true, type: 'bigint' }],
      joins: `join users u on u.id = p.author_id
        left join relation v on v.member_id = ${$.viewer} and v.other_id = p.author_id`,
      render: renderUser(flags),
      count: `select count(*) ${from}`,
    }
  },
})

/** Who has commented on a contribution, latest first, except members whose comments are not seen. */
export const listContributors = (ctx: Ctx, id: number, page: PageRequest): Promise<PageRows<'User'>> =>
  contributors.page(ctx.db, { viewer: ctx.actor?.id ?? null, id }, page, {
    flags: flagsSeenBy(ctx.actor, ctx.community),
  })
