import { byFlags, flagsFor } from '../community/flags.ts'
import { friendshipMode } from '../community/gates.ts'
import type { Kith } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { decide, outdated } from '../platform/db/decide.ts'
import { badField, type ErrorItem, forbidden, Refusal, refused } from '../platform/errors.ts'
import { emitRows } from '../platform/events/emit.ts'
import { failpoint } from '../platform/failpoint.ts'
import type { Input } from '../platform/http/input.ts'
import { momentInput, readMoment } from '../platform/http/moment.ts'
import Type from '../platform/schema.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql } from '../platform/sql/view.ts'
import { WebhookUser } from '../users/views.ts'
import { counted, type Relationship, sideOf } from './relationship.ts'
import { bothSql } from './shown.ts'

/** How an import names a member: by id, by their id elsewhere, or by username. */
export type Reference = { by: 'id'; id: number } | { by: 'ext_id' | 'username'; name: string }

/** A relation to be made between two members; `from` is the one who asked. */
export type NewConnection = { from: Reference; to: Reference; state: 'connected' | 'requested'; created?: Date }

const extId = Type.String({ minLength: 1, maxLength: 255 })
const memberId = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })

/** One line of an import: a friendship or a request. */
export const connectionLine = {
  from_user: Type.Optional({ ...memberId, description: 'Id of the member who asked.' }),
  to_user: Type.Optional({ ...memberId, description: 'Id of the member who was asked.' }),
  from_ext_id: Type.Optional({ ...extId, description: 'Instead: their id in the other system.' }),
  to_ext_id: Type.Optional({ ...extId, description: 'Instead: their id in the other system.' }),
  state: Type.Optional(Type.Enum(['connected', 'requested'], { description: '`connected` unless given.' })),
  created: Type.Optional(momentInput('When it was asked for; now unless given.')),
}
type ConnectionLine = Input<typeof connectionLine>

type State = 'connected' | 'requested' | 'rejected'
export type ImportedConnection = { made: boolean; state: State } | { errors: ErrorItem[] }

const locking = statement({
  name: 'connections: lock members by what they are called',
  takes: { ids: 'bigint[]', ext_ids: 'text[]', names: 'text[]' },
  gives: {
    ...{ id: 'bigint', ext_id: 'text?', name: 'text', status: 'text', connection_requests: 'text', community: 'int' },
  },
  // Members are locked in the order of their ids, as acts do, so nothing between any two of them changes meanwhile.
  sql: ($) => `select id, ext_id, lower(username) as name, status::text as status, connection_requests,
      (select version from community) as community
    from users where status not in ('u', 'w') and (id = any(${$.ids}) or (ext_id is not null and ext_id = any(${$.ext_ids}))
      or lower(username) = any(${$.names}))
    order by id for no key update`,
})
type Locked = { id: number; ext_id: string | null; name: string; status: string; connection_requests: string }

const reading = statement({
  name: 'connections: what is between many pairs',
  takes: { lo: 'bigint[]', hi: 'bigint[]' },
  gives: {
    ...{ lo: 'bigint', hi: 'bigint', version: 'int', state: 'smallint', asked: 'boolean', request_id: 'bigint?' },
    ...{ created: 'timestamptz?', viewed: 'timestamptz?', rejected: 'timestamptz?', hidden: 'boolean' },
  },
  sql: (
    $,
  ) => `select r.member_id as lo, r.other_id as hi, r.version, r.state, r.asked, r.request_id, r.created, r.viewed,
      r.rejected, r.hidden_place is not null or r.hidden_by as hidden
    from unnest(${$.lo}, ${$.hi}) pair(lo, hi) join relation r on r.member_id = pair.lo and r.other_id = pair.hi`,
})

/** The part of a relationship that an import decides by. */
type Between = Pick<Relationship, 'state' | 'asker' | 'requestId' | 'created' | 'viewed' | 'rejected'> & {
  version: number
  hidden: boolean
}

const nothing: Between = {
  ...{ state: 'none', asker: null, requestId: null, created: null, viewed: null, rejected: null },
  ...{ version: 0, hidden: false },
}

