import assert from 'node:assert/strict'
import type { Community } from './community.ts'
import { get, load, type Source } from './load.ts'
import { compare, type Measuring, measure, type Result } from './measure.ts'
import { residentMb, sharedMb } from './processes.ts'
import { type Server, startFloor, startKith } from './servers.ts'
import { beginWrites, createSources, createWrites, kithWrite, type Sources } from './sources.ts'
import { figure, judged, printTable } from './table.ts'

const heads = ['', 'req/s', 'p50 ms', 'p99 ms', 'CPU ms: node', 'PostgreSQL', 'rate/floor', 'CPU/floor', 'aim']

const rowOf = (name: string, result: Result, floor?: Result, aim = 0) => {
  const to = floor ? compare(result, floor) : null
  return [
    name,
    figure(result.rate),
    figure(result.p50, 2),
    figure(result.p99, 2),
    figure(result.nodeMs, 3),
    figure(result.postgresMs, 3),
    ...(to ? [figure(to.rate, 2), figure(1 / to.cpu, 2)] : ['', '']),
    to && aim ? judged(to.rate >= aim, `>= ${aim} by rate`) : '',
  ]
}

type Tuple<T, N extends number, Made extends T[] = []> = Made['length'] extends N ? Made : Tuple<T, N, [...Made, T]>

const ask = async ({ port }: Server, request: string) => {
  const [line, ...lines] = request.split('\r\n')
  const [method, path] = (line as string).split(' ')
  const headers = Object.fromEntries(lines.filter(Boolean).map((each) => each.split(': ') as [string, string]))
  const { host: _host, 'Content-Length': _length, ...kept } = headers
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers: kept })
  const text = await response.text()
  if (!response.ok) throw new Error(`${line}: ${response.status} ${text}`)
  // The floor's cursors do not say which question they belong to.
  return JSON.parse(
    text.replaceAll(`http://127.0.0.1:${port}`, 'http://bench').replace(/cursor=\d+_[^_]+_/g, 'cursor='),
  )
}

/** The floor is one only as long as it gives the same answers. */
async function checkFloor(kith: Server, floor: Server, { token }: Sources, { probes }: Community): Promise<void> {
  const [one, two] = [probes[0] as number, probes[5] as number]
  const both = async (path: string, floorPath: string) =>
    Promise.all([ask(kith, get(`/api/v2/${path}`, token(one))), ask(floor, get(floorPath))])
  assert.deepStrictEqual(...(await both('user/connection/requests/', `/requests/${one}`)))
  assert.deepStrictEqual(...(await both(`user/${one}/connections/`, `/connections/${one}`)))
  assert.deepStrictEqual(...(await both('user/me/', `/me/${one}`)))
  // Kith's list has those in common first, and its profile the number of them: only the form is the same.
  const [seen, plain] = await both(`user/${two}/connections/`, `/seen/${two}/${one}`)
  assert.deepStrictEqual(Object.keys(seen.results[0]).sort(), Object.keys(plain.results[0]).sort())
  assert.equal(seen.results.length, plain.results.length)
}

/** How long the body of a request's event is. */
async function eventBytes(kith: Server, { token }: Sources, community: Community): Promise<number> {
  const one = community.probes[0] as number
  await createWrites(community, 1, 1, (_part, _from, to, asked) => kithWrite(token(one), to, asked)).then(
    async ([source]) => {
      for (let i = 0; i < 2; i++) await ask(kith, (source as Source)(0))
    },
  )
  const [row] = await community.db.query<{ bytes: number }>(
    'select octet_length(body::text) as bytes from event order by id desc limit 1',
  )
  return row?.bytes ?? 2_000
}

export type Part = 'reads' | 'writes' | 'depth' | 'log'

