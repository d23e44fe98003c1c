import { isAdmin } from '../auth/actor.ts'
import { isActive } from '../auth/status.ts'
import { byFlags, flagsSeenBy } from '../community/flags.ts'
import type { Ctx, MemberCtx } from '../context.ts'
import { forbidden, notFound } from '../platform/errors.ts'
import { noRows, type PageRequest, type PageRows } from '../platform/http/page.ts'
import { type Lru, lru } from '../platform/lru.ts'
import { type Cut, list, type Way } from '../platform/sql/list.ts'
import { alikeSql, connectionsVisibleSql, inBothSql, renderUser } from '../users/queries.ts'
import { hiddenIdsSql, hiddenOrNotSql, hidesSql, relationJoin } from '../users/visibility.ts'

/** Members that somebody is connected with, follows, or is followed by. */
export type Kind = 'connections' | 'followings' | 'followers'

// For each kind: SQL of whether a row of `relation` is in the list, and its position there; `r` is the alias of the
// row.
const kinds: Record<Kind, { has: (r: string) => string; place: string }> = {
  connections: { has: (r) => `${r}.state = 4`, place: 'place' },
  followings: { has: (r) => `${r}.following_place is not null`, place: 'following_place' },
  followers: { has: (r) => `${r}.follower_place is not null`, place: 'follower_place' },
}

const last = '9223372036854775807'

/** SQL of the list's owner and of the viewer. */
type Both = { owner: string; viewer: string }

/**
 * Members in both the owner's list and the viewer's: `r.other_id`, and the place in the owner's. It walks the shorter
 * list and probes the longer one; `whose` says which is shorter, and the other branch never runs. `offset 0` keeps
 * the probe a probe, whatever PostgreSQL estimates; the primary key of `relation` answers it.
 */
function sharedSql(kind: Kind, { owner, viewer }: Both, and = '', since?: string): string {
  const { place } = kinds[kind]
  const has = (r: string) => `${kinds[kind].has(r)}${r === 'w' ? until(kind, since) : ''}`
  return `(
    select w.other_id, r.place from relation w join lateral (select r.${place} as place from relation r
        where r.member_id = ${owner} and r.other_id = w.other_id and ${has('r')} offset 0) r on true
      where w.member_id = ${viewer} and ${has('w')} and (select viewer_shorter from whose) ${and}
    union all
    select r.other_id, r.place from (select other_id, ${place} as place from relation r
      where r.member_id = ${owner} and ${has('r')}) r ${sharing(kind, viewer, since)}
      where not (select viewer_shorter from whose) ${and}
  )`
}

/** SQL: `w`, a row of the viewer's own list, had its place before the walk began. */
const until = (kind: Kind, since?: string) => (since ? ` and w.${kinds[kind].place} <= ${since}` : '')

/** SQL that keeps the rows of `r` whose member is in the viewer's own list. */
const sharing = (kind: Kind, viewer: string, since?: string) => `join lateral (select 1 from relation w
  where w.member_id = ${viewer} and w.other_id = r.other_id and ${kinds[kind].has('w')}${until(kind, since)} offset 0) w on true`

/** Rows of the list that are probed one by one for members in common, before the whole intersection is computed. */
const looked = 500
/** Lists that are no longer are read whole: each member is looked up in the viewer's, and all are sorted. */
const short = 200

/**
 * Picks a page of another member's list, as `pickShared` does, if the list is short. PostgreSQL sets up a fraction of that
 * statement, and looks each member up once.
 */