const kindOf = { 0: 'none', 1: 'requested', 2: 'requested', 3: 'rejected', 4: 'connected' } as const

const writing = statement({
  name: 'connections: import',
  takes: {
    ...{ asker: 'bigint[]', other: 'bigint[]', connected: 'boolean[]', request: 'bigint[]', version: 'int[]' },
    ...{ created: 'text[]', viewed: 'text[]' },
    ...{ member: 'bigint[]', connections: 'int[]', sent: 'int[]', received: 'int[]', rejected: 'int[]' },
    ...{ community: 'int', now: 'timestamptz' },
  },
  gives: { done: 'boolean' },
  variants: () => byFlags().flatMap((each) => [false, true].map((events) => ({ ...each, events }))),
  sql($, { flags, events }) {
    const emitted = events
      ? emitRows(
          $.now,
          `select case when connected then 'connection.created' else 'connection_request.created' end as type,
            ${bothSql('t.data', 'f.data')} as data
          from pair join person f on f.id = pair.asker join person t on t.id = pair.other order by place`,
        )
      : 'select 1'
    return `with pair as materialized (
      select asker, other, connected, nullif(request, 0) as request, version, nullif(created, '')::timestamptz as created,
        nullif(viewed, '')::timestamptz as viewed, nextval('relation_place') as place
      from unnest(${$.asker}, ${$.other}, ${$.connected}, ${$.request}, ${$.version}, ${$.created}, ${$.viewed})
        pair(asker, other, connected, request, version, created, viewed)
    ), made as (
      insert into relation (member_id, other_id, version, state, place, request_id, asked, created, viewed, changed)
      select case when asks then asker else other end, case when asks then other else asker end, version + 1,
        case when connected then 4 when asks then 1 else 2 end, place, coalesce(request, place), asks, created, viewed,
        ${$.now}
      from pair, unnest(array[true, false]) asks
      on conflict (member_id, other_id) do update set (version, state, place, request_id, asked, created, viewed, changed,
          rejected) = row(excluded.version, excluded.state, excluded.place, excluded.request_id, excluded.asked,
          excluded.created, excluded.viewed, excluded.changed, null)
      returning 1
    ), counted as (
      update users u set connections = u.connections + d.connections, requests_sent = u.requests_sent + d.sent,
        requests_received = u.requests_received + d.received, requests_rejected = u.requests_rejected + d.rejected
      from unnest(${$.member}, ${$.connections}, ${$.sent}, ${$.received}, ${$.rejected})
        d(member, connections, sent, received, rejected)
      where u.id = d.member
      returning u.*
    ), person as materialized (
      select u.id, ${renderSql(WebhookUser, flags)} as data from counted u
    ), emitted as (${emitted})
    select case when (select version from community) = ${$.community} and (select count(*) from made) = 2 * (select count(*) from pair)
      then true else raise_conflict() end as done`
  },
})

/** Finds members by the reference that a line gives. */
function createFinder(rows: Locked[]) {
  const known = {
    id: new Map<unknown, Locked>(rows.map((row) => [row.id, row])),
    ext_id: new Map<unknown, Locked>(rows.map((row) => [row.ext_id, row])),
    username: new Map<unknown, Locked>(rows.map((row) => [row.name, row])),
  }
  return (of: Reference, side: 'from' | 'to'): Locked => {
    const field = of.by === 'username' ? side : of.by === 'id' ? `${side}_user` : `${side}_ext_id`
    const called = of.by === 'id' ? of.id : of.by === 'ext_id' ? of.name : of.name.toLowerCase()
    const member = known[of.by].get(called)
    if (!member) throw badField(field, 'not_found', `No member has this ${of.by}.`)
    if (member.status === 'd') throw badField(field, 'deleted', `This is member ${member.id}, who is deleted.`)
    if (member.status === 'b') throw badField(field, 'blocked', `This is member ${member.id}, who is blocked.`)
    return member
  }
}

