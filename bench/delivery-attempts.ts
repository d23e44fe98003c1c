import assert from 'node:assert/strict'
import { tallyEvents } from '../src/eventlog/tally.ts'
import type { Database } from '../src/platform/db/database.ts'
import { type At, castDatabase, dropDatabase, type Mould, members, subscribe, type } from './delivery-endpoints.ts'
import type { FloorQuestion } from './delivery-floor.ts'
import { startHelper } from './delivery-processes.ts'
import { get } from './load.ts'
import { compare, type Measuring, measure, type Result } from './measure.ts'
import { type Server, startKith } from './servers.ts'
import { createTokenBook } from './sources.ts'
import { figure, judged, printTable } from './table.ts'

type Options = Measuring & { quick: boolean; attempts: number }

/** So many endpoints share all the attempts. */
const receivers = 10
const days = 30

/** A community with so many attempts behind it, and who serves it. */
type Log = { name: string; db: Database; kith: Server; attempts: number; endpoints: number; events: number }

const eventsText = `insert into event (id, type, created, body, txid, audience)
  select nextval('event_id'), $1::text, at, concat('{"event_id":', currval('event_id'), ',"type":"', $1::text, '","created":',
      extract(epoch from at), ',"data":', $2::text, '}')::json, pg_current_xact_id(), 1
  from (select $3::timestamptz + (n + 0.5) * interval '1 day' / $4::int as at from generate_series(0, $4::int - 1) n offset 0) e`

/** A day of attempts: every event of it once at each receiver, one in twenty of them in vain. */
const dayText = (
  name: string,
) => `insert into ${name} (id, endpoint_id, event_id, sent_at, digests, code, response, ms, next_retry)
  select nextval('webhook_attempt_id'), r.id, e.id, e.sent_at, sha256(int8send(e.id)),
    case when failed then 500 else 204 end, case when failed then 'Internal Server Error' else '' end, 12,
    case when failed then e.sent_at + interval '5 seconds' end
  from (select e.id, e.created + interval '3.25 milliseconds' as sent_at from event e where created >= $1 and created < $1::timestamptz + interval '1 day' order by id) e,
    unnest($2::bigint[]) r(id), lateral (select (e.id + r.id) % 20 = 0 as failed) f`

/** Fills days before today, each table whole before it is attached: its indexes are then made at once. */
async function fillLog(db: Database, mould: Mould, ids: number[], attempts: number, say: (what: string) => void) {
  const perDay = Math.ceil(attempts / receivers / days)
  const midnight = Date.now() - (Date.now() % 86_400_000)
  for (let day = days; day > 0; day--) {
    say(`attempts: filling in ${figure(attempts)}, ${day} days to go`)
    const from = new Date(midnight - day * 86_400_000).toISOString()
    const to = new Date(midnight - (day - 1) * 86_400_000).toISOString()
    const name = `webhook_attempt_${from.slice(0, 10).replaceAll('-', '')}`
    await db.query(eventsText, [type, mould.data, from, perDay])
    await db.query(`create table ${name} (like webhook_attempt including defaults)`)
    await db.query(dayText(name), [from, ids])
    await db.query(`alter table webhook_attempt attach partition ${name} for values from ('${from}') to ('${to}')`)
  }
  await db.query('update webhook_lane set attempts = $1 where endpoint_id = any($2)', [perDay * days, ids])
  say('attempts: counting and cleaning up')
  // A block of transactions is counted once it has passed.
  await db.pool.query(`do $$ begin
    set synchronous_commit = off;
    for i in 1..16500 loop perform pg_current_xact_id(); commit; end loop;
    set synchronous_commit = on;
  end $$`)
  await tallyEvents(db)
  await db.query('vacuum analyze')
  await db.query('checkpoint')
  return perDay * days
}

async function createLog(
  dir: string,
  at: At,
  mould: Mould,
  attempts: number,
  endpoints: number,
  say: (what: string) => void,
): Promise<Log & { url: string }> {
  const name = `attempts_${attempts}`
  const { url, db } = await castDatabase(at, mould, name)
  const ids = await subscribe(
    db,
    Array.from({ length: endpoints }, (_, i) => 1_024 + i),
  )
  const events = await fillLog(db, mould, ids.slice(0, receivers), attempts, say)
  const kith = await startKith(dir, url, { KITH_DELIVERY: 'off', KITH_WEBHOOK_LOG_DAYS: '60' })
  return { name, url, db, kith, attempts: events * receivers, endpoints, events }
}

type Page = { next: string | null; results: object[] }

/** A list: its name, where it is, and how long it is. */
type Case = [name: string, list: (log: Log) => { path: string; query: string; length: number }]

