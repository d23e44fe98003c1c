import { byFlags, flagsFor } from '../community/flags.ts'
import type { Community } from '../community/state.ts'
import { lockBoxesSql } from '../notifications/lock.ts'
import type { Db } from '../platform/db/database.ts'
import { gatheredOn } from '../platform/db/gather.ts'
import { emitRows } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql } from '../platform/sql/view.ts'
import { WebhookUser } from '../users/views.ts'
import { type Done, endAtOnceSql, tellAtOnceSql } from './notices.ts'
import { counted, fresh, type Relationship, type RelationshipEvent, type Side } from './relationship.ts'
import { bothSql } from './shown.ts'

/** What is to be written of one of the two members. */
type OfMember = {
  id: number
  other: number
  /** What it is while this is decided. */
  status: 'a' | 'b'
  /** Whether this uses one of their requests of today. */
  asks: boolean
  before: Side
  after: Side
}

/** A change of a pair, decided and ready to be written. */
export type Written = {
  community: Community
  now: Date
  /** The version of the pair that the decision was made by. */
  version: number
  relationship: Relationship
  events: RelationshipEvent[]
  sides: [OfMember, OfMember]
  /** Whom the statement tells of it, and what it takes away that was told. */
  told: Done | null
  undone: Done[]
}

const counters = Object.keys(counted) as (keyof typeof counted)[]

/** The columns of a member's row of the pair, as they are sent. */
const columns = {
  ...{ member_id: 'bigint', other_id: 'bigint', version: 'int', state: 'smallint', place: 'bigint' },
  ...{ request_id: 'bigint', asked: 'boolean', created: 'timestamptz', viewed: 'timestamptz', rejected: 'timestamptz' },
  ...{ following_place: 'bigint', follower_place: 'bigint', hidden_place: 'bigint', hidden_by: 'boolean' },
  ...{ sleeping_state: 'smallint', sleeping_following: 'bigint', sleeping_follower: 'bigint' },
}
const names = Object.keys(columns)
/** Those of them that may take the position which the statement gives out. */
const places = new Set([
  ...['place', 'request_id', 'following_place', 'follower_place', 'hidden_place'],
  ...['sleeping_following', 'sleeping_follower'],
])

const sentSql = (columns: Record<string, string>) =>
  Object.entries(columns)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ')

/**
 * Writes changes of pairs in one statement: the counters of both members, both rows of the pair, what members are
 * told, the events. It locks the members first, in the order of their ids, so acts wait for each other but never in a
 * circle. Everything the decisions relied on is a condition. It returns the acts it has written; what is missing found a member changed. If a pair has changed meanwhile, nothing is written.
 *
 * Several acts are of different members. Beside others none waits for a member whom somebody else is changing.
 */
const writing = statement({
  name: 'connections: change pairs',
  takes: {
    ...{ sides: 'json', events: 'json', told: 'json', undone: 'json' },
    ...{ community: 'int', quota: 'int', today: 'date', now: 'timestamptz' },
  },
  gives: { act: 'int' },
  variants: () =>
    byFlags().flatMap((each) =>
      [false, true].flatMap((several) =>
        [false, true].flatMap((tells) => [false, true].map((ends) => ({ ...each, several, tells, ends }))),
      ),
    ),
  sql($, { flags, several, tells, ends }) {
    const mayAsk = (u: string) =>
      `(${$.quota} = 0 or ${u}.quota_day is distinct from ${$.today} or ${u}.quota_used < ${$.quota})`
    const put = names.map((name) =>
      name === 'version'
        ? 's.version + 1'
        : places.has(name)
          ? `case s.${name} when ${fresh} then a.fresh else s.${name} end`
          : `s.${name}`,
    )
    const kept = names.slice(2)
    // Seeing, following or hiding leaves `changed` as it is: the request or the connection is the same.
    const changed = `case when (relation.state, relation.rejected is null) = (excluded.state, excluded.rejected is null)
          and relation.place = excluded.place then relation.changed else excluded.changed end`
    const person = (id: string) => `(select data from person where id = ${id})`
    // An array, so that rows stay in the order in which they were sent.
    const isDone = (act: string) => `${act} = any(array(select act from able)) and (select count(*) from pair) > 0`
    const notices = (sent: string) =>
      `select t.type, t.actor_id, t.member_id from json_to_recordset(${sent}) as t(act int, type smallint, actor_id bigint, member_id bigint)
      where ${isDone('t.act')}`
    // Boxes are locked in their order before any is written to: others lock several, too.
    const noticed = [...(tells ? ['tells'] : []), ...(ends ? ['ends'] : [])]
    const locked = (name: string) => `select * from ${name} where (select count(*) from locked) > 0`
    const told = tells ? tellAtOnceSql(locked('tells'), $.now, person) : null
    return `with side as materialized (
      select * from json_to_recordset(${$.sides}) as s(act int, status "char", asks boolean, ${sentSql(columns)},
        ${counters.map((name) => `add_${name} int`).join(', ')})
    ), held as materialized (
      select u.id, u.status, u.quota_day, u.quota_used from users u where u.id in (select member_id from side)
      order by u.id for no key update${several ? ' skip locked' : ''}
    ), able as materialized (
      select act, nextval('relation_place') as fresh from (
        select s.act from side s join held h on h.id = s.member_id
        where h.status = s.status and (not s.asks or ${mayAsk('h')}) and (select version from community) = ${$.community}
        group by s.act having count(*) = 2 offset 0
      ) a
    ), u as (
      update users u set ${counters.map((name) => `${name} = u.${name} + s.add_${name}`).join(', ')},
        quota_day = case when s.asks then ${$.today} else u.quota_day end,
        quota_used = case when not s.asks then u.quota_used when u.quota_day = ${$.today} then u.quota_used + 1 else 1 end
      from side s join able a on a.act = s.act where u.id = s.member_id returning u.*
    ), pair as (
      insert into relation (${names.join(', ')}, changed)
      select ${put.join(', ')}, ${$.now} from side s join able a on a.act = s.act where (select count(*) from u) > 0
      on conflict (member_id, other_id) do update
        set (${kept.join(', ')}, changed) = row(${kept.map((name) => `excluded.${name}`).join(', ')}, ${changed})
        where relation.version = excluded.version - 1
      returning 1
    ), person as (
      select u.id, ${renderSql(WebhookUser, flags)} as data from u where json_array_length(${$.events}) > 0
    )${noticed.map((name) => `, ${name} as materialized (${notices(name === 'tells' ? $.told : $.undone)})`).join('')}${
      noticed.length
        ? `, locked as materialized (
      ${lockBoxesSql(`= any(array(${noticed.map((name) => `select member_id from ${name}`).join(' union ')}))`)}
    )`
        : ''
    }${ends ? `, ${endAtOnceSql(locked('ends'))}` : ''}${told ? `, ${told.ctes}` : ''}, emitted as (
      ${emitRows(
        $.now,
        `select e.type, ${bothSql(person('e.to_id'), person('e.from_id'))} as data
        from json_to_recordset(${$.events}) as e(act int, type text, from_id bigint, to_id bigint) where ${isDone('e.act')}${
          told ? ` union all ${told.rows}` : ''
        }`,
      )}${told ? ' returning id, type' : ''}
    )${told ? `, announced as (${told.kept})` : ''}
    select act from able
    where case when (select count(*) from pair) = 2 * (select count(*) from able) then true else raise_conflict() end`
  },
})

