import { checkAgain } from '../auth/again.ts'
import { activeMember, type MemberAudience } from '../auth/audience.ts'
import { isActive } from '../auth/status.ts'
import { byFlags, flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { makeBoxes } from '../notifications/lock.ts'
import { isSilent } from '../notifications/tell.ts'
import { codeOf, type Db } from '../platform/db/database.ts'
import { decide, outdated } from '../platform/db/decide.ts'
import { notFound, refused } from '../platform/errors.ts'
import { emitRows } from '../platform/events/emit.ts'
import type { Gate } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { isoSql, renderSql } from '../platform/sql/view.ts'
import { WebhookUser } from '../users/views.ts'
import { type Done, endAtOnceSql, howNoticed, notice, noticedAtOnce, tellAtOnceSql } from './notices.ts'
import { counted, type Relationship, type RelationshipEvent, type Side, sideOf } from './relationship.ts'

/** One of two members, with what a decision may depend on. */
export type Person = {
  id: number
  status: 'a' | 'b'
  connectionRequests: 'ask' | 'refuse' | 'accept'
  quotaDay: string | null
  quotaUsed: number
}

/**
 * Two members and their relationship. `next` is a fresh position for a new request, connection or follow; `boxed` says
 * whether the other has a box of notifications.
 */
export type Pair = { me: Person; other: Person; relationship: Relationship; next: number; boxed: boolean }

/** What an act decided: the new relationship, its events, and whether it uses one of today's requests. */
export type Change = { relationship: Relationship; events: RelationshipEvent[]; usesQuota?: boolean }

const looking = statement({
  name: 'connections: look at a pair',
  takes: { me: 'bigint', other: 'bigint' },
  gives: {
    ...{ community: 'int', next: 'bigint' },
    ...{ me_status: 'text', me_requests: 'text', me_day: 'date?', me_used: 'int' },
    ...{ other_status: 'text', other_requests: 'text', other_day: 'date?', other_used: 'int' },
    ...{ version: 'int?', state: 'smallint?', place: 'bigint?', request_id: 'bigint?', asked: 'boolean?' },
    ...{ created: 'text?', viewed: 'text?', rejected: 'text?' },
    ...{
      following_place: 'bigint?',
      follower_place: 'bigint?',
      hidden_place: 'bigint?',
      their_hidden_place: 'bigint?',
      boxed: 'boolean',
    },
  },
  sql: ($) => `select (select version from community) as community, nextval('relation_place') as next,
    m.status::text as me_status, m.connection_requests as me_requests, m.quota_day as me_day, m.quota_used as me_used,
    o.status::text as other_status, o.connection_requests as other_requests, o.quota_day as other_day, o.quota_used as other_used,
    r.version, r.state + r.sleeping_state as state, r.place, r.request_id, r.asked, ${['created', 'viewed', 'rejected'].map((name) => `${isoSql(`r.${name}`)} as ${name}`).join(', ')},
    coalesce(r.following_place, r.sleeping_following) as following_place,
    coalesce(r.follower_place, r.sleeping_follower) as follower_place, r.hidden_place, t.hidden_place as their_hidden_place,
    exists (select from notification_box b where b.member_id = ${$.other}) as boxed
  from users m
  join users o on o.id = ${$.other}
  left join relation r on r.member_id = ${$.me} and r.other_id = ${$.other}
  left join relation t on t.member_id = ${$.other} and t.other_id = ${$.me}
  where m.id = ${$.me}`,
})

type Look = NonNullable<Awaited<ReturnType<typeof looking.row>>>

function readRelationship(row: Look, me: number, other: number): Relationship {
  const states = {
    0: 'none',
    1: row.rejected ? 'rejected' : 'requested',
    2: 'requested',
    3: 'rejected',
    4: 'connected',
  }
  return {
    state: states[(row.state ?? 0) as keyof typeof states] as Relationship['state'],
    asker: row.request_id === null ? null : row.asked ? me : other,
    requestId: row.request_id,
    created: row.created,
    viewed: row.viewed,
    rejected: row.rejected,
    place: row.place ?? 0,
    follows: new Map([
      [me, row.following_place],
      [other, row.follower_place],
    ]),
    hides: new Map([
      [me, row.hidden_place],
      [other, row.their_hidden_place],
    ]),
  }
}

/** SQL of the members that every event about two members names. */
export const bothSql = (to: string, from: string) => `concat('{"to_user":', ${to}, ',"from_user":', ${from}, '}')`

const counters = Object.keys(counted) as (keyof typeof counted)[]
type Counter = (typeof counters)[number]

/** The parameters that say by how much each counter of one of the two changes. */
const deltas = <Of extends 'lo' | 'hi'>(of: Of) =>
  Object.fromEntries(counters.map((name) => [`${of}_add_${name}`, 'int'])) as Record<`${Of}_add_${Counter}`, 'int'>

/**
 * Writes an act in one statement: both members' counters, both rows of the pair, the events. It locks the members
 * first, in the order of their ids, so acts wait for each other but never in a circle. Everything the decision relied
 * on is a condition; if one fails, nothing is written and the act decides again.
 */
const applying = statement({
  name: 'connections: change a pair',
  takes: {
    ...{ lo: 'bigint', hi: 'bigint', version: 'int', lo_status: '"char"', hi_status: '"char"', community: 'int' },
    ...{
      place: 'bigint',
      request: 'bigint?',
      created: 'timestamptz?',
      viewed: 'timestamptz?',
      rejected: 'timestamptz?',
    },
    ...{ lo_state: 'smallint', hi_state: 'smallint', lo_asked: 'boolean', hi_asked: 'boolean' },
    ...{ lo_following: 'bigint?', hi_following: 'bigint?', lo_hidden: 'bigint?', hi_hidden: 'bigint?' },
    ...{ lo_sleeping: 'smallint', hi_sleeping: 'smallint' },
    ...{ lo_sleeping_following: 'bigint?', hi_sleeping_following: 'bigint?' },
    ...deltas('lo'),
    ...deltas('hi'),
    ...{ asker: 'bigint?', quota: 'int', today: 'date' },
    ...{ now: 'timestamptz', types: 'text[]', from: 'bigint[]', actor: 'bigint?', to: 'bigint?' },
    ...{ undone: 'smallint[]', undone_by: 'bigint[]', undone_to: 'bigint[]' },
  },
  gives: { done: 'boolean' },
  variants: () => byFlags().flatMap((each) => noticedAtOnce.map((noticed) => ({ ...each, ...noticed }))),
  sql($, { flags, tells, ends }) {
    const add = (of: 'lo' | 'hi') => counters.map((name) => `${name} = ${name} + ${$[`${of}_add_${name}`]}`).join(', ')
    const quota = `quota_day = case when id = ${$.asker} then ${$.today} else quota_day end,
      quota_used = case when id <> coalesce(${$.asker}, 0) then quota_used when quota_day = ${$.today} then quota_used + 1 else 1 end`
    const within = `(id <> coalesce(${$.asker}, 0) or ${$.quota} = 0 or quota_day is distinct from ${$.today} or quota_used < ${$.quota})`
    const columns = `member_id, other_id, version, state, place, request_id, asked, created, viewed, rejected,
      following_place, follower_place, hidden_place, hidden_by, sleeping_state, sleeping_following, sleeping_follower, changed`
    const row = (of: 'lo' | 'hi', other: 'lo' | 'hi') =>
      `(${$[of]}, ${$[other]}, ${$.version} + 1, ${$[`${of}_state`]}, ${$.place}, ${$.request}, ${$[`${of}_asked`]},
        ${$.created}, ${$.viewed}, ${$.rejected}, ${$[`${of}_following`]}, ${$[`${other}_following`]},
        ${$[`${of}_hidden`]}, ${$[`${other}_hidden`]} is not null,
        ${$[`${of}_sleeping`]}, ${$[`${of}_sleeping_following`]}, ${$[`${other}_sleeping_following`]}, ${$.now})`
    // Seeing, following or hiding leaves `changed` as it is: the request or the connection is the same.
    const changed = `case when (relation.state, relation.rejected is null) = (excluded.state, excluded.rejected is null)
          and relation.place = excluded.place then relation.changed else excluded.changed end`
    const person = (condition: string) => `(select data from person where id ${condition})`
    const done = '(select count(*) from pair) = 2'
    const ended =
      ends && endAtOnceSql({ types: $.undone, actors: $.undone_by, members: $.undone_to, done }, tells ? $.to : 'null')
    // Boxes are locked in their order before one is written to.
    const toTell = ends ? `${done} and (select count(*) from locked) > 0` : done
    const told =
      tells &&
      tellAtOnceSql(tells, {
        ...{ actor: $.actor, to: $.to, now: $.now, done: toTell },
        person: person(`= ${$.actor}`),
      })
    return `with lo as (
      update users set ${add('lo')}, ${quota}
      where id = ${$.lo} and status = ${$.lo_status} and ${within} returning *
    ), hi as (
      update users set ${add('hi')}, ${quota}
      where id = ${$.hi} and status = ${$.hi_status} and ${within} and exists (select from lo) returning *
    ), pair as (
      insert into relation (${columns})
      select * from (values
        ${row('lo', 'hi')},
        ${row('hi', 'lo')}) v
      where exists (select from hi) and (select version from community) = ${$.community}
      on conflict (member_id, other_id) do update set (version, state, place, request_id, asked, created, viewed,
          rejected, following_place, follower_place, hidden_place, hidden_by, sleeping_state, sleeping_following,
          sleeping_follower, changed) = row(excluded.version, excluded.state,
          excluded.place, excluded.request_id, excluded.asked, excluded.created, excluded.viewed, excluded.rejected,
          excluded.following_place, excluded.follower_place, excluded.hidden_place, excluded.hidden_by,
          excluded.sleeping_state, excluded.sleeping_following, excluded.sleeping_follower,
          ${changed})
        where relation.version = ${$.version}
      returning 1
    ), person as (
      select u.id, ${renderSql(WebhookUser, flags)} as data from (select * from lo union all select * from hi) u
      where cardinality(${$.types}) > 0
    )${ended ? `, ${ended}` : ''}${told ? `, ${told.ctes}` : ''}, emitted as (
      ${emitRows(
        $.now,
        `select e.type, ${bothSql(person('<> e.from_id'), person('= e.from_id'))} as data
        from unnest(${$.types}, ${$.from}) e(type, from_id) where ${done}${told ? ` union all ${told.rows}` : ''}`,
      )}${told ? ' returning id, type' : ''}
    )${
      told
        ? `, announced as (
      ${told.kept}
    )`
        : ''
    }
    select case when not exists (select from lo) then false
      when (select count(*) from hi) = 1 and (select count(*) from pair) = 2 then true
      else raise_conflict() end as done`
  },
})

/** Writes what was decided. False if something the decision relied on has changed meanwhile. */
async function apply(
  ctx: MemberCtx,
  pair: Pair,
  version: number,
  { relationship, events, usesQuota }: Change,
): Promise<boolean> {
  const [lo, hi] = pair.me.id < pair.other.id ? [pair.me, pair.other] : [pair.other, pair.me]
  const before: [Side, Side] = [sideOf(pair.relationship, lo.id, hi.id), sideOf(pair.relationship, hi.id, lo.id)]
  const after: [Side, Side] = [sideOf(relationship, lo.id, hi.id), sideOf(relationship, hi.id, lo.id)]
  const added = <Of extends 'lo' | 'hi'>(of: Of) => {
    const i = of === 'lo' ? 0 : 1
    return Object.fromEntries(
      counters.map((name) => [`${of}_add_${name}`, counted[name](after[i]) - counted[name](before[i])]),
    ) as Record<`${Of}_add_${Counter}`, number>
  }
  const values = {
    ...{ lo: lo.id, hi: hi.id, version, lo_status: lo.status, hi_status: hi.status, community: ctx.community.version },
    ...{
      place: relationship.place,
      request: relationship.requestId,
      created: relationship.created,
      viewed: relationship.viewed,
      rejected: relationship.rejected,
    },
    ...{ lo_state: after[0].state, hi_state: after[1].state, lo_asked: after[0].asked, hi_asked: after[1].asked },
    ...{ lo_following: after[0].following, hi_following: after[1].following },
    ...{ lo_hidden: after[0].hidden, hi_hidden: after[1].hidden },
    ...{ lo_sleeping: after[0].sleeping.state, hi_sleeping: after[1].sleeping.state },
    ...{ lo_sleeping_following: after[0].sleeping.following, hi_sleeping_following: after[1].sleeping.following },
    ...added('lo'),
    ...added('hi'),
    asker: usesQuota ? pair.me.id : null,
    quota: ctx.community.options['kith.connection_request_daily_quota'],
    today: ctx.now.toISOString().slice(0, 10),
    ...{ now: ctx.now, types: events.map(({ type }) => type), from: events.map(({ from }) => from) },
  }
  const change = { relationship, events, usesQuota }
  const write = async (on: Db, told: Done | null = null, undone: Done[] = []) => {
    const row = await applying.row(
      on,
      {
        ...values,
        ...{ actor: told?.actor ?? null, to: told?.to ?? null },
        undone: undone.map(({ type }) => type.activity),
        undone_by: undone.map(({ actor }) => actor),
        undone_to: undone.map(({ to }) => to),
      },
      { flags: flagsFor(ctx.community, true), tells: told?.type ?? null, ends: undone.length > 0 },
    )
    return row?.done === true
  }
  try {
    const noticed = howNoticed(pair, change)
    if (!noticed) return await write(ctx.db)
    if (noticed !== 'behind' && !(noticed.told && isSilent(ctx.kith.db))) {
      if (noticed.told && !pair.boxed) await makeBoxes(ctx.db, [noticed.told.to])
      return await write(ctx.db, noticed.told, noticed.undone)
    }
    return await ctx.kith.db.transaction(async (tx) => {
      const done = await write(tx)
      if (done) await notice(tx, ctx, pair, change)
      return done
    })
  } catch (error) {
    // A counter would fall below zero. If the decision was outdated that is expected; otherwise it is drift.
    if (codeOf(error) === '23514' && (await readVersion(ctx, pair)) !== version) return false
    throw error
  }
}

const currentVersion = statement({
  name: 'connections: version of a pair',
  takes: { me: 'bigint', other: 'bigint' },
  gives: { version: 'int' },
  sql: ($) => `select version from relation where member_id = ${$.me} and other_id = ${$.other}`,
})

const readVersion = async ({ db }: MemberCtx, { me, other }: Pair): Promise<number> =>
  (await currentVersion.row(db, { me: me.id, other: other.id }))?.version ?? 0

/**
 * Reads what is between two members, lets `choose` decide, and writes that with its counters and events in one
 * statement. If somebody else was faster, it begins again. Null from `choose` changes nothing.
 *
 * @param gate the mode the act belongs to; checked again with every attempt, on the community as it then is
 * @param who the audience of the act
 * @returns the relationship as it is now
 */
export async function changePair(
  given: MemberCtx,
  other: number,
  gate: Gate<MemberCtx> | null,
  choose: (pair: Pair, community: MemberCtx['community']) => Change | null,
  who: MemberAudience = activeMember,
): Promise<Relationship> {
  const ctx = { ...given }
  const me = ctx.actor.id
  if (me === other) throw refused('self', 'This cannot be done with yourself.')
  return decide(async () => {
    const row = await looking.row(ctx.db, { me, other })
    if (!row || !isActive(row.other_status)) throw notFound('No member has this id.')
    checkAgain(ctx, who, { status: row.me_status })
    if (row.community !== ctx.community.version) ctx.community = await ctx.kith.community.refresh()
    gate?.check(ctx)
    const pair: Pair = {
      me: {
        id: me,
        status: row.me_status as Person['status'],
        connectionRequests: row.me_requests as Person['connectionRequests'],
        quotaDay: row.me_day,
        quotaUsed: row.me_used,
      },
      other: {
        id: other,
        status: row.other_status,
        connectionRequests: row.other_requests as Person['connectionRequests'],
        quotaDay: row.other_day,
        quotaUsed: row.other_used,
      },
      relationship: readRelationship(row, me, other),
      ...{ next: row.next, boxed: row.boxed },
    }
    const change = choose(pair, ctx.community)
    if (!change) return pair.relationship
    return (await apply(ctx, pair, row.version ?? 0, change)) ? change.relationship : outdated
  })
}