const cases: Case[] = [
  ...['-created_at', 'created_at', 'sent_at', '-next_retry', 'next_retry'].map(
    (ordering): Case => [
      `attempts, ${ordering}`,
      ({ events }) => ({ path: '/api/v2/webhook/endpoint/2/attempt/', query: `ordering=${ordering}`, length: events }),
    ],
  ),
  ...['-created_at', '-updated_at', 'is_active'].map(
    (ordering): Case => [
      `endpoints, ${ordering}`,
      ({ endpoints }) => ({ path: '/api/v2/webhook/endpoint/', query: `ordering=${ordering}`, length: endpoints }),
    ],
  ),
  ['events', ({ events }) => ({ path: '/api/v2/events/', query: '', length: events })],
]

const inQuick = new Set(['attempts, -created_at', 'attempts, -next_retry', 'events'])

const heads = ['', 'p50 ms', 'p50 ms', 'p99 ms', 'ratio', 'CPU ms: node', 'PostgreSQL', 'CPU ratio', 'CPU/floor', 'aim']

/** Lists about webhooks, in a small log and in a large one. */
export async function benchAttempts(dir: string, at: At, mould: Mould, options: Options): Promise<void> {
  const { quick, say } = options
  const logs = [
    await createLog(dir, at, mould, 10_000, 100, say),
    await createLog(dir, at, mould, options.attempts, quick ? 1_000 : 10_000, say),
  ]
  const [small, large] = logs as [Log & { url: string }, Log & { url: string }]
  const floor = startHelper('delivery-floor')
  const floorPort = await floor.ask<number>({ url: large.url } satisfies FloorQuestion)
  const token = (await createTokenBook([members])).get(members) as string

  async function ask(port: number, path: string): Promise<Page> {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${token}` } })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as Page
  }
  /** The page in the middle, as its cursor names it. */
  async function deep(log: Log, path: string, query: string, length: number): Promise<string> {
    const offset = Math.floor(length / 40) * 20
    const { next } = await ask(log.kith.port, `${path}?limit=20&offset=${offset}&${query}`)
    return (next as string).replace(/^http:\/\/[^/]+/, '')
  }

  // The floor is one only as long as it gives the same answers.
  const floorPaths = { attempts: '/attempts/2', endpoints: '/endpoints', events: '/events' }
  for (const [kind, path] of [
    ['attempts', '/api/v2/webhook/endpoint/2/attempt/'],
    ['endpoints', '/api/v2/webhook/endpoint/'],
    ['events', '/api/v2/events/'],
  ] as const)
    assert.deepStrictEqual((await ask(floorPort, floorPaths[kind])).results, (await ask(large.kith.port, path)).results)

  const measuring = { ...options, connections: 1, rounds: quick ? 1 : 3, seconds: quick ? 0.25 : 2 }
  const on = ({ kith }: Log, path: string) => ({ port: kith.port, pid: kith.pid, source: () => get(path, token) })
  const rows: string[][] = []
  async function row(name: string, kind: keyof typeof floorPaths, paths: [string, string]): Promise<void> {
    const results = await measure(
      `attempts: ${name}`,
      [
        on(small, paths[0]),
        on(large, paths[1]),
        { port: floorPort, pid: floor.pid, source: () => get(floorPaths[kind]) },
      ],
      measuring,
    )
    const [few, many, bare] = results as [Result, Result, Result]
    rows.push([
      name,
      ...[figure(few.p50, 2), figure(many.p50, 2), figure(many.p99, 2), figure(many.p50 / few.p50, 2)],
      ...[figure(many.nodeMs, 2), figure(many.postgresMs, 2)],
      ...[figure(1 / compare(many, few).cpu, 2), figure(1 / compare(many, bare).cpu, 2)],
      kind === 'attempts' ? judged(many.p99 <= 10, 'p99 <= 10 ms') : '',
    ])
  }
  for (const [name, askFor] of quick ? cases.filter(([name]) => inQuick.has(name)) : cases) {
    const kind = name.split(',')[0] as keyof typeof floorPaths
    const [a, b] = [askFor(small), askFor(large)]
    await row(`${name}: page 1`, kind, [`${a.path}?${a.query}`, `${b.path}?${b.query}`])
    const middle = [await deep(small, a.path, a.query, a.length), await deep(large, b.path, b.query, b.length)] as const
    await row(`${name}: page in the middle`, kind, [...middle])
  }
  const eventOf = (log: Log) => `/api/v2/webhook/endpoint/2/attempt/?event=${Math.floor(log.events / 2)}`
  await row('attempts at one event', 'attempts', [eventOf(small), eventOf(large)])

  await floor.stop()
  for (const { kith, db, name } of logs) {
    await kith.stop()
    await db.close()
    await dropDatabase(at, name)
  }
  say('')
  const sizes = ({ attempts, endpoints, events }: Log) =>
    `${figure(attempts)} attempts of ${receivers} endpoints, ${figure(endpoints)} endpoints, ${figure(events)} events`
  printTable(`Pages of 20, one at a time: ${sizes(small)}; and ${sizes(large)}`, heads, rows)
}