/** Kith beside the floor, on one community of the usual size. */
export async function benchThroughput(
  dir: string,
  community: Community,
  parts: Set<Part>,
  options: Measuring,
  kithArgs: string[],
): Promise<void> {
  const kith = await startKith(dir, community.url, {}, kithArgs)
  const sources = await createSources(community)
  const floor = await startFloor(dir, community.url, {
    EVENT_BYTES: String(await eventBytes(kith, sources, community)),
  })
  const atStart = residentMb(kith.pid).now
  await checkFloor(kith, floor, sources, community)
  const { token } = sources
  const on = ({ port, pid }: Server, source: Source) => ({ port, pid, source })
  const tables: (() => void)[] = []
  // Compiled code comes with use: what is measured first should not pay for it.
  for (const [server, source] of [
    [floor, sources.floor.requests],
    [kith, sources.kith.requests],
  ] as const) {
    options.say('usual community: first load')
    await load(server.port, source, options.connections, 3)
  }

  if (parts.has('reads')) {
    const rows: string[][] = []
    const cases: [string, keyof typeof sources.floor, number][] = [
      ['requests received, 20', 'requests', 1.5],
      ["a member's connections, 20, in common first", 'connections', 1.5],
      ['own connections, 20', 'ownConnections', 1.5],
      ['/user/me/', 'me', 0.9],
      ['/user/{id}/ with mutual_count', 'profile', 0.7],
    ]
    for (const [name, key, aim] of cases) {
      const [bare, real] = await measure(name, [on(floor, sources.floor[key]), on(kith, sources.kith[key])], options)
      rows.push(rowOf(`${name}: floor`, bare as Result), rowOf(`${name}: Kith`, real as Result, bare, aim))
    }
    const [events] = await measure('events', [on(kith, sources.kith.events)], options)
    rows.push(rowOf('GET /events/, 20: Kith', events as Result))
    tables.push(() => printTable(`Reads, ${options.connections} connections`, heads, rows))
  }

  if (parts.has('writes')) {
    const writes = await createWrites(community, 3, 15_000, (part, from, to, asked) =>
      part === 2
        ? kithWrite(token(from), to, asked)
        : get(`/${part === 0 ? 'write' : 'write-at-once'}/${from}/${to}/${asked ? 'ask' : 'withdraw'}`),
    )
    await beginWrites(community.db, kith.port, writes[2] as Source, options.connections)
    const [bare, atOnce, real] = await measure(
      'request + cancel',
      writes.map((source, i) => on(i === 2 ? kith : floor, source)),
      options,
    )
    const rows = [
      rowOf('request, cancel: floor, BEGIN ... COMMIT', bare as Result),
      rowOf('request, cancel: floor, one statement', atOnce as Result, bare),
      rowOf('request, cancel: Kith', real as Result, bare, 0.75),
    ]
    tables.push(() => printTable('Writes: a request and its withdrawal by turns, spread over members', heads, rows))
  }

  if (parts.has('depth') && community.scale.crowd) {
    const deep = Math.floor(community.scale.crowd / 20) * 20 - 20
    const [row] = await community.db.query<{ place: number }>(
      `select place from relation where member_id = $1 and state = 2 order by place desc offset $2 limit 1`,
      [community.famous, deep - 1],
    )
    const cursor = Buffer.from(JSON.stringify([1, row?.place])).toString('base64url')
    const list = '/api/v2/user/connection/requests/'
    const famous = token(community.famous)
    const byCursor = `${list}?limit=20&offset=${deep}&cursor=${cursor}`
    const byOffset = `${list}?limit=20&offset=${deep}`
    const [walked, jumped] = [await ask(kith, get(byCursor, famous)), await ask(kith, get(byOffset, famous))]
    assert.deepStrictEqual(walked.results, jumped.results)
    const asked = [
      () => get(list, famous),
      () => get(byCursor, famous),
      sources.kith.requests,
      () => get(byOffset, famous),
      sources.kith.starsProfile,
      sources.kith.profile,
      sources.kith.starsConnections,
      sources.kith.connections,
    ]
    const results = await measure(
      'depth',
      asked.map((source) => on(kith, source)),
      options,
    )
    const [first, cursored, few, offset, starsProfile, profile, starsList, memberList] = results as Tuple<Result, 8>
    const pageNumber = figure(deep / 20 + 1)
    const rows = [
      rowOf(`page 1 of ${figure(community.scale.crowd)}`, first),
      rowOf(`page ${pageNumber} by its cursor`, cursored),
      rowOf(`page ${pageNumber} by a bare offset`, offset),
      rowOf(`page 1 of ${community.scale.received}`, few),
      rowOf(`profile of somebody with ${figure(community.scale.crowd)} connections`, starsProfile),
      rowOf('profile of somebody with a few', profile),
      rowOf(`connections of somebody with ${figure(community.scale.crowd)}`, starsList),
      rowOf('connections of somebody with a few', memberList),
    ].map((cells) => cells.slice(0, 6))
    const deepCost = 1 / compare(cursored, first).cpu
    tables.push(() => {
      printTable('Depth: members with much of everything', heads.slice(0, 6), rows)
      const many = figure(community.scale.crowd)
      console.log(`\n  page ${pageNumber} / page 1, CPU: ${figure(deepCost, 2)}: ${judged(deepCost <= 1.5, '<= 1.5')}`)
      for (const [name, one, other] of [
        [`requests: page 1 of ${many} / of ${community.scale.received}`, first, few],
        [`profile: ${many} connections / a few`, starsProfile, profile],
        [`connections: page 1 of ${many} / of a few`, starsList, memberList],
      ] as const)
        console.log(`  ${name}, CPU: ${figure(1 / compare(one, other).cpu, 2)}`)
    })
  }

  if (parts.has('log')) {
    const logging = await startKith(dir, community.url, { KITH_LOG_LEVEL: 'info' })
    const rows: string[][] = []
    for (const key of ['requests', 'me'] as const) {
      const results = await measure(
        `log, ${key}`,
        [on(kith, sources.kith[key]), on(logging, sources.kith[key])],
        options,
      )
      const [quiet, loud] = results as [Result, Result]
      rows.push(rowOf(`${key}: warn`, quiet), rowOf(`${key}: info, to a file`, loud, quiet))
    }
    await logging.stop()
    const logHeads = [...heads.slice(0, 6), 'rate/warn', 'CPU/warn']
    tables.push(() =>
      printTable(
        'Logging every request',
        logHeads,
        rows.map((cells) => cells.slice(0, 8)),
      ),
    )
  }

  const { now, peak } = residentMb(kith.pid)
  const database = sharedMb(options.postgres.pid)
  tables.push(() => {
    printTable(
      'Memory, MB',
      ['', 'resident'],
      [
        ['Kith after its start', figure(atStart)],
        ['Kith after the load', figure(now)],
        ['Kith at most', figure(peak)],
        ['PostgreSQL, all its processes', figure(database)],
      ],
    )
    console.log(`\n  Kith: ${judged(peak < 150, '< 150 MB')}`)
  })
  await floor.stop()
  await kith.stop()
  options.say('')
  for (const print of tables) print()
}
