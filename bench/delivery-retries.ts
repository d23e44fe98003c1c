import pg from 'pg'
import type { Database } from '../src/platform/db/database.ts'
import {
  type At,
  attempts,
  castDatabase,
  dropDatabase,
  lanesTaken,
  type Mould,
  subscribe,
  tellMany,
  written,
} from './delivery-endpoints.ts'
import { cellsOf, createTelling, type Spread, spreadOf } from './delivery-latency.ts'
import { type Helper, startHelper, startWork, watchOthers } from './delivery-processes.ts'
import type { Behaviour, SinkQuestion } from './delivery-sink.ts'
import { median } from './load.ts'
import type { Measuring } from './measure.ts'
import type { Watched } from './processes.ts'
import { figure, judged, printTable } from './table.ts'

type Options = Measuring & { quick: boolean; nodeArgs: string[] }

const endpoints = 100
/** What the endpoints with many retries are subscribed to: nothing that is told while these are looked at. */
const otherType = 'connection.deleted'
/** Events a second while the latency is looked at. */
const modest = 200

const listen = (sink: Helper, behaviour: Behaviour, n: number) =>
  sink.ask<number[]>({ do: 'listen', behaviour, n } satisfies SinkQuestion)

/** Rows for every endpoint and event, as a first attempt leaves them: due one after the other from soon on, 278 a second. */
async function schedule(db: Database, ids: number[], rows: number): Promise<void> {
  const seconds = rows / 278
  await db.query(
    `insert into webhook_delivery (endpoint_id, event_id, replay, run, attempts, due_at)
     select endpoint, e.id, false, 0, 1, now() + interval '5 seconds' + (e.n * $2::int + place) * $3::float8 * interval '1 second'
     from (select id, row_number() over (order by id) - 1 as n from event order by id limit $4) e,
       unnest($1::bigint[]) with ordinality t(endpoint, place)`,
    [ids, ids.length, seconds / rows, rows / ids.length],
  )
  await db.query('vacuum analyze webhook_delivery')
  // Those that come due meanwhile are gone then: when they were due is kept.
  await db.query(
    `create table bench_due as select endpoint_id, event_id, due_at from webhook_delivery where due_at < now() + interval '10 minutes'`,
  )
}

/** How late, in ms, attempts were that had a row with a moment. */
async function lateRows(db: Database): Promise<Spread> {
  const rows = await db.query<{ ms: number }>(
    `select (extract(epoch from a.sent_at - d.due_at) * 1000)::float8 as ms
     from bench_due d join webhook_attempt a using (endpoint_id, event_id)
     where d.due_at < now() - interval '1 second'`,
  )
  const [due] = await db.query<{ n: number }>(
    `select count(*)::int as n from bench_due where due_at < now() - interval '1 second'`,
  )
  if (!due?.n || rows.length < due.n * 0.5)
    throw new Error(`Of ${due?.n} attempts that were due, ${rows.length} were made.`)
  return spreadOf(rows.map(({ ms }) => ms))
}

/** How late second attempts were after the first had failed. */
async function lateRetries(db: Database): Promise<Spread> {
  const rows = await db.query<{ ms: number }>(
    `select (extract(epoch from second.sent_at - first.next_retry) * 1000)::float8 as ms
     from webhook_attempt first join webhook_attempt second using (endpoint_id, event_id)
     where first.next_retry is not null and second.id > first.id`,
  )
  return spreadOf(rows.map(({ ms }) => ms))
}

/** A new event, and attempts that are due, in front of so many that are not. */
async function besideMany(
  dir: string,
  at: At,
  mould: Mould,
  { quick, say, nodeArgs, postgres }: Options,
): Promise<() => void> {
  const rows = quick ? 100_000 : 1_000_000
  const { url, db } = await castDatabase(at, mould, 'retries')
  const sink = startHelper('delivery-sink')
  const [good, many, flaky] = [
    await listen(sink, 'good', 1),
    startHelper('delivery-sink'),
    startHelper('delivery-sink'),
  ]
  // Told beforehand: events that the rows are of. Nobody listened then.
  say('retries: making events')
  await tellMany(db, rows / endpoints, mould.data)
  const busy = await subscribe(db, await listen(many, 'good', endpoints), [otherType])
  const [looked] = await subscribe(db, good)
  const work = await startWork(dir, url, {}, nodeArgs)
  await lanesTaken(db)
  const telling = await createTelling(url, db, sink)
  const seconds = quick ? 2 : 10
  await telling.run(mould.data, modest, 1)
  say('retries: latency without any')
  const before = await telling.run(mould.data, modest, seconds)

  say(`retries: making ${figure(rows)}`)
  await schedule(db, [...busy.slice(1), looked as number], rows)
  say('retries: latency beside them')
  // One that fails at every event's first attempt, told of a few at a time.
  await subscribe(db, await listen(flaky, 'flaky', 1))
  const watched = watchOthers(postgres)
  const after = await telling.run(mould.data, modest, quick ? 7 : 30)
  watched()
  const [late, retried] = [await lateRows(db), await lateRetries(db)]
  await telling.stop()
  await work.kill()
  for (const each of [sink, many, flaky]) await each.stop()
  await db.close()
  await dropDatabase(at, 'retries')
  return () => {
    const heads = ['', 'n', 'p50', 'p99', 'most', 'aim']
    const row = (name: string, spread: Spread, aim = '') => [name, figure(spread.n), ...cellsOf(spread), aim]
    // After 5 seconds, five in a hundred are 250 ms.
    const inTime = ({ p99 }: Spread) => judged(p99 <= 250, 'p99 <= max(50 ms, 5 %) = 250')
    printTable(`${figure(rows)} deliveries to be tried again, ms`, heads, [
      row('commit to first byte, none of them there', before.commit),
      row('commit to first byte, all of them there', after.commit),
      row('second attempts begun after they were due, of rows', late, inTime(late)),
      row('second attempts begun after they were due, of failures', retried, inTime(retried)),
    ])
  }
}