/** Decides what is to be between two members. Null if it is so already. */
function decidePair(between: Between, from: Locked, to: Locked, wanted: NewConnection, now: Date): Between | null {
  if (from.id === to.id) throw refused('self', 'A member is not connected with themselves.')
  if (between.hidden) throw forbidden('One of the two hides the other. Nothing begins between them while that lasts.')
  const { state, asker } = between
  if (state === 'connected') return null
  if (wanted.state === 'connected') {
    if (state === 'rejected')
      throw refused('rejected', 'The request between the two was rejected. Whoever rejected it can still accept.')
    return { ...(state === 'none' ? asked() : between), state: 'connected', rejected: null }
  }
  if (state !== 'none' && asker === from.id) return null
  // Asking back accepts, as in the API.
  if (state !== 'none') return { ...between, state: 'connected', rejected: null }
  if (between.rejected && asker === from.id)
    throw refused('rejected', 'An earlier request of this member was rejected. They can only ask for themselves.')
  if (to.connection_requests === 'refuse')
    throw refused('requests_refused', 'The member who is asked takes no connection requests.')
  return { ...asked(), state: to.connection_requests === 'accept' ? 'connected' : 'requested' }

  function asked(): Between {
    const created = (wanted.created ?? now).toISOString()
    return { ...nothing, version: between.version, asker: from.id, created }
  }
}

const counters = ['connections', 'requests_sent', 'requests_received', 'requests_rejected'] as const

/** Sums, for each member and counter, the difference between before and after. */
function addUp(pairs: Map<string, Pair>): Map<number, number[]> {
  const sums = new Map<number, number[]>()
  for (const { lo, hi, before, after } of pairs.values())
    for (const [member, other] of [
      [lo, hi],
      [hi, lo],
    ] as const) {
      const sum = sums.get(member) ?? counters.map(() => 0)
      const side = (between: Between) =>
        sideOf({ ...between, place: 0, follows: new Map(), hides: new Map() }, member, other)
      const [was, is] = [side(before), side(after)]
      sums.set(
        member,
        sum.map((n, i) => {
          const count = counted[counters[i] as (typeof counters)[number]]
          return n + count(is) - count(was)
        }),
      )
    }
  return sums
}

type Pair = { lo: number; hi: number; before: Between; after: Between }

/**
 * Imports friendships and requests that were made elsewhere, in one transaction: both rows of each pair, counters,
 * events. What exists already stays, so an import can be repeated. The rules of the API hold, except quotas.
 * @param events emit `connection.created` or `connection_request.created` for each
 * @returns the outcome of each, in the order given
 */
export async function importConnections(
  kith: Kith,
  wanted: NewConnection[],
  events: boolean,
): Promise<ImportedConnection[]> {
  let community = kith.community.current()
  return decide(async () => {
    friendshipMode.check({ community } as never)
    const done = await kith.db.transaction(async (tx) => {
      const { locked, pairs, outcomes } = await decideAll(tx, wanted, kith.clock.now())
      if (locked.some((row) => row.community !== community.version)) return outdated
      const changed = new Map([...pairs].filter(([, { before, after }]) => before !== after))
      if (changed.size) await write(tx, changed, community, kith.clock.now(), events)
      failpoint('some connections imported')
      return outcomes
    })
    if (done === outdated) community = await kith.community.refresh()
    return done
  })
}

/** Imports connections that are given as lines. */
export async function importLines(kith: Kith, lines: ConnectionLine[], events: boolean): Promise<ImportedConnection[]> {
  const outcomes: ImportedConnection[] = []
  const wanted: NewConnection[] = []
  const at: number[] = []
  for (const [i, line] of lines.entries()) {
    try {
      wanted.push({
        from: referTo('from', line),
        to: referTo('to', line),
        state: line.state ?? 'connected',
        created: line.created === undefined ? undefined : new Date(readMoment('created', line.created) * 1000),
      })
      at.push(i)
    } catch (error) {
      outcomes[i] = { errors: errorsOf(error) }
    }
  }
  for (const [i, outcome] of (await importConnections(kith, wanted, events)).entries())
    outcomes[at[i] as number] = outcome
  return outcomes
}

