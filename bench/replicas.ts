import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openServers, type PgServer } from '../torture/servers.ts'
import { fillCommunity } from './community.ts'
import { type Load, load, median, quantile, type Source } from './load.ts'
import { disturbance, type Measuring } from './measure.ts'
import { cpuSeconds, machineSeconds, type Watched } from './processes.ts'
import { type Server, startKith } from './servers.ts'
import { createSources, createWrites, kithWrite } from './sources.ts'
import { figure, judged, printTable } from './table.ts'

type Window = Awaited<ReturnType<typeof measureSite>>
const metricsToken = 'a-token-for-the-bench'

/** Statements of reading requests so far, of nodes that have a replica: those it has answered, and those of the primary. */
async function readsOf(nodes: Server[]): Promise<[number, number]> {
  const sums: [number, number] = [0, 0]
  for (const { port } of nodes) {
    const headers = { authorization: `Bearer ${metricsToken}` }
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`, { headers })).text()
    sums[0] += Number(/^kith_replica_reads_total\{.*\} (\d+)$/m.exec(text)?.[1] ?? 0)
    sums[1] += Number(/^kith_replica_passed_total (\d+)$/m.exec(text)?.[1] ?? 0)
  }
  return sums
}

/** Nodes that answer, and what they are asked. */
type Site = { name: string; nodes: Server[]; source: Source }

const familyOf = ({ data }: PgServer): Watched => ({
  pid: Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]),
  family: true,
})

/**
 * One node on one PostgreSQL against two nodes that read from a standby besides, by turns on the same machine: what a request
 * costs each of them in processor time. The rate is of a machine on which all of them are; the ratios hold where each has
 * one of its own.
 */
export async function benchReplicas(dir: string, quick: boolean, options: Measuring): Promise<void> {
  const { rounds, seconds, connections, say } = options
  const servers = await openServers()
  const running: Server[] = []
  try {
    const settings = { shared_buffers: '128MB', max_wal_size: '1GB', jit: 'off' }
    const primary = await servers.primary('a', settings)
    await primary.query('create database kith')
    const url = servers.urlOf([primary], 'kith')
    const scale = quick
      ? { members: 2_000, friendships: 20_000, probes: 200, received: 30, sent: 30, crowd: 0, events: 0 }
      : { members: 10_000, friendships: 100_000, probes: 1_000, received: 40, sent: 40, crowd: 0, events: 0 }
    const community = await fillCommunity(url, scale, (what) => say(`replicas: ${what}`))
    const standby = await primary.follow('b')
    const [first, second] = [familyOf(primary), familyOf(standby)]
    const replicated = {
      DATABASE_REPLICA_URL: `postgres://kith@127.0.0.1:${standby.port}/kith`,
      KITH_METRICS_TOKEN: metricsToken,
    }
    const nodes = [
      await startKith(dir, url),
      await startKith(dir, url, replicated),
      await startKith(dir, url, replicated),
    ]
    running.push(...nodes)
    const [one, ...two] = nodes as [Server, Server, Server]
    const { kith, token } = await createSources(community)
    const writes = await createWrites(community, 4, 500, (_part, from, to, asks) => kithWrite(token(from), to, asks))
    const reads: Source[] = [kith.requests, kith.ownConnections, kith.profile, kith.connections]
    let turn = 0
    const read: Source = (connection) => (reads[turn++ % reads.length] as Source)(connection)
    /** One of ten writes. */
    const mixed =
      (part: number): Source =>
      (connection) => {
        if (turn % 10) return read(connection)
        turn++
        return (writes[part] as Source)(connection)
      }
    const kinds: [string, Source, Source][] = [
      ['reads', read, read],
      ['nine reads and a write', mixed(0), mixed(1)],
      ['writes', writes[2] as Source, writes[3] as Source],
    ]
    const rows: string[][] = []
    const ratios: string[] = []
    for (const [kind, alone, together] of kinds) {
      const sites: Site[] = [
        { name: 'one node', nodes: [one], source: alone },
        { name: 'two nodes, a replica', nodes: two, source: together },
      ]
      const windows: Window[][] = sites.map(() => [])
      const before = await readsOf(two)
      for (let round = -1; round < rounds; round++)
        for (const [i, site] of sites.entries()) {
          say(`replicas, ${kind}: window ${round + 1} of ${rounds}, ${site.name}`)
          const look = spentBy(site.nodes, first, second)
          const begun = look()
          await sleep(seconds * 500)
          const after = look()
          const idle = Object.fromEntries(
            Object.entries(after).map(([name, at]) => [name, (at - begun[name as keyof Spent]) / (seconds / 2)]),
          ) as Spent
          const window = await measureSite(site, connections, round < 0 ? seconds / 2 : seconds, look, idle)
          if (round >= 0) windows[i]?.push(window)
        }
      const of = (i: number, what: keyof Window) => median((windows[i] as Window[]).map((window) => window[what]))
      for (const [i, { name }] of sites.entries())
        rows.push([
          `${kind}: ${name}`,
          ...[figure(of(i, 'rate')), figure(of(i, 'p50'), 2), figure(of(i, 'p99'), 2)],
          ...[figure(of(i, 'nodes'), 3), figure(of(i, 'primary'), 3), figure(of(i, 'replica'), 3)],
        ])
      const [there, here] = (await readsOf(two)).map((now, i) => now - (before[i] as number)) as [number, number]
      const most = of(0, 'primary') / of(1, 'primary')
      const cost = of(1, 'nodes') / of(0, 'nodes')
      ratios.push(
        `${kind}: before the primary's processor is used up, ${figure(most, 2)} times as many` +
          `${kind === 'reads' ? ` ${judged(most >= 4, '>= 4')}` : ''}; a request costs a node ${figure(cost, 2)} times as much` +
          (there + here
            ? `; ${figure((100 * there) / (there + here))} % of what was read was read at the replica`
            : ''),
      )
    }
    say('')
    printTable(
      'Two nodes and a replica against one node',
      ['', 'req/s', 'p50 ms', 'p99 ms', 'CPU ms: nodes', 'primary', 'replica'],
      rows,
    )
    console.log('')
    for (const ratio of ratios) console.log(`  ${ratio}`)
  } finally {
    for (const node of running) await node.stop()
    await servers.close()
  }
}

