import type { Database } from '../src/platform/db/database.ts'
import { findStrangers } from './community.ts'
import {
  type At,
  attempts,
  castDatabase,
  dropDatabase,
  lanesTaken,
  type Mould,
  members,
  subscribe,
  tellMany,
  type,
  written,
} from './delivery-endpoints.ts'
import { createAsking, pace, wallClock } from './delivery-pace.ts'
import { deliverySettings, type Helper, startHelper, startWork, watchOthers } from './delivery-processes.ts'
import type { Records, SinkQuestion } from './delivery-sink.ts'
import type { TellerQuestion, Told } from './delivery-teller.ts'
import { get, quantile } from './load.ts'
import type { Measuring } from './measure.ts'
import { startKith } from './servers.ts'
import { createTokenBook, kithWrite } from './sources.ts'
import { figure, judged, printTable } from './table.ts'

type Options = Measuring & { quick: boolean; nodeArgs: string[] }

/** Moments, in ms: how many, and how they are spread. */
export type Spread = { n: number; p50: number; p99: number; most: number }

export function spreadOf(values: Iterable<number>): Spread {
  const sorted = Float64Array.from(values).sort()
  const at = (q: number) => quantile(sorted, q)
  return { n: sorted.length, p50: at(0.5), p99: at(0.99), most: sorted.at(-1) ?? Number.NaN }
}

export const cellsOf = ({ p50, p99, most }: Spread) => [p50, p99, most].map((each) => figure(each, 1))

/** A teller beside a sink: tells events at a pace, and says how long each took to arrive. */
export async function createTelling(url: string, db: Database, sink: Helper) {
  const teller = startHelper('delivery-teller')
  const tell = (question: TellerQuestion) => teller.ask<Told>(question)
  await tell({ do: 'open', url })
  return {
    /** The time from the acknowledged commit, and from the beginning of the statement, to the first byte. */
    async run(data: string, rate: number, seconds: number): Promise<{ commit: Spread; begin: Spread }> {
      await sink.ask({ do: 'record' } satisfies SinkQuestion)
      const told = await tell({ do: 'tell', type, data, rate, seconds })
      const events = told.filter((_each, i) => i % 3 === 0)
      return latencies(told, await sink.ask<Records>({ do: 'take', events } satisfies SinkQuestion))
    },
    /** Tells at a pace, and looks at nothing. */
    fill: (data: string, rate: number, seconds: number) => tell({ do: 'tell', type, data, rate, seconds }),
    written: (n: number) => written(db, n),
    stop: () => teller.stop(),
  }
}

function latencies(told: Told, records: Records): { commit: Spread; begin: Spread } {
  const arrivals = new Map<number, number>()
  for (let i = 0; i < records.length; i += 2) {
    const [event, at] = [records[i] as number, records[i + 1] as number]
    arrivals.set(event, Math.min(arrivals.get(event) ?? at, at))
  }
  const [commit, begin]: [number[], number[]] = [[], []]
  for (let i = 0; i < told.length; i += 3) {
    const [event, begun, acknowledged] = told.slice(i, i + 3) as unknown as [number, number, number]
    const at = arrivals.get(event)
    if (at === undefined) throw new Error(`Event ${event} did not arrive.`)
    // Whoever delivers may have read it before its commit was acknowledged here.
    commit.push(Math.max(0, at - acknowledged))
    begin.push(at - begun)
  }
  return { commit: spreadOf(commit), begin: spreadOf(begin) }
}

const listen = (sink: Helper, n: number) =>
  sink.ask<number[]>({ do: 'listen', behaviour: 'good', n } satisfies SinkQuestion)

/** Another node delivers: events come by SQL and pg_notify. */
async function fromStatements(dir: string, at: At, mould: Mould, { quick, say, postgres }: Options): Promise<string[]> {
  const { url, db } = await castDatabase(at, mould, 'latency_sql')
  const sink = startHelper('delivery-sink')
  await subscribe(db, await listen(sink, 1))
  const work = await startWork(dir, url)
  await lanesTaken(db)
  const telling = await createTelling(url, db, sink)
  say('latency: getting warm')
  await telling.run(mould.data, 1_000, quick ? 1 : 4)
  say('latency: 1,000 events a second by SQL, delivered by another process')
  const watched = watchOthers(postgres)
  const { commit, begin } = await telling.run(mould.data, 1_000, quick ? 2 : 10)
  watched()
  await telling.stop()
  await work.stop()
  await sink.stop()
  await db.close()
  await dropDatabase(at, 'latency_sql')
  const aim = judged(commit.p99 <= 20, 'p99 <= 20 ms')
  return ['SQL, 1,000 events/s, delivered by another node', ...cellsOf(commit), figure(begin.p99, 1), aim]
}

