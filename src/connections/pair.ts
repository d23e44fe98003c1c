import { setTimeout as sleep } from 'node:timers/promises'
import { mustBeActive } from '../auth/audience.ts'
import type { Ctx } from '../context.ts'
import { codeOf } from '../platform/db/database.ts'
import { notFound, refused, unavailable } from '../platform/errors.ts'
import { emitSql } from '../platform/events/emit.ts'
import type { Gate } from '../platform/http/endpoint.ts'
import { isoSql, renderSql } from '../platform/http/view.ts'
import { textFor } from '../users/queries.ts'
import { type Shown, shownBy, WebhookUser } from '../users/views.ts'
import { counted, type Side, sideOf, type Tie, type Told, toldIn } from './tie.ts'

/** One of two members, with what a decision may depend on. */
export type Person = {
  id: number
  status: 'a' | 'b'
  connectionRequests: 'ask' | 'refuse' | 'accept'
  quotaDay: string | null
  quotaUsed: number
}

/** Two members and what is between them. `next` is a fresh position, for a new request, connection or follow. */
export type Pair = { me: Person; other: Person; tie: Tie; next: number }

/** What an act decided: the tie as it is to be, what is told of it, and whether it spends one of today's requests. */
export type Change = { tie: Tie; tells: Told[]; spends?: boolean }

/** What acts on pairs need of their context. */
export type PairCtx = Pick<Ctx, 'kith' | 'db' | 'now' | 'community'>

type LookRow = {
  community: number
  next: number
  me_status: string
  me_requests: Person['connectionRequests']
  me_day: string | null
  me_used: number
  other_status: string
  other_requests: Person['connectionRequests']
  other_day: string | null
  other_used: number
  version: number | null
  state: number | null
  place: number | null
  request_id: number | null
  asked: boolean | null
  created: string | null
  viewed: string | null
  rejected: string | null
  following_place: number | null
  follower_place: number | null
  hidden_place: number | null
  their_hidden_place: number | null
}

const lookText = `select (select version from community) as community, nextval('relation_place') as next,
    m.status::text as me_status, m.connection_requests as me_requests, m.quota_day as me_day, m.quota_used as me_used,
    o.status::text as other_status, o.connection_requests as other_requests, o.quota_day as other_day, o.quota_used as other_used,
    r.version, r.state, r.place, r.request_id, r.asked, ${['created', 'viewed', 'rejected'].map((name) => `${isoSql(`r.${name}`)} as ${name}`).join(', ')},
    r.following_place, r.follower_place, r.hidden_place, t.hidden_place as their_hidden_place
  from users m
  join users o on o.id = $2
  left join relation r on r.member_id = $1 and r.other_id = $2
  left join relation t on t.member_id = $2 and t.other_id = $1
  where m.id = $1`

function readTie(row: LookRow, me: number, other: number): Tie {
  const states = {
    0: 'none',
    1: row.rejected ? 'rejected' : 'requested',
    2: 'requested',
    3: 'rejected',
    4: 'connected',
  }
  return {
    state: states[(row.state ?? 0) as keyof typeof states] as Tie['state'],
    asker: row.request_id === null ? null : row.asked ? me : other,
    requestId: row.request_id,
    created: row.created,
    viewed: row.viewed,
    rejected: row.rejected,
    place: row.place ?? 0,
    follows: { [me]: row.following_place, [other]: row.follower_place },
    hides: { [me]: row.hidden_place, [other]: row.their_hidden_place },
  }
}

/** SQL of what every event about two members carries. */
export const bothSql = (to: string, from: string) => `concat('{"to_user":', ${to}, ',"from_user":', ${from}, '}')`

const counters = Object.keys(counted) as (keyof typeof counted)[]

/**
 * The whole of an act in one statement: both members' counters, both rows of the pair, the events. Members are
 * locked first and in the order of their ids, so acts wait for each other but never in a circle. Whatever the act
 * relied on is a condition here; if one fails, nothing is written and the act is decided again.
 */
const applyText = (shown: Shown) =>
  textFor('apply', shown, () => {
    const add = (from: number) => counters.map((name, i) => `${name} = ${name} + $${from + i}::int`).join(', ')
    const quota = `quota_day = case when id = $31 then $33::date else quota_day end,
      quota_used = case when id <> coalesce($31::bigint, 0) then quota_used when quota_day = $33::date then quota_used + 1 else 1 end`
    const within = `(id <> coalesce($31::bigint, 0) or $32::int = 0 or quota_day is distinct from $33::date or quota_used < $32::int)`
    const columns = `member_id, other_id, version, state, place, request_id, asked, created, viewed, rejected,
      following_place, follower_place, hidden_place, hidden_by`
    const row = (
      member: string,
      other: string,
      state: string,
      asked: string,
      [following, follower, mine, theirs]: string[],
    ) =>
      `(${member}::bigint, ${other}::bigint, $3::int + 1, ${state}::smallint, $4::bigint, $5::bigint, ${asked}::boolean,
        $6::timestamptz, $7::timestamptz, $8::timestamptz, ${following}::bigint, ${follower}::bigint, ${mine}::bigint, ${theirs}::bigint is not null)`
    return `with lo as (
      update users set ${add(17)}, ${quota}
      where id = $1 and status = $37::"char" and ${within} returning *
    ), hi as (
      update users set ${add(24)}, ${quota}
      where id = $2 and status = $38::"char" and ${within} and exists (select from lo) returning *
    ), pair as (
      insert into relation (${columns})
      select * from (values
        ${row('$1', '$2', '$9', '$11', ['$13', '$14', '$15', '$16'])},
        ${row('$2', '$1', '$10', '$12', ['$14', '$13', '$16', '$15'])}) v
      where exists (select from hi) and (select version from community) = $39
      on conflict (member_id, other_id) do update set (version, state, place, request_id, asked, created, viewed,
          rejected, following_place, follower_place, hidden_place, hidden_by) = row(excluded.version, excluded.state,
          excluded.place, excluded.request_id, excluded.asked, excluded.created, excluded.viewed, excluded.rejected,
          excluded.following_place, excluded.follower_place, excluded.hidden_place, excluded.hidden_by)
        where relation.version = $3
      returning 1
    ), person as (
      select u.id, ${renderSql(WebhookUser, shown)} as data from (select * from lo union all select * from hi) u
      where cardinality($35::text[]) > 0
    ), told as (
      ${emitSql(
        `select e.type, ${bothSql('(select data from person where id <> e.from_id)', '(select data from person where id = e.from_id)')} as data
        from unnest($35::text[], $36::bigint[]) e(type, from_id) where (select count(*) from pair) = 2`,
        '$34::timestamptz',
      )}
    )
    select case when not exists (select from lo) then false
      when (select count(*) from hi) = 1 and (select count(*) from pair) = 2 then true
      else raise_conflict() end as done`
  })