/** The values of a member's row of the pair. */
const rowOf = (
  { version, relationship }: Written,
  { id, other, after: side }: OfMember,
): Record<keyof typeof columns, unknown> => ({
  ...{ member_id: id, other_id: other, version, state: side.state, place: relationship.place },
  ...{ request_id: relationship.requestId, asked: side.asked },
  ...{ created: relationship.created, viewed: relationship.viewed, rejected: relationship.rejected },
  ...{ following_place: side.following, follower_place: side.follower },
  ...{ hidden_place: side.hidden, hidden_by: side.hiddenBy, sleeping_state: side.sleeping.state },
  ...{ sleeping_following: side.sleeping.following, sleeping_follower: side.sleeping.follower },
})

const added = ({ before, after }: OfMember) =>
  Object.fromEntries(counters.map((name) => [`add_${name}`, counted[name](after) - counted[name](before)]))

/** Writes changes of different members, of one version of the community. @returns those that are written */
async function write(db: Db, changes: Written[]): Promise<Set<Written>> {
  const { community, now } = changes.reduce((one, other) => (other.now > one.now ? other : one))
  const each = <Row>(rows: (change: Written) => Row[]) =>
    JSON.stringify(changes.flatMap((change, act) => rows(change).map((row) => ({ act, ...row }))))
  const ofDone = ({ type, actor, to }: Done) => ({ type: type.activity, actor_id: actor, member_id: to })
  const rows = await writing.rows(
    db,
    {
      sides: each((change) =>
        change.sides.map((side) => ({ status: side.status, asks: side.asks, ...rowOf(change, side), ...added(side) })),
      ),
      events: each(({ events, sides: [one, other] }) =>
        events.map(({ type, from }) => ({ type, from_id: from, to_id: from === one.id ? other.id : one.id })),
      ),
      told: each(({ told }) => (told ? [ofDone(told)] : [])),
      undone: each(({ undone }) => undone.map(ofDone)),
      community: community.version,
      quota: community.options['kith.connection_request_daily_quota'],
      today: now.toISOString().slice(0, 10),
      now,
    },
    {
      flags: flagsFor(community, true),
      several: changes.length > 1,
      tells: changes.some(({ told }) => told),
      ends: changes.some(({ undone }) => undone.length),
    },
  )
  return new Set(rows.map(({ act }) => changes[act] as Written))
}

/** Writes a change. False if a member has changed meanwhile. @throws KT001 if the pair has */
export const writeAlone = async (db: Db, change: Written): Promise<boolean> => (await write(db, [change])).has(change)

/** The same, together with others that come at the same moment. */
export const writeTogether = gatheredOn<Written, boolean>((db) => ({
  ...{ most: 32, patience: 20 },
  fits: ({ community, sides }, chosen) =>
    chosen.every(
      (other) =>
        other.community.version === community.version &&
        other.sides.every((its) => sides.every(({ id }) => id !== its.id)),
    ),
  async run(changes) {
    const written = await write(db, changes)
    const one = changes.length === 1
    // Beside others it may have been somebody else's lock: alone it waits for that.
    return changes.map((change) => written.has(change) || (one ? false : undefined))
  },
}))
