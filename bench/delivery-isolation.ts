import { setTimeout as sleep } from 'node:timers/promises'
import {
  type At,
  allTypes,
  castDatabase,
  dropDatabase,
  lanesTaken,
  type Mould,
  subscribe,
  tellMany,
} from './delivery-endpoints.ts'
import { cellsOf, createTelling, type Spread } from './delivery-latency.ts'
import { type Helper, startHelper, startWork, type Work, watchOthers } from './delivery-processes.ts'
import type { Behaviour, SinkQuestion } from './delivery-sink.ts'
import type { Measuring } from './measure.ts'
import { residentMb } from './processes.ts'
import { figure, judged, printTable } from './table.ts'

type Options = Measuring & { quick: boolean; nodeArgs: string[] }

/** How a healthy endpoint fares: its latency at a modest pace, how fast a backlog goes, and the memory in use. */
type Fare = { name: string; latency: Spread; rate: number; peak: number }

const bad: Behaviour[] = ['refuse', 'hang', 'slow', 'reset']
const dead = 1_000
/** Events a second while the latency is looked at. */
const modest = 200

const listen = (sink: Helper, behaviour: Behaviour, n: number) =>
  sink.ask<number[]>({ do: 'listen', behaviour, n } satisfies SinkQuestion)

/** A healthy endpoint with a Kith that delivers to it, on a database of its own. */
async function createHealthy(dir: string, at: At, mould: Mould, options: Options, name: string) {
  const { quick, say, nodeArgs } = options
  const { url, db } = await castDatabase(at, mould, name)
  const sink = startHelper('delivery-sink')
  await subscribe(db, await listen(sink, 'good', 1), allTypes)
  const work: Work = await startWork(dir, url, {}, nodeArgs)
  await lanesTaken(db)
  const telling = await createTelling(url, db, sink)
  const burst = quick ? 3_000 : 20_000
  await telling.run(mould.data, modest, quick ? 1 : 3)
  return {
    db,
    /** Tells one event, and waits for it at the healthy one. */
    async tellOne(): Promise<void> {
      const arrived = sink.ask({ do: 'await', n: 1 } satisfies SinkQuestion)
      await tellMany(db, 1, mould.data)
      await arrived
    },
    async look(what: string): Promise<Fare> {
      say(`isolation: ${what}`)
      const watched = watchOthers(options.postgres)
      const { commit } = await telling.run(mould.data, modest, quick ? 3 : 15)
      let from = 0
      const arrived = sink.ask({ do: 'await', n: burst } satisfies SinkQuestion)
      await tellMany(db, burst, mould.data, () => {
        from = performance.now()
      })
      await arrived
      const rate = (burst * 1000) / (performance.now() - from)
      watched()
      return { name: what, latency: commit, rate, peak: residentMb(work.pid).peak }
    },
    async stop(): Promise<void> {
      await telling.stop()
      await work.kill()
      await sink.stop()
      await db.close()
      await dropDatabase(at, name)
    },
  }
}

/** One healthy endpoint, alone and beside a thousand that have died in several ways. */
export async function benchIsolation(dir: string, at: At, mould: Mould, options: Options): Promise<void> {
  const { quick, say } = options
  const alone = await createHealthy(dir, at, mould, options, 'isolation_alone')
  const fares = [await alone.look('alone')]
  await alone.stop()

  const beside = await createHealthy(dir, at, mould, options, 'isolation_beside')
  const graves = startHelper('delivery-sink')
  const ports = await Promise.all(bad.map((behaviour) => listen(graves, behaviour, dead / bad.length)))
  await subscribe(beside.db, ports.flat(), allTypes)
  // The first event finds all of them out at once.
  await beside.tellOne()
  await lanesTaken(beside.db)
  // What is looked at is what they do to others, not how a thousand are made at once.
  await sleep(2_000)
  fares.push(await beside.look('beside 1,000 that begin to fail'))
  if (!quick) {
    say('isolation: waiting until they are paused')
    await sleep(60_000)
    fares.push(await beside.look('beside 1,000 that have failed for minutes'))
  }
  await beside.stop()
  await graves.stop()
  say('')
  printFares(fares)
}

function printFares(fares: Fare[]): void {
  const [alone] = fares as [Fare]
  const rows = fares.map(({ name, latency, rate, peak }, i) => {
    const most = Math.max(2 * alone.latency.p99, alone.latency.p99 + 20)
    const share = rate / alone.rate
    const aims = `${judged(latency.p99 <= most, `p99 <= ${figure(most, 1)}`)}, ${judged(share >= 0.9, 'rate >= 0.9')}`
    const compared = [figure(share, 2), figure(peak), figure(peak - alone.peak), aims]
    return [name, ...cellsOf(latency), figure(rate), ...(i ? compared : ['', figure(peak), '', ''])]
  })
  printTable(
    `A healthy endpoint beside ${figure(dead)} dead ones (a quarter each: ${bad.join(', ')}), all told of everything`,
    ['', 'p50 ms', 'p99 ms', 'most', 'backlog, per s', 'rate/alone', 'MB at most', 'MB more', 'aim'],
    rows,
  )
}