/** Writes what was decided. False when something it was decided by has changed meanwhile. */
async function apply(ctx: PairCtx, pair: Pair, version: number, { tie, tells, spends }: Change): Promise<boolean> {
  const [lo, hi] = pair.me.id < pair.other.id ? [pair.me, pair.other] : [pair.other, pair.me]
  const before: [Side, Side] = [sideOf(pair.tie, lo.id, hi.id), sideOf(pair.tie, hi.id, lo.id)]
  const after: [Side, Side] = [sideOf(tie, lo.id, hi.id), sideOf(tie, hi.id, lo.id)]
  const deltas = (i: 0 | 1) => counters.map((name) => counted[name](after[i]) - counted[name](before[i]))
  const told = toldIn(ctx.community, tells)
  const values = [
    lo.id,
    hi.id,
    version,
    tie.place,
    tie.requestId,
    tie.created,
    tie.viewed,
    tie.rejected,
    after[0].state,
    after[1].state,
    after[0].asked,
    after[1].asked,
    after[0].following,
    after[1].following,
    after[0].hidden,
    after[1].hidden,
    ...deltas(0),
    ...deltas(1),
    spends ? pair.me.id : null,
    ctx.community.options['kith.connection_request_daily_quota'],
    ctx.now.toISOString().slice(0, 10),
    ctx.now.toISOString(),
    told.map(({ type }) => type),
    told.map(({ from }) => from),
    lo.status,
    hi.status,
    ctx.community.version,
  ]
  try {
    const [row] = await ctx.db.query<{ done: boolean }>(applyText(shownBy(ctx.community, true)), values)
    return row?.done === true
  } catch (error) {
    // KT001: found out halfway, all undone. The others: a deadlock or a clash, undone as well.
    if (['KT001', '40001', '40P01'].includes(codeOf(error) ?? '')) return false
    // A counter would fall below nothing. Of an outdated decision that is no wonder; else it is a drift.
    if (codeOf(error) === '23514' && (await readVersion(ctx, pair)) !== version) return false
    throw error
  }
}

async function readVersion({ db }: PairCtx, { me, other }: Pair): Promise<number> {
  const text = 'select version from relation where member_id = $1 and other_id = $2'
  const [row] = await db.query<{ version: number }>(text, [me.id, other.id])
  return row?.version ?? 0
}

/**
 * Reads what is between two members, lets `decide` say what is to be, and writes that with its counters and events
 * in one statement; again from the reading when somebody else was faster. Null from `decide` leaves all as it is.
 *
 * @param gate the mode the act belongs to; looked at again with every attempt, on the community as it then is
 * @param who whom the act is for: every member, or only those who are not blocked
 * @returns the tie as it is now
 */
export async function changePair(
  given: PairCtx,
  me: number,
  other: number,
  gate: Gate<PairCtx> | null,
  decide: (pair: Pair, community: PairCtx['community']) => Change | null,
  who: 'member' | 'active member' = 'active member',
): Promise<Tie> {
  if (me === other) throw refused('self', 'This cannot be done with yourself.')
  const ctx = { ...given }
  for (let attempt = 0; attempt < 40; attempt++) {
    // Many at once on one member: step aside for a moment, so that somebody gets through.
    if (attempt > 2) await sleep(Math.random() * 5 * attempt)
    const [row] = await ctx.db.query<LookRow>(lookText, [me, other])
    if (!row || row.other_status === 'd' || row.other_status === 'u') throw notFound('There is no member of this id.')
    if (row.me_status !== 'a' && row.me_status !== 'b') throw notFound('Your account is no longer here.')
    if (who === 'active member') mustBeActive({ status: row.me_status })
    if (row.community !== ctx.community.version) ctx.community = await ctx.kith.community.refresh()
    gate?.check(ctx)
    const pair: Pair = {
      me: {
        id: me,
        status: row.me_status,
        connectionRequests: row.me_requests,
        quotaDay: row.me_day,
        quotaUsed: row.me_used,
      },
      other: {
        id: other,
        status: row.other_status as Person['status'],
        connectionRequests: row.other_requests,
        quotaDay: row.other_day,
        quotaUsed: row.other_used,
      },
      tie: readTie(row, me, other),
      next: row.next,
    }
    const change = decide(pair, ctx.community)
    if (!change) return pair.tie
    if (await apply(ctx, pair, row.version ?? 0, change)) return change.tie
  }
  throw unavailable('Too many members are doing this at the same moment. Try again.')
}
