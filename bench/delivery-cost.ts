import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../src/platform/db/database.ts'
import type { BossQuestion } from './delivery-boss.ts'
import {
  type At,
  castDatabase,
  dropDatabase,
  lanesTaken,
  type Mould,
  subscribe,
  tellMany,
  written,
} from './delivery-endpoints.ts'
import type { GraphileQuestion } from './delivery-graphile.ts'
import { type Helper, startHelper, startWork } from './delivery-processes.ts'
import type { RawQuestion } from './delivery-raw.ts'
import type { Received, SinkQuestion } from './delivery-sink.ts'
import { median } from './load.ts'
import { disturbance, type Measuring } from './measure.ts'
import { cpuSeconds, machineSeconds } from './processes.ts'
import { figure, judged, printTable } from './table.ts'

/** One burst of deliveries: how many, how long, and the CPU seconds of the sender and of PostgreSQL. */
type Window = { n: number; seconds: number; node: number; postgres: number }

/** What all senders are given. */
type Setting = {
  dir: string
  at: At
  mould: Mould
  sink: Helper
  ports: number[]
  options: Measuring
  nodeArgs: string[]
}

/** A sender of webhooks: delivers events to every port, first some to get warm and then those that are measured. */
type Sender = { name: string; deliver(warm: number, events: number): Promise<Window>; close(): Promise<void> }

/**
 * Measures a burst.
 * @param work begins it by calling the function it is given, and ends when everything is done
 */
async function burst(
  { sink, options }: Setting,
  pid: number,
  n: number,
  work: (begin: () => void) => Promise<void>,
): Promise<Window> {
  const read = () => ({
    at: performance.now(),
    node: cpuSeconds({ pid, family: false }),
    postgres: cpuSeconds(options.postgres),
    sink: cpuSeconds({ pid: sink.pid, family: false }),
    machine: machineSeconds(),
    own: process.cpuUsage(),
  })
  let from = read()
  await work(() => {
    from = read()
  })
  const to = read()
  const seconds = (to.at - from.at) / 1000
  const [node, postgres] = [to.node - from.node, to.postgres - from.postgres]
  const { user, system } = process.cpuUsage(from.own)
  const others = to.machine - from.machine - node - postgres - (to.sink - from.sink) - (user + system) / 1e6
  disturbance.push(Math.max(0, others) / seconds)
  return { n, seconds, node, postgres }
}

/** Waits for so many webhooks at the sink, and looks whether they are those that were told. */
async function came(sink: Helper, n: number, bytes: number): Promise<void> {
  const got = await sink.ask<Received>({ do: 'await', n } satisfies SinkQuestion)
  if (got.bad) throw new Error(`${got.bad} of ${got.checked} signatures are wrong.`)
  if (got.n !== n || (bytes && got.bytes !== bytes))
    throw new Error(`${n} webhooks of ${bytes} bytes were to come; ${got.n} of ${got.bytes} bytes came.`)
}

/** The bodies of the last events that were told. */
async function lastBodies(db: Database, events: number): Promise<string[]> {
  const rows = await db.query<{ body: string }>(
    'select body::text as body from (select id, body from event order by id desc limit $1) e order by id',
    [events],
  )
  return rows.map(({ body }) => body)
}

/** What one sender leaves behind is not to be cleaned up while another is measured. */
async function settle(db: Database): Promise<void> {
  await db.query('checkpoint')
  while ((await db.query(`select from pg_stat_activity where backend_type = 'autovacuum worker'`)).length)
    await sleep(50)
}

const bytesOf = (bodies: string[], ports: number[]) =>
  bodies.reduce((sum, body) => sum + Buffer.byteLength(body), 0) * ports.length