/** Bursts, one after the other: how fast each went. */
async function bursts(
  db: Database,
  sink: Helper,
  mould: Mould,
  n: number,
  times: number,
  postgres: Watched,
): Promise<number[]> {
  const rates: number[] = []
  for (let i = 0; i < times; i++) {
    const from = await attempts(db)
    const watched = watchOthers(postgres)
    let began = 0
    const arrived = sink.ask({ do: 'await', n } satisfies SinkQuestion)
    await tellMany(db, n / endpoints, mould.data, () => {
      began = performance.now()
    })
    await arrived
    await written(db, from + n)
    rates.push((n * 1000) / (performance.now() - began))
    watched()
  }
  return rates
}

const laneText = `select n_dead_tup::int as dead, pg_total_relation_size('webhook_lane') / 1024 as kb
  from pg_stat_user_tables where relname = 'webhook_lane'`

/** Deliveries while somebody holds a snapshot, so that no version of a row can be cleaned up. */
async function besideSnapshot(
  dir: string,
  at: At,
  mould: Mould,
  { quick, say, nodeArgs, postgres }: Options,
): Promise<() => void> {
  const { url, db } = await castDatabase(at, mould, 'snapshot')
  const sink = startHelper('delivery-sink')
  await subscribe(db, await listen(sink, 'good', endpoints))
  const work = await startWork(dir, url, {}, nodeArgs)
  await lanesTaken(db)
  const [n, times] = quick ? [4_000, 2] : [20_000, 6]
  say('retries: bursts, getting warm')
  await bursts(db, sink, mould, n, quick ? 1 : 2, postgres)
  say('retries: bursts')
  const free = await bursts(db, sink, mould, n, times, postgres)
  const holder = new pg.Client(url)
  await holder.connect()
  await holder.query('begin isolation level repeatable read')
  await holder.query('select count(*) from webhook_lane')
  say('retries: bursts while a snapshot is held')
  const held = await bursts(db, sink, mould, n, times, postgres)
  const [lane] = await db.query<{ dead: number; kb: number }>(laneText)
  await holder.end()
  // Again without, so that what the machine did meanwhile is not taken for the snapshot's doing.
  free.push(...(await bursts(db, sink, mould, n, times, postgres)))
  await work.kill()
  await sink.stop()
  await db.close()
  await dropDatabase(at, 'snapshot')
  return () => {
    const last = held.slice(-Math.ceil(times / 2))
    const share = median(last) / median(free)
    const row = (name: string, rates: number[]) => [
      name,
      ...[rates[0], median(rates), rates.at(-1)].map((r) => figure(r as number)),
    ]
    printTable(
      `Deliveries to ${endpoints} endpoints while a REPEATABLE READ transaction is open, per s`,
      ['', 'first burst', 'median', 'last burst', 'ratio', 'aim'],
      [
        row('nobody holds one, before and after', free),
        [...row('a snapshot is held, between', held), figure(share, 2), judged(share >= 0.95, '>= 0.95, second half')],
      ],
    )
    console.log(
      `\n  webhook_lane after ${figure(n * times)} deliveries: ${figure(lane?.dead ?? 0)} dead rows, ${figure(lane?.kb ?? 0)} kB`,
    )
  }
}

/** What waits must not slow down what comes, and what is due must begin in time. */
export async function benchRetries(dir: string, at: At, mould: Mould, options: Options): Promise<void> {
  const prints = [await besideMany(dir, at, mould, options), await besideSnapshot(dir, at, mould, options)]
  options.say('')
  for (const print of prints) print()
}
