import type { Community } from '../community/state.ts'
import type { Database } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import { giveQuietly } from '../scores/settle.ts'
import { around, chance, createRandom, type Random, whole } from './random.ts'
import { soonAfter, span } from './span.ts'

const day = 86_400_000

/** What came of two members meeting: `from` asked, or follows. */
const fates = { connected: 0, open: 1, rejected: 2, follows: 3, mutual: 4 }

/** Who knows whom, in the order in which they met. Members are indexes in the order of joining. */
export type Ties = {
  length: number
  from: Int32Array
  to: Int32Array
  at: Float64Array
  fate: Uint8Array
  /** The friends of each member. */
  near: number[][]
}

/** The average number of friends of a member once the community is large enough. */
const friends = 20

/**
 * Draws who knows whom, as acquaintance grows: a newcomer gets to know some well-connected members, and then mostly
 * friends of those (Holme and Kim, 2002). So a few know very many, and friends of one know each other.
 */
function drawGraph(random: Random, members: number): { from: number[]; to: number[]; near: number[][] } {
  const each = Math.min((friends / 2) * 1.1, Math.max(1, members / 10))
  const near: number[][] = Array.from({ length: members }, () => [])
  const [from, to]: [number[], number[]] = [[], []]
  for (let i = 1; i < members; i++) {
    const wanted = Math.min(i, Math.max(1, Math.round(around(random, each))))
    const mine = near[i] as number[]
    const known = new Set([i])
    let through = -1
    for (let tried = 0; mine.length < wanted && tried < 20 * wanted; tried++) {
      const friend = through >= 0 && chance(random, 0.65)
      // Taking either end of a random connection picks members by how many they know.
      const tie = whole(random, from.length)
      const other = friend
        ? pickNear(random, near[through] as number[])
        : from.length && chance(random, 0.9)
          ? ((chance(random, 0.5) ? from[tie] : to[tie]) as number)
          : whole(random, i)
      if (known.has(other)) continue
      known.add(other)
      mine.push(other)
      near[other]?.push(i)
      from.push(i)
      to.push(other)
      if (!friend) through = other
    }
  }
  return { from, to, near }
}

const pickNear = (random: Random, near: number[]) => near[whole(random, near.length)] as number

/** Draws who knows whom, who asked, when, and what came of it, according to the community's mode. */
export function drawTies(seed: number, joined: Float64Array, { mode, connectionsEnabled, options }: Community): Ties {
  const graph = drawGraph(createRandom(seed, 'graph'), joined.length)
  const random = createRandom(seed, 'ties')
  const expiry = options['kith.connection_request_expiry_days']
  const all = connectionsEnabled ? graph.from.length : 0
  const drawn = {
    from: new Int32Array(all),
    to: new Int32Array(all),
    at: new Float64Array(all),
    fate: new Uint8Array(all),
  }
  for (let i = 0; i < all; i++) {
    const [newer, older] = [graph.from[i] as number, graph.to[i] as number]
    const asks = chance(random, 0.65)
    const at = soonAfter(random, joined[newer] as number, 60 * day)
    const age = (span - at) / day
    const luck = random()
    // Nobody has waited longer for an answer than the community allows.
    const waits = expiry === 0 || age < expiry * 0.9
    drawn.from[i] = asks ? newer : older
    drawn.to[i] = asks ? older : newer
    drawn.at[i] = at
    if (mode === 'follow') drawn.fate[i] = luck < 0.35 ? fates.mutual : fates.follows
    else if (waits && luck < (age < 45 ? 0.2 : 0.05)) drawn.fate[i] = fates.open
    else if (waits && luck > 0.97) drawn.fate[i] = fates.rejected
    else drawn.fate[i] = fates.connected
  }
  const order = Uint32Array.from(drawn.at, (_, i) => i).sort(
    (i, j) => (drawn.at[i] as number) - (drawn.at[j] as number),
  )
  return {
    length: all,
    from: Int32Array.from(order, (i) => drawn.from[i] as number),
    to: Int32Array.from(order, (i) => drawn.to[i] as number),
    at: Float64Array.from(order, (i) => drawn.at[i] as number),
    fate: Uint8Array.from(order, (i) => drawn.fate[i] as number),
    near: graph.near,
  }
}

/** Connections per transaction. */
export const tiesAtOnce = 10_000

const { open, rejected, follows, mutual } = fates

const writing = statement({
  name: 'seed: write ties',
  takes: { from: 'bigint[]', to: 'bigint[]', fate: 'smallint[]', at: 'float8[]', seen: 'float8[]' },
  gives: {},
  sql: ($) => `with tie as materialized (
    select a, b, fate, nextval('relation_place') as place,
      case when fate = ${mutual} then nextval('relation_place') end as back,
      case when fate < ${follows} then to_timestamp(at / 1000) end as created,
      case when seen is not null then to_timestamp(seen / 1000) end as viewed,
      case when fate = ${rejected} then to_timestamp(seen / 1000) end as rejected
    from (select * from unnest(${$.from}, ${$.to}, ${$.fate}, ${$.at}, ${$.seen})
      with ordinality tie(a, b, fate, at, seen, n) order by n) tie
  ), made as (
    insert into relation (member_id, other_id, version, state, place, request_id, asked, created, viewed, rejected,
      following_place, follower_place)
    select case when asks then a else b end, case when asks then b else a end, 1,
      case when fate >= ${follows} then 0 when fate = 0 then 4 when asks then 1 when fate = ${open} then 2 else 3 end,
      case when fate >= ${follows} then 0 else place end, case when fate < ${follows} then place end,
      asks and fate < ${follows}, created, viewed, rejected,
      case when fate >= ${follows} then case when asks then place else back end end,
      case when fate >= ${follows} then case when asks then back else place end end
    from tie, unnest(array[true, false]) asks
    returning member_id, state, following_place, follower_place
  )
  update users u set connections = u.connections + d.connections, requests_sent = requests_sent + d.sent,
    requests_received = requests_received + d.received, requests_rejected = requests_rejected + d.rejected,
    followings = u.followings + d.followings, followers = u.followers + d.followers
  from (
    select member_id, (count(*) filter (where state = 4))::int as connections,
      (count(*) filter (where state = 1))::int as sent, (count(*) filter (where state = 2))::int as received,
      (count(*) filter (where state = 3))::int as rejected, count(following_place)::int as followings,
      count(follower_place)::int as followers
    from made group by member_id
  ) d where u.id = d.member_id`,
})

/** Writes some of the connections, from one index up to another: both rows of each, and the counters. */
export async function writeTies(
  db: Database,
  start: number,
  ties: Ties,
  ids: number[],
  [begin, end]: [number, number],
  random: Random,
): Promise<void> {
  const slice = <T extends Int32Array | Float64Array | Uint8Array>(from: T) => [...from.subarray(begin, end)]
  const at = slice(ties.at)
  const fate = slice(ties.fate)
  const seen = at.map((time, i) => {
    const answered = fate[i] === fates.connected || fate[i] === fates.rejected
    const viewed = answered || (fate[i] === fates.open && chance(random, 0.5))
    return viewed ? start + soonAfter(random, time, 3 * day) : null
  })
  const idOf = (member: number) => ids[member] as number
  const values = {
    from: slice(ties.from).map(idOf),
    to: slice(ties.to).map(idOf),
    fate,
    at: at.map((time) => start + time),
    seen,
  }
  await db.transaction(async (tx) => {
    await tx.query(`set local statement_timeout = '10min'`)
    await giveQuietly(tx)
    await writing.rows(tx, values)
  })
}
