import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { startEmbedded } from '../src/platform/postgres/embedded.ts'
import { createDatabase, fillCommunity } from './community.ts'
import { benchContributions } from './contributions.ts'
import { benchDelivery, deliveryParts } from './delivery.ts'
import { benchExports } from './exports.ts'
import { benchFeeds } from './feeds.ts'
import { checkGraph } from './graph.ts'
import { benchGrowth } from './growth.ts'
import { benchImports } from './imports.ts'
import { isOfBench } from './machine.ts'
import type { Measuring } from './measure.ts'
import { benchNotifications } from './notifications.ts'
import { createProgress } from './progress.ts'
import { benchReplicas } from './replicas.ts'
import { benchSignIns } from './signins.ts'
import { benchSockets } from './sockets.ts'
import { benchStarts } from './starts.ts'
import { benchThroughput, type Part } from './throughput.ts'
import { benchUpgrade } from './upgrade.ts'

const usage = `npm run bench -- [options]
  --quick             a minute or two, smaller and shorter
  --only NAME,...     of reads, writes, depth, log, growth, contributions, search (a part of those), feeds, notifications, sockets, replicas, upgrade, export, imports, signins, starts, graph, deliveries, isolation, latency, retries, attempts
  --edges N,...       sizes of the communities that growth is measured at
  --contributions N,... sizes of the communities that contributions are measured in; of the upgrade and the export, the first
  --from NUMBER       of the upgrade: the one state that is measured, and each step from it
  --graph FILE        check Kith against a list of friendships, one "a b" a line
  --seconds N         length of a window of load
  --rounds N          windows each server gets
  --attempts N        attempts in the log of attempts whose pages are measured
  --profile DIR       keep CPU profiles of Kith there`

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    edges: { type: 'string' },
    contributions: { type: 'string' },
    from: { type: 'string' },
    graph: { type: 'string' },
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    attempts: { type: 'string' },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

async function bench(): Promise<void> {
  const { quick } = values
  const wanted = new Set(values.only?.split(','))
  const wants = (name: string) => wanted.size === 0 || wanted.has(name)
  const sizes = (values.edges ?? (quick ? '1000,10000,100000' : '1000,10000,100000,1000000')).split(',').map(Number)
  const parts = new Set((['reads', 'writes', 'depth', 'log'] as Part[]).filter(wants))
  const deliveries = new Set(deliveryParts.filter(wants))
  const say = createProgress()
  const dir = await mkdtemp(join(tmpdir(), 'kith-bench-'))

  say('PostgreSQL: starting')
  const embedded = await startEmbedded({ dataDir: dir, role: 'bench' })
  const at = embedded.connection
  const postmaster = Number(readFileSync(join(dir, 'postgres', 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0])
  isOfBench(postmaster)
  const measuring: Measuring = {
    rounds: Number(values.rounds ?? (quick ? 2 : 5)),
    seconds: Number(values.seconds ?? (quick ? 0.8 : 4)),
    connections: 16,
    postgres: { pid: postmaster, family: true },
    say,
  }
  /** Of parts with very many figures: all of them take a quarter of an hour, filling a million included. */
  const briefly = (seconds: number): Measuring =>
    quick ? measuring : { ...measuring, rounds: Number(values.rounds ?? 3), seconds: Number(values.seconds ?? seconds) }
  const profile = values.profile ? ['--cpu-prof', `--cpu-prof-dir=${resolve(values.profile)}`] : []
  console.log(`Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model}), embedded PostgreSQL, fsync on.`)
  try {
    if (parts.size) {
      const scale = {
        members: 10_000,
        friendships: 100_000,
        probes: 1_000,
        received: 40,
        sent: 40,
        crowd: quick ? 20_000 : 100_000,
      }
      const url = await createDatabase(at, 'usual')
      const community = await fillCommunity(url, { ...scale, events: quick ? 20_000 : 60_000 }, (what) =>
        say(`usual community: ${what}`),
      )
      await benchThroughput(dir, community, parts, measuring, profile)
      await community.db.close()
    }
    if (deliveries.size) {
      const attempts = Number(values.attempts ?? (quick ? 100_000 : 10_000_000))
      await benchDelivery(dir, at, deliveries, { ...measuring, quick, attempts, nodeArgs: profile })
    }
    if (wants('growth')) await benchGrowth(dir, at, sizes, measuring)
    if (wants('contributions') || wants('search')) {
      const contributions = (values.contributions ?? (quick ? '1000,10000' : '10000,1000000')).split(',').map(Number)
      await benchContributions(dir, at, contributions, {
        ...briefly(1),
        nodeArgs: profile,
        searchesOnly: !wants('contributions'),
      })
    }
    if (wants('feeds')) {
      const contributions = (values.contributions ?? (quick ? '1000,10000' : '10000,1000000')).split(',').map(Number)
      const crowd = quick ? 20_000 : 100_000
      await benchFeeds(dir, at, contributions, { ...briefly(2), nodeArgs: profile, crowd })
    }
    if (wants('notifications')) {
      const sizes = quick ? [1_000, 10_000, 100_000] : [1_000, 30_000, 1_000_000]
      await benchNotifications(dir, at, sizes, { ...measuring, nodeArgs: profile })
    }
    if (wants('sockets')) await benchSockets(dir, at, { ...measuring, quick, nodeArgs: profile })
    if (wants('replicas')) await benchReplicas(dir, quick, measuring)
    if (wants('upgrade'))
      await benchUpgrade(
        at,
        Number(values.contributions?.split(',')[0] ?? (quick ? 10_000 : 1_000_000)),
        say,
        values.from,
      )
    if (wants('export'))
      await benchExports(dir, at, Number(values.contributions?.split(',')[0] ?? (quick ? 10_000 : 1_000_000)), say)
    if (wants('imports')) await benchImports(dir, await createDatabase(at, 'imports'), measuring.postgres, say)
    if (wants('signins')) await benchSignIns(dir, await createDatabase(at, 'signins'), measuring)
    if (values.graph && wants('graph'))
      await checkGraph(dir, await createDatabase(at, 'graph'), resolve(values.graph), quick, say)
  } finally {
    await embedded.stop()
    await rm(dir, { recursive: true, force: true, maxRetries: 5 })
  }
  if (wants('starts')) await benchStarts(quick ? 1 : 3, say)
  say('')
}

if (values.help) console.log(usage)
else await bench()