function referTo(side: 'from' | 'to', line: ConnectionLine): Reference {
  const [id, name] = [line[`${side}_user`], line[`${side}_ext_id`]]
  if (id !== undefined && name === undefined) return { by: 'id', id }
  if (name !== undefined && id === undefined) return { by: 'ext_id', name }
  throw badField(
    `${side}_user`,
    'required',
    `Name the member by ${side}_user or by ${side}_ext_id, and by one of them.`,
  )
}

async function decideAll(tx: Db, wanted: NewConnection[], now: Date) {
  const references = wanted.flatMap(({ from, to }) => [from, to])
  const named = (kind: 'ext_id' | 'username') => references.flatMap((each) => (each.by === kind ? [each.name] : []))
  const locked = await locking.rows(tx, {
    ids: [...new Set(references.flatMap((each) => (each.by === 'id' ? [each.id] : [])))],
    ext_ids: [...new Set(named('ext_id'))],
    names: [...new Set(named('username').map((name) => name.toLowerCase()))],
  })
  const find = createFinder(locked)
  const outcomes: ImportedConnection[] = []
  const meant = wanted.map((each, at) => {
    try {
      return { from: find(each.from, 'from'), to: find(each.to, 'to') }
    } catch (error) {
      outcomes[at] = { errors: errorsOf(error) }
      return null
    }
  })

  const pairs = new Map<string, Pair>()
  const keyOf = (a: number, b: number) => (a < b ? `${a} ${b}` : `${b} ${a}`)
  for (const both of meant) {
    if (!both) continue
    const [lo, hi] = both.from.id < both.to.id ? [both.from.id, both.to.id] : [both.to.id, both.from.id]
    pairs.set(keyOf(lo, hi), { lo, hi, before: nothing, after: nothing })
  }
  const all = [...pairs.values()]
  for (const row of await reading.rows(tx, { lo: all.map(({ lo }) => lo), hi: all.map(({ hi }) => hi) })) {
    const { lo, hi, state, request_id: requestId, asked, ...rest } = row
    const kind = state === 1 && row.rejected ? 'rejected' : kindOf[state as keyof typeof kindOf]
    const asker = requestId === null ? null : asked ? lo : hi
    const pair = pairs.get(keyOf(lo, hi)) as Pair
    pair.before = pair.after = { ...rest, state: kind, asker, requestId }
  }

  for (const [at, each] of wanted.entries()) {
    const both = meant[at]
    if (!both) continue
    const pair = pairs.get(keyOf(both.from.id, both.to.id)) as Pair
    try {
      const next = decidePair(pair.after, both.from, both.to, each, now)
      if (next) pair.after = next
      outcomes[at] = { made: next !== null, state: pair.after.state as State }
    } catch (error) {
      outcomes[at] = { errors: errorsOf(error) }
    }
  }
  return { locked, pairs, outcomes }
}

function errorsOf(error: unknown): ErrorItem[] {
  if (error instanceof Refusal) return error.errors
  throw error
}

async function write(
  tx: Db,
  changed: Map<string, Pair>,
  community: Parameters<typeof flagsFor>[0],
  now: Date,
  events: boolean,
): Promise<void> {
  const pairs = [...changed.values()]
  const sums = addUp(changed)
  const each = <Value>(value: (pair: Pair) => Value) => pairs.map(value)
  const sum = (i: number) => [...sums.values()].map((all) => all[i] as number)
  await writing.rows(
    tx,
    {
      asker: each(({ after }) => after.asker as number),
      other: each(({ lo, hi, after }) => (after.asker === lo ? hi : lo)),
      connected: each(({ after }) => after.state === 'connected'),
      request: each(({ after }) => after.requestId ?? 0),
      version: each(({ before }) => before.version),
      created: each(({ after }) => after.created ?? ''),
      viewed: each(({ after }) => after.viewed ?? ''),
      member: [...sums.keys()],
      ...{ connections: sum(0), sent: sum(1), received: sum(2), rejected: sum(3) },
      ...{ community: community.version, now },
    },
    { flags: flagsFor(community, true), events },
  )
}