function pickFromShort(kind: Kind, mutual: Mutual, { owner, viewer }: Both) {
  const { has, place } = kinds[kind]
  return (way: Way, { key, page }: Cut) => {
    const [inCommon, at, begun] = key
    const since = mutual === 1 || way === 'first' ? undefined : begun
    const direction = way === 'before' ? 'asc' : 'desc'
    const wanted = { some: '(k0 or seen)', 0: 'not k0 and seen', 1: 'k0' }[mutual ?? 'some']
    return page(`select r.*, ${way === 'first' ? '(select begun from whose)' : begun} as k2 from (
        select r.other_id, coalesce(${has('w')}${until(kind, since)}, false) as k0, r.${place} as k1,
          not ${hiddenOrNotSql('w.')} as seen, w.state, w.following_place
        from relation r ${relationJoin(viewer, 'r.other_id', 'w')}
        where r.member_id = ${owner} and ${has('r')} and (select short from whose) limit ${short}
      ) r where ${wanted} ${way === 'first' ? '' : `and (k0, k1) ${way === 'before' ? '>' : '<'} (${inCommon}, ${at})`}
      order by k0 ${direction}, k1 ${direction}`)
  }
}

/**
 * Picks a page of another member's list: first the members in common with the viewer, then the rest, each newest
 * first. A part is read only if the parts before it have not filled the page. Finding all members in common means
 * walking the shorter list, but usually the first few of them are among the next few rows.
 *
 * A member who comes to be in common during a walk would move to a part already walked, and nobody would see them. So
 * the cursor keeps the last place in the viewer's own list at the beginning of the walk; members with a later place
 * still count among the rest. A member who is no longer in common moves to the rest, and may be seen twice.
 */
function pickShared(kind: Kind, mutual: Mutual, both: Both) {
  const { has, place } = kinds[kind]
  const { owner, viewer } = both
  return (way: Way, { limit, offset, key, part }: Cut) => {
    const backwards = way === 'before'
    const [inCommon, at, begun] = key
    // With members in common only, nobody can move to another part.
    const since = mutual === 1 || way === 'first' ? undefined : begun
    const direction = backwards ? 'asc' : 'desc'
    const beyond = backwards ? '>' : '<'
    // Where each half begins, given a cursor in one of them.
    const seek = (half: 'common' | 'rest') => {
      if (way === 'first') return ''
      const elsewhere = half === 'common' ? '-1' : last
      const here = half === 'common' ? inCommon : `not ${inCommon}`
      return `and r.place ${beyond} case when ${here} then ${at} else ${elsewhere} end`
    }
    const whole = `(select other_id, ${place} as place from relation where member_id = ${owner} and ${has('relation')}) r`
    const ordered = (half: 'common' | 'rest', from: string) =>
      `(${part(`select r.other_id, ${half === 'common'} as k0, r.place as k1 ${from} order by r.place ${direction}`)})`
    const near = `(select * from ${whole} where true ${seek('common')} order by r.place ${direction} limit ${looked})`
    // The place of the last of them, null if the list ends before.
    const edge = `(select (select r.place from ${near} r order by r.place ${direction} offset ${looked - 1}) as place offset 0) edge`
    const common = [
      ordered('common', `from ${near} r ${sharing(kind, viewer, since)}`),
      ordered(
        'common',
        `from ${edge} join lateral ${sharedSql(kind, both, `and r.place ${beyond} edge.place`, since)} r on edge.place is not null`,
      ),
    ]
    const rest = ordered(
      'rest',
      `from ${whole} left join lateral (select 1 as shared from relation w
        where w.member_id = ${viewer} and w.other_id = r.other_id and ${has('w')}${until(kind, since)} offset 0) w on true
      where w.shared is null and r.other_id not in (${hiddenIdsSql(viewer)}) ${seek('rest')}`,
    )
    const parts = mutual === 1 ? common : mutual === 0 ? [rest] : backwards ? [rest, ...common] : [...common, rest]
    return `select r.*, ${way === 'first' ? '(select begun from whose)' : begun} as k2 from (
        select * from (${parts.join(' union all ')}) parts limit ${limit} + 1 ${offset ? `+ ${offset}` : ''}
      ) r order by k0 ${direction}, k1 ${direction} ${offset ? `offset ${offset}` : ''}`
  }
}

