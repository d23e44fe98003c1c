import { createDatabase, fillCommunity, type Scale } from './community.ts'
import { compare, type Measuring, measure, type Result } from './measure.ts'
import { startKith } from './servers.ts'
import { beginWrites, createSources, createWrites, kithWrite } from './sources.ts'
import { figure, judged, printTable } from './table.ts'

/** A community of so many edges: ten to a member, and pages as full as at every other size. */
function scaleOf(edges: number): Scale {
  const probes = Math.max(10, Math.min(1_000, edges / 50))
  const received = 22
  const friendships = edges - probes * received
  return { members: Math.max(100, edges / 10), friendships, probes, received, sent: 0, crowd: 0, events: 0 }
}

/** The same requests to communities of several sizes, by turns. */
export async function benchGrowth(
  dir: string,
  at: { host: string; port: number; user: string },
  sizes: number[],
  options: Measuring,
): Promise<void> {
  const { say } = options
  const cities = []
  for (const edges of sizes) {
    const url = await createDatabase(at, `growth${edges}`)
    const community = await fillCommunity(url, scaleOf(edges), (what) =>
      say(`community of ${figure(edges)} edges: ${what}`),
    )
    const kith = await startKith(dir, url)
    const sources = await createSources(community)
    const [write] = await createWrites(community, 1, Math.min(20_000, edges), (_part, from, to, ask) =>
      kithWrite(sources.token(from), to, ask),
    )
    cities.push({ edges, community, kith, sources: { ...sources.kith, write: write as () => string } })
  }
  const rows: string[][] = []
  const cases = [
    ['requests received', 'requests'],
    ["a member's connections", 'connections'],
    ['own connections', 'ownConnections'],
    ['request, cancel', 'write'],
  ] as const
  for (const [name, key] of cases) {
    if (key === 'write')
      for (const { community, kith, sources } of cities)
        await beginWrites(community.db, kith.port, sources.write, options.connections)
    const runners = cities.map(({ kith, sources }) => ({ port: kith.port, pid: kith.pid, source: sources[key] }))
    const results = await measure(`growth, ${name}`, runners, options)
    const first = results[0] as Result
    for (const [i, result] of results.entries()) {
      const { rate, cpu } = compare(result, first)
      const last = i > 0 && i === results.length - 1
      rows.push([
        `${name}, ${figure(sizes[i] as number)} edges`,
        ...[figure(result.rate), figure(result.p50, 2), figure(result.p99, 2)],
        ...[figure(result.nodeMs, 3), figure(result.postgresMs, 3), figure(1 / rate, 2), figure(1 / cpu, 2)],
        last ? judged(1 / cpu <= 1.3, '<= 1.3 by CPU') : '',
      ])
    }
  }
  for (const { kith, community } of cities) {
    await kith.stop()
    await community.db.close()
  }
  say('')
  const head = ['', 'req/s', 'p50 ms', 'p99 ms', 'CPU ms: node', 'PostgreSQL', 'time', 'CPU', 'aim']
  printTable(`Growth: time and CPU a request, against the smallest`, head, rows)
}