type Spent = Record<'nodes' | 'primary' | 'replica' | 'machine', number>

/** What each has spent so far, in seconds of a processor. */
const spentBy = (nodes: Server[], primary: Watched, replica: Watched) => (): Spent => ({
  nodes: nodes.reduce((sum, { pid }) => sum + cpuSeconds({ pid, family: false }), 0),
  primary: cpuSeconds(primary),
  replica: cpuSeconds(replica),
  machine: machineSeconds(),
})

/** @param idle what is spent in a second in which nobody asks: of what requests cost, that is left out */
async function measureSite(
  { nodes, source }: Site,
  connections: number,
  seconds: number,
  look: () => Spent,
  idle: Spent,
) {
  const before = look()
  const own = process.cpuUsage()
  const done = await Promise.all(nodes.map(({ port }) => load(port, source, connections / nodes.length, seconds)))
  const after = look()
  const { user, system } = process.cpuUsage(own)
  const refused = done.find(({ refused }) => refused)
  if (refused) throw new Error(`${refused.refused} refused. The first: ${refused.refusal}`)
  const requests = done.reduce((sum, { requests }) => sum + requests, 0)
  const took = Math.max(...done.map((some) => some.seconds))
  const spent = (what: keyof Spent) => after[what] - before[what]
  const each = (what: keyof Spent) => (Math.max(0, spent(what) - idle[what] * took) * 1_000) / requests
  const ours = spent('nodes') + spent('primary') + spent('replica') + (user + system) / 1e6
  disturbance.push(Math.max(0, spent('machine') - ours) / took)
  const latencies = Float64Array.from(done.flatMap((some: Load) => [...some.latencies])).sort()
  return {
    rate: requests / took,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    ...{ nodes: each('nodes'), primary: each('primary'), replica: each('replica') },
  }
}