/** SQL: the last place in the viewer's own list. */
const begunSql = (kind: Kind, viewer: string) => `coalesce((select w.${kinds[kind].place} from relation w
    where w.member_id = ${viewer} and ${kinds[kind].has('w')} order by w.${kinds[kind].place} desc limit 1), 0)`

/** SQL of whose list it is and whether the viewer may see it; if it is mixed with the viewer's own, how the two compare in length. */
function whoseSql(kind: Kind, { owner, viewer }: Both, admin: string, mixed: boolean): string {
  const of = (v: string) => `u.status::text as status, u.${kind} as total, ${hiddenOrNotSql('v.')} as hidden,
    ${kind === 'connections' ? connectionsVisibleSql(viewer, admin) : 'true'} as visible ${v}`
  if (!mixed)
    return `whose as materialized (
  select ${of('')} from users u, (select null::smallint as state, null::bigint as hidden_place, false as hidden_by) v
  where u.id = ${owner}
)`
  return `whose as materialized (
  select ${of(`, own.total <= u.${kind} as viewer_shorter, ${alikeSql('own.total', `u.${kind}`)} as alike, own.begun,
    u.${kind} <= ${short} as short`)}
  from users u ${relationJoin(`${viewer}::bigint`, 'u.id')}
  cross join (select coalesce((select ${kind} from users where id = ${viewer}), 0) as total, ${begunSql(kind, viewer)} as begun) own
  where u.id = ${owner}
)`
}

/** SQL of how many members are in both lists. Two lists of about the same length are read side by side. */
const countSharedSql = (kind: Kind, both: Both) => `(select case when alike then
    (select count(*)::int from (${inBothSql(both.owner, both.viewer, kinds[kind].has('relation'))}) r)
    else (select count(*)::int from ${sharedSql(kind, both)} r) end from whose)`

const hiddenInSql = (
  kind: Kind,
  { owner, viewer }: Both,
) => `(select count(*)::int from (${hiddenIdsSql(viewer)} offset 0) h
  join lateral (select 1 from relation r
    where r.member_id = ${owner} and r.other_id = h.other_id and ${kinds[kind].has('r')} offset 0) r on true)`

type Mutual = 0 | 1 | undefined

const related = list({
  name: 'connections: members',
  takes: { owner: 'bigint', viewer: 'bigint?', admin: 'boolean' },
  extra: { status: 'text?', hidden: 'boolean?', visible: 'boolean?', enough: 'boolean?' },
  variants: () =>
    byFlags().flatMap(({ flags }) =>
      (Object.keys(kinds) as Kind[]).flatMap((kind) =>
        // Only a signed-in viewer has members in common.
        [
          { flags, kind, mutual: undefined, mixed: false, long: false },
          ...(flags.viewer
            ? ([undefined, 0, 1] as Mutual[]).flatMap((mutual) =>
                [false, true].map((long) => ({ flags, kind, mutual, mixed: true, long })),
              )
            : []),
        ],
      ),
    ),
  sql($, { flags, kind, mutual, mixed, long }) {
    const { has, place } = kinds[kind]
    const shared = countSharedSql(kind, $)
    const total = `(select total from whose) - ${hiddenInSql(kind, $)}`
    const common = {
      with: whoseSql(kind, $, $.admin, mixed),
      extra: {
        status: 'select status from whose',
        hidden: 'select hidden from whose',
        visible: 'select visible from whose',
        enough: mixed && !long ? 'select short from whose' : 'true',
      },
      render: renderUser(flags),
    }
    if (mixed)
      return {
        ...common,
        columns: '',
        from: '',
        pick: (long ? pickShared : pickFromShort)(kind, mutual, $),
        keys: [
          { sql: 'k0', descending: true, type: 'boolean' },
          { sql: 'k1', descending: true, type: 'bigint' },
          { sql: 'k2', descending: true, type: 'bigint' },
        ],
        joins: `join users u on u.id = p.other_id
          ${long ? relationJoin($.viewer, 'p.other_id') : 'cross join lateral (select p.state, p.following_place) v'}`,
        count: mutual === 1 ? shared : mutual === 0 ? `${total} - ${shared}` : total,
      }
    // The viewer's own list, or a visitor's view of one: nothing is in common, and the row itself is the viewer's.
    return {
      ...common,
      columns: flags.viewer
        ? 'r.other_id, r.state, r.following_place'
        : 'r.other_id, 0 as state, null as following_place',
      from: `from relation r where r.member_id = ${$.owner} and ${has('r')}`,
      keys: [{ sql: `r.${place}`, descending: true, type: 'bigint' }],
      joins: 'join users u on u.id = p.other_id cross join lateral (select p.state, p.following_place) v',
      count: '(select total from whose)',
    }
  },
})