/** From the acknowledged answer of a request to the first byte of its webhook. */
async function fromRequests(dir: string, at: At, mould: Mould, { quick, say, postgres }: Options): Promise<string[]> {
  const { url, db } = await castDatabase(at, mould, 'latency_http')
  const sink = startHelper('delivery-sink')
  await subscribe(db, await listen(sink, 1))
  const kith = await startKith(dir, url, deliverySettings)
  await lanesTaken(db)
  const probes = Array.from({ length: members }, (_, i) => i + 1)
  const community = { url, db, scale: { members }, probes } as unknown as Parameters<typeof findStrangers>[0]
  const strangers = await findStrangers(community, 60_000)
  const tokens = await createTokenBook(probes)
  const asking = createAsking(kith.port, 16)
  await asking.open()

  /** Each pair asks once, so that an event can be told from others by its two members. */
  async function run(rate: number, seconds: number): Promise<Spread> {
    await sink.ask({ do: 'record' } satisfies SinkQuestion)
    const answered = new Map<string, number>()
    await pace(rate, seconds, async () => {
      const [from, to] = strangers.pop() as [number, number]
      await asking.ask(kithWrite(tokens.get(from) as string, to, true))
      answered.set(`${from} ${to}`, wallClock())
    })
    const rows = await db.query<{ id: number; from: number; to: number }>(
      `select id, (body #>> '{data,from_user,id}')::int as "from", (body #>> '{data,to_user,id}')::int as "to"
       from event order by id desc limit $1`,
      [Math.round(rate * seconds)],
    )
    const events = Float64Array.from(rows, ({ id }) => id)
    const records = await sink.ask<Records>({ do: 'take', events } satisfies SinkQuestion)
    const pairs = new Map(rows.map(({ id, from, to }) => [id, `${from} ${to}`]))
    const took: number[] = []
    for (let i = 0; i < records.length; i += 2) {
      const acknowledged = answered.get(pairs.get(records[i] as number) ?? '')
      if (acknowledged !== undefined) took.push(Math.max(0, (records[i + 1] as number) - acknowledged))
    }
    return spreadOf(took)
  }
  /** How many it can take, a few at a time. */
  async function findRate(): Promise<number> {
    let n = 0
    const end = performance.now() + (quick ? 800 : 2_000)
    const one = async () => {
      while (performance.now() < end) {
        const [from, to] = strangers.pop() as [number, number]
        await asking.ask(kithWrite(tokens.get(from) as string, to, true))
        n++
      }
    }
    const began = performance.now()
    await Promise.all(Array.from({ length: 8 }, one))
    await sink.ask({ do: 'await', n } satisfies SinkQuestion)
    return (n * 1000) / (performance.now() - began)
  }
  say('latency: requests, how many there may be')
  await findRate()
  const most = await findRate()
  const rate = Math.min(1_000, Math.round(most / 2))
  say(`latency: ${rate} requests a second`)
  const watched = watchOthers(postgres, [kith.pid])
  const commit = await run(rate, quick ? 2 : 10)
  watched()
  asking.close()
  await kith.stop()
  await sink.stop()
  await db.close()
  await dropDatabase(at, 'latency_http')
  const aim = judged(commit.p99 <= 20, 'p99 <= 20 ms')
  return [`HTTP, ${figure(rate)} requests/s of ${figure(most)} at most, same node`, ...cellsOf(commit), '', aim]
}

/** What a member feels of the deliveries: /user/me/ with and without thousands of them a second. */
async function besideRequests(
  dir: string,
  at: At,
  mould: Mould,
  { quick, say, postgres }: Options,
): Promise<() => void> {
  const { url, db } = await castDatabase(at, mould, 'latency_api')
  const sink = startHelper('delivery-sink')
  const endpoints = 50
  await subscribe(db, await listen(sink, endpoints))
  const kith = await startKith(dir, url, deliverySettings)
  await lanesTaken(db)
  const telling = await createTelling(url, db, sink)
  const tokens = await createTokenBook([1, 2, 3])
  const asking = createAsking(kith.port, 16)
  await asking.open()
  const seconds = quick ? 1.5 : 8
  async function ask(): Promise<number[]> {
    const took: number[] = []
    await pace(200, seconds, async (due) => {
      await asking.ask(get('/api/v2/user/me/', tokens.get(1)))
      took.push(wallClock() - due)
    })
    return took
  }
  say('latency: GET /user/me/ beside deliveries')
  await tellMany(db, 20, mould.data)
  await ask()
  const [alone, beside]: [number[], number[]] = [[], []]
  const rates: number[] = []
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    const watched = watchOthers(postgres, [kith.pid])
    alone.push(...(await ask()))
    const before = await attempts(db)
    const from = performance.now()
    const [took] = await Promise.all([ask(), telling.fill(mould.data, 100, seconds)])
    rates.push((((await attempts(db)) - before) * 1000) / (performance.now() - from))
    watched()
    beside.push(...took)
    const [row] = await db.query<{ n: number }>('select count(*)::int as n from event')
    await written(db, (row?.n ?? 0) * endpoints)
  }
  asking.close()
  await telling.stop()
  await kith.stop()
  await sink.stop()
  await db.close()
  await dropDatabase(at, 'latency_api')
  const [quiet, busy] = [spreadOf(alone), spreadOf(beside)]
  const more = busy.p99 - quiet.p99
  return () =>
    printTable(
      'GET /api/v2/user/me/, 200 a second, ms',
      ['', 'p50', 'p99', 'most', 'aim'],
      [
        ['alone', ...cellsOf(quiet), ''],
        [
          `beside ${figure(rates.reduce((a, b) => a + b) / rates.length)} deliveries/s of the same process`,
          ...cellsOf(busy),
          judged(more <= 2, `p99 +<= 2 ms: ${figure(more, 1)}`),
        ],
      ],
    )
}

/** How soon a receiver hears of what has happened, and what those who ask meanwhile feel of it. */
export async function benchLatency(dir: string, at: At, mould: Mould, options: Options): Promise<void> {
  const rows = [await fromStatements(dir, at, mould, options), await fromRequests(dir, at, mould, options)]
  const print = await besideRequests(dir, at, mould, options)
  options.say('')
  printTable(
    'From the acknowledged commit to the first byte at the receiver, ms',
    ['', 'p50', 'p99', 'most', 'p99 from the statement on', 'aim'],
    rows,
  )
  print()
}
