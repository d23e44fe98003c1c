import type { Db } from '../../platform/db/database.ts'
import { statement } from '../../platform/sql/statement.ts'
import { readRanges } from '../log/ranges.ts'
import type { Health, Lane } from './lane.ts'

/** How long a node holds its lanes without a heartbeat, and how often it sends one. */
export const lease = { seconds: 10, heartbeat: 1_500, margin: 1_000 }

/** SQL of whether a node is alive: until its lease ends, or until its database session does. */
const aliveSql = (n: string) => `(${n}.until > now() and (${n}.backend is null or exists (
  select from pg_stat_activity a where a.pid = ${n}.backend and a.backend_start = ${n}.backend_start)))`

const heartbeating = statement({
  name: 'delivery: a sign of life',
  takes: { node: 'text', seconds: 'float8', backend: 'int?' },
  gives: { id: 'text' },
  sql: ($) => `with mine as (
    insert into webhook_node (id, until, backend, backend_start)
    values (${$.node}, now() + make_interval(secs => ${$.seconds}), ${$.backend},
      (select backend_start from pg_stat_activity where pid = ${$.backend}))
    on conflict (id) do update set until = excluded.until, backend = excluded.backend, backend_start = excluded.backend_start
    returning id
  ), forgotten as (
    delete from webhook_node where until < now() - interval '1 hour'
  )
  select id from webhook_node n where id <> ${$.node} and ${aliveSql('n')} union all select id from mine`,
})

/**
 * Sends a heartbeat.
 * @param backend the process id of this node's own database session, or null
 * @returns all nodes alive, this one among them
 */
export async function heartbeat(db: Db, node: string, backend: number | null): Promise<string[]> {
  return (await heartbeating.rows(db, { node, seconds: lease.seconds, backend })).map(({ id }) => id)
}

/**
 * Which node should drive a lane. Every node gets the same answer, and few lanes move when a node comes or goes
 * (rendezvous hashing).
 */
export function ownerOf(endpoint: number, nodes: string[]): string | undefined {
  let best: string | undefined
  let most = -1
  for (const node of nodes) {
    const score = mix(endpoint, node)
    if (score > most || (score === most && node < (best as string))) {
      best = node
      most = score
    }
  }
  return best
}

/** FNV-1a of both, with its bits mixed so that similar inputs end far apart. */
function mix(endpoint: number, node: string): number {
  let hash = 2166136261
  const text = `${endpoint} ${node}`
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

export type LaneRow = { endpoint_id: number; owner: string | null; epoch: number }

const reading = statement({
  name: 'delivery: lanes and who drives them',
  takes: {},
  gives: { endpoint_id: 'bigint', owner: 'text?', epoch: 'int' },
  sql: () => `with alive as (select id from webhook_node n where ${aliveSql('n')})
     select l.endpoint_id, a.id as owner, l.epoch from webhook_lane l left join alive a on a.id = l.owner`,
})

/** Every lane with its owner; null if no living node drives it. */
export const readLanes = (db: Db): Promise<LaneRow[]> => reading.rows(db, {})

export type Claimed = { endpoint: number; epoch: number; base: Lane['base']; health: Health }

const msSql = (column: string) => `(extract(epoch from l.${column}) * 1000)::float8 as ${column}`

const claiming = statement({
  name: 'delivery: take lanes',
  takes: { node: 'text', endpoints: 'bigint[]' },
  gives: {
    ...{ endpoint_id: 'bigint', epoch: 'int', position: 'bigint', holes: 'text', failures: 'int' },
    ...{ failing_since: 'float8?', succeeded_at: 'float8?', paused: 'boolean', probe_at: 'float8?' },
  },
  sql: ($) => `update webhook_lane l set owner = ${$.node}, epoch = l.epoch + 1, written = 0
  where l.endpoint_id = any(${$.endpoints})
    and (l.owner is null or l.owner = ${$.node}
      or not exists (select from webhook_node n where n.id = l.owner and ${aliveSql('n')}))
  returning l.endpoint_id, l.epoch, l.position, l.holes::text as holes, l.failures, ${msSql('failing_since')},
    ${msSql('succeeded_at')}, l.paused, ${msSql('probe_at')}`,
})

/** Takes lanes that no living node drives. */
export async function claim(db: Db, node: string, endpoints: number[]): Promise<Claimed[]> {
  const rows = await claiming.rows(db, { node, endpoints })
  return rows.map((row) => ({
    endpoint: row.endpoint_id,
    epoch: row.epoch,
    base: { position: row.position, holes: readRanges(row.holes) },
    health: {
      failures: row.failures,
      failingSince: row.failing_since,
      succeededAt: row.succeeded_at,
      paused: row.paused,
      probeAt: row.probe_at,
    },
  }))
}

const releasing = statement({
  name: 'delivery: give lanes back',
  takes: { node: 'text', endpoints: 'bigint[]', epochs: 'int[]' },
  gives: {},
  sql: ($) => `update webhook_lane l set owner = null from unnest(${$.endpoints}, ${$.epochs}) v(endpoint_id, epoch)
     where l.endpoint_id = v.endpoint_id and l.epoch = v.epoch and l.owner = ${$.node}`,
})

/** Releases lanes, if they are still ours. */
export async function release(
  db: Db,
  node: string,
  lanes: { receiver: { id: number }; epoch: number }[],
): Promise<void> {
  const endpoints = lanes.map(({ receiver }) => receiver.id)
  await releasing.rows(db, { node, endpoints, epochs: lanes.map(({ epoch }) => epoch) })
}

const leaving = statement({
  name: 'delivery: a node goes',
  takes: { node: 'text' },
  gives: {},
  sql: ($) => `delete from webhook_node where id = ${$.node}`,
})

/** Unregisters this node: it holds no lane any more. */
export async function leave(db: Db, node: string): Promise<void> {
  await leaving.rows(db, { node })
}