/** Whose lists were not short when they were last read from a database: they hardly will be again. */
const longLists = new WeakMap<object, Record<Kind, Lru<number, true>>>()

function longListsOf(db: object): Record<Kind, Lru<number, true>> {
  const known = longLists.get(db) ?? { connections: lru(100_000), followings: lru(100_000), followers: lru(100_000) }
  longLists.set(db, known)
  return known
}

/** Whether a member's list is known to be long: what others have in common with it may take a while to find. */
export const isLong = (db: object, kind: Kind, member: number): boolean => longListsOf(db)[kind].has(member)

/**
 * A page of a member's connections, followings or followers, as the caller may see them.
 * @param mutual 1 for those in common only, 0 for the others only
 */
export async function listRelated(
  ctx: Ctx,
  kind: Kind,
  ownerId: number,
  mutual: 0 | 1 | undefined,
  page: PageRequest,
): Promise<PageRows<'User'>> {
  const { actor, community } = ctx
  const mixed = actor !== null && actor.id !== ownerId
  const variant = { flags: flagsSeenBy(actor, community), kind, mutual: mixed ? mutual : undefined, mixed }
  const values = { owner: ownerId, viewer: actor?.id ?? null, admin: isAdmin(actor) }
  const read = (long: boolean) => related.page(ctx.db, values, page, { ...variant, long })
  const known = mixed && isLong(ctx.db, kind, ownerId)
  let { extra, ...rows } = await read(known)
  if (extra.enough === false) {
    longListsOf(ctx.db)[kind].set(ownerId, true)
    ;({ extra, ...rows } = await read(true))
  }
  if (!isActive(extra.status)) throw notFound('No member has this id.')
  if (extra.hidden && !isAdmin(actor)) throw forbidden('One of you hides the other.')
  if (!extra.visible) throw forbidden('This member does not show you whom they are connected with.')
  // Empty: one's own list has nothing in common with itself, a visitor has nothing in common, and nobody follows in
  // friendship mode.
  const none = (!mixed && mutual === 1) || (kind !== 'connections' && community.mode !== 'follow')
  return none ? noRows : rows
}

const hidden = list({
  name: 'connections: hidden members',
  takes: { viewer: 'bigint' },
  variants: byFlags,
  sql: ($, { flags }) => ({
    columns: 'r.other_id, r.state, r.following_place',
    from: `from relation r where r.member_id = ${$.viewer} and ${hidesSql('r.')}`,
    keys: [{ sql: 'r.hidden_place', descending: true, type: 'bigint' }],
    joins: 'join users u on u.id = p.other_id cross join lateral (select p.state, p.following_place) v',
    render: renderUser(flags),
    count: `select hidden from users where id = ${$.viewer}`,
  }),
})

/** Members that the caller hides, last hidden first. */
export const listHidden = (ctx: MemberCtx, page: PageRequest): Promise<PageRows<'User'>> =>
  hidden.page(ctx.db, { viewer: ctx.actor.id }, page, { flags: flagsSeenBy(ctx.actor, ctx.community) })