/** Kith: `kith work` on a database of its own. It is started anew each time, and stopped while others are measured. */
async function createKith(setting: Setting): Promise<Sender & { url: string; db: Database }> {
  const { dir, at, mould, sink, ports, nodeArgs } = setting
  const name = `kith_${ports.length}`
  const { url, db } = await castDatabase(at, mould, name)
  await subscribe(db, ports)
  let told = 0
  return {
    name: 'Kith',
    url,
    db,
    async deliver(warm, events) {
      const work = await startWork(dir, url, {}, nodeArgs)
      await lanesTaken(db)
      const tell = async (n: number, begin?: () => void) => {
        const arrived = came(sink, n * ports.length, 0)
        await tellMany(db, n, mould.data, begin)
        await arrived
        told += n * ports.length
        await written(db, told)
      }
      await tell(warm)
      await settle(db)
      const window = await burst(setting, work.pid, events * ports.length, (begin) => tell(events, begin))
      await work.stop()
      if (work.said()) throw new Error(`kith work complained:\n${work.said()}`)
      return window
    },
    async close() {
      await db.close()
      await dropDatabase(at, name)
    },
  }
}

/** The bare loop. */
async function createRaw(setting: Setting, { url, db }: { url: string; db: Database }): Promise<Sender> {
  const { sink, ports } = setting
  const helper = startHelper('delivery-raw')
  const ask = (question: RawQuestion) => helper.ask(question)
  return {
    name: 'Pool.dispatch',
    async deliver(warm, events) {
      const [first, n] = [warm * ports.length, events * ports.length]
      await ask({ do: 'load', url, ports, n: events })
      await Promise.all([came(sink, first, 0), ask({ do: 'run', n: first })])
      const bytes = bytesOf(await lastBodies(db, events), ports)
      return burst(setting, helper.pid, n, async (begin) => {
        begin()
        await Promise.all([came(sink, n, bytes), ask({ do: 'run', n })])
      })
    },
    close: () => helper.stop(),
  }
}

const jobsText = `select count(*) from graphile_worker.add_jobs(array(
  select row('deliver', json_build_object('port', port, 'body', body), null, null, null, null, null, null)::graphile_worker.job_spec
  from unnest($1::text[]) with ordinality b(body, n), unnest($2::int[]) with ordinality p(port, m) order by n, m))`

async function createGraphile(setting: Setting, source: Database): Promise<Sender> {
  const { at, mould, sink, ports } = setting
  const name = `graphile_${ports.length}`
  const { url, db } = await castDatabase(at, mould, name)
  const helper = startHelper('delivery-graphile')
  const ask = (question: GraphileQuestion) => helper.ask(question)
  await ask({ do: 'migrate', url })
  return {
    name: 'graphile-worker',
    async deliver(warm, events) {
      const bodies = await lastBodies(source, events)
      await ask({ do: 'start', url })
      const add = async (some: string[], begin?: () => void) => {
        const arrived = came(sink, some.length * ports.length, bytesOf(some, ports))
        await db.transaction(async (tx) => {
          await tx.query(jobsText, [some, ports])
          begin?.()
        })
        await arrived
        // A job that is done is gone.
        while ((await db.query('select from graphile_worker._private_jobs limit 1')).length) {}
      }
      await add(bodies.slice(0, warm))
      await settle(db)
      const window = await burst(setting, helper.pid, events * ports.length, (begin) => add(bodies, begin))
      await ask({ do: 'stop' })
      return window
    },
    async close() {
      await helper.stop()
      await db.close()
      await dropDatabase(at, name)
    },
  }
}

async function createBoss(setting: Setting, source: Database): Promise<Sender> {
  const { at, mould, sink, ports } = setting
  const name = `boss_${ports.length}`
  const { url, db } = await castDatabase(at, mould, name)
  const helper = startHelper('delivery-boss')
  const ask = (question: BossQuestion) => helper.ask(question)
  await ask({ do: 'open', url })
  return {
    name: 'pg-boss',
    async deliver(warm, events) {
      const bodies = await lastBodies(source, events)
      const run = async (some: string[]) => {
        const n = some.length * ports.length
        await Promise.all([came(sink, n, bytesOf(some, ports)), ask({ do: 'run', n })])
      }
      await ask({ do: 'add', ports, bodies: bodies.slice(0, warm) })
      await run(bodies.slice(0, warm))
      await settle(db)
      await ask({ do: 'add', ports, bodies })
      return burst(setting, helper.pid, events * ports.length, (begin) => {
        begin()
        return run(bodies)
      })
    },
    async close() {
      await ask({ do: 'close' })
      await helper.stop()
      await db.close()
      await dropDatabase(at, name)
    },
  }
}

const rate = ({ n, seconds }: Window) => n / seconds
const nodeUs = ({ n, node }: Window) => (node * 1e6) / n
const postgresUs = ({ n, postgres }: Window) => (postgres * 1e6) / n

/** Windows of one round are compared with each other: they lay side by side. */
const ratio = (ours: Window[], theirs: Window[]) =>
  median(ours.map((window, i) => rate(window) / rate(theirs[i] as Window)))

function rowsOf(endpoints: number, windows: Map<string, Window[]>): string[][] {
  const kith = windows.get('Kith') as Window[]
  return [...windows].map(([name, each]) => {
    const of = (what: (window: Window) => number) => median(each.map(what))
    const isKith = each === kith
    const aims: Record<string, string> = {
      Kith: `${judged(of(nodeUs) <= 45, '<= 45')}, ${judged(of(postgresUs) <= 25, '<= 25')}`,
      'Pool.dispatch': judged(of(nodeUs) / median(kith.map(nodeUs)) >= 0.55, 'CPU >= 0.55'),
      'graphile-worker': judged(ratio(kith, each) >= 2, '>= 2'),
      'pg-boss': judged(ratio(kith, each) >= 2.5, '>= 2.5'),
    }
    return [
      `${figure(endpoints)}: ${name}`,
      figure(of(rate)),
      figure(of(nodeUs), 1),
      name === 'Pool.dispatch' ? '-' : figure(of(postgresUs), 1),
      isKith ? '' : figure(ratio(kith, each), 2),
      isKith ? '' : figure(of(nodeUs) / median(kith.map(nodeUs)), 2),
      aims[name] ?? '',
    ]
  })
}

/**
 * What a delivery costs that is signed and logged, against the bare loop and two queues that do the same POST. They
 * take turns; each gets warm first.
 */
export async function benchCost(
  dir: string,
  at: At,
  mould: Mould,
  options: Measuring & { quick: boolean },
  nodeArgs: string[],
): Promise<void> {
  const { quick, say } = options
  const rounds = quick ? 1 : 3
  const rows: string[][] = []
  const sink = startHelper('delivery-sink')
  for (const endpoints of [1, 100, 1_000]) {
    const ports = await sink.ask<number[]>({ do: 'listen', behaviour: 'good', n: endpoints } satisfies SinkQuestion)
    const setting: Setting = { dir, at, mould, sink, ports, options, nodeArgs }
    const events = Math.round((quick ? 6_000 : 40_000) / endpoints)
    // So many until the compiler has nothing left to do.
    const warm = Math.round((quick ? 5_000 : 40_000) / endpoints)
    const kith = await createKith(setting)
    const senders: Sender[] = [
      kith,
      await createRaw(setting, kith),
      await createGraphile(setting, kith.db),
      await createBoss(setting, kith.db),
    ]
    const windows = new Map<string, Window[]>(senders.map(({ name }) => [name, []]))
    for (let round = 0; round < rounds; round++) {
      for (const sender of senders) {
        say(`deliveries: to ${endpoints}, ${sender.name}, ${round + 1} of ${rounds}`)
        windows.get(sender.name)?.push(await sender.deliver(warm, events))
      }
    }
    for (const sender of senders.toReversed()) await sender.close()
    rows.push(...rowsOf(endpoints, windows))
  }
  await sink.stop()
  say('')
  printTable(
    `Deliveries to 1, 100 and 1,000 endpoints, a body of ${figure(Buffer.byteLength(mould.data))} bytes`,
    ['', 'per s', 'CPU us: node', 'PostgreSQL', 'Kith rate/its', 'its CPU/Kith: node', 'aim'],
    rows,
  )
}
