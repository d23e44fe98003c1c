import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { indexAll } from '../src/cli/indexing.ts'
import { openDatabase } from '../src/platform/db/database.ts'
import { createDatabase } from './community.ts'
import { type At, runKith } from './contributions.ts'
import { createAsking, pace, wallClock } from './delivery-pace.ts'
import { startHelper } from './delivery-processes.ts'
import { get, quantile } from './load.ts'
import { disturbance, type Measuring } from './measure.ts'
import { cpuSeconds, machineSeconds, residentMb } from './processes.ts'
import { type Server, startKith } from './servers.ts'
import type { ReadQuestion } from './sockets-reader.ts'
import { createTokenBook, kithWrite } from './sources.ts'
import { figure, judged, printTable } from './table.ts'

/** Calls for each text of the server; its frames are never masked, nor in pieces. */
function readFrames(socket: Socket, hear: (text: string, at: number) => void, first: Buffer): void {
  let left = first
  const read = (data: Buffer) => {
    const at = wallClock()
    left = left.length ? Buffer.concat([left, data]) : data
    for (;;) {
      const short = (left[1] ?? 0) & 127
      const head = short === 126 ? 4 : short === 127 ? 10 : 2
      if (left.length < head) return
      const length = short === 126 ? left.readUInt16BE(2) : short === 127 ? Number(left.readBigUInt64BE(2)) : short
      if (left.length < head + length) return
      if ((left[0] ?? 0) === 0x81) hear(left.toString('utf8', head, head + length), at)
      // A ping is answered, or the server would think that nobody is there.
      if ((left[0] ?? 0) === 0x89) socket.write(Buffer.from([0x8a, 0x80, 0, 0, 0, 0]))
      left = left.subarray(head + length)
    }
  }
  socket.on('data', read)
  read(Buffer.alloc(0))
}

/** Opens the socket of a page of a member, with as little as that takes. */
function openSocket({ port }: Server, token: string, hear: (text: string, at: number) => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(
        'GET /ws/notify?subscribe-user HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
          `Sec-WebSocket-Protocol: __${token}\r\n\r\n`,
      ),
    )
    socket.on('error', reject)
    let head = Buffer.alloc(0)
    const answer = (data: Buffer) => {
      head = Buffer.concat([head, data])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      socket.off('data', answer)
      const text = head.toString('latin1', 0, end)
      if (!text.startsWith('HTTP/1.1 101')) return void reject(new Error(text))
      readFrames(socket, hear, head.subarray(end + 4))
      resolve(socket)
    }
    socket.on('data', answer)
  })
}

/**
 * What came of some seconds of acts: when each was answered, how long reading took, CPU ms an act of both nodes and
 * PostgreSQL, and the cores that the bench itself and others took.
 */
type Ran = { answered: Map<string, number>; read: Float64Array; cpu: number[]; bench: number; others: number }

type Options = Measuring & { quick: boolean; nodeArgs: string[] }

/**
 * Many pages that are open on one node: what they take of its memory, and how soon after the answer to an act the one it
 * is about is told, on this node and on another. Beside the acts somebody reads: with all pages open it takes no longer
 * than with none. As much is asked a second in both, and whoever reads is no part of the process that has the sockets.
 */
export async function benchSockets(dir: string, at: At, { quick, say, nodeArgs, postgres }: Options): Promise<void> {
  const open = quick ? 1_000 : 9_500
  const rate = quick ? 100 : 200
  const seconds = quick ? 4 : 20
  const elsewhere = 200
  /** Of one who reads beside them, a second. */
  const reads = 50
  const url = await createDatabase(at, 'sockets')
  await runKith(dir, url, ['create-user', 'admin', '--role', 'admin'])
  const db = openDatabase({ url, size: 1, session: { statement_timeout: '0' } }, () => {})
  const ids = (
    await db.query<{ id: number }>(
      `insert into users (username, email, date_joined)
       select 'page-' || n, 'page-' || n || '@example.org', now() from generate_series(1, $1::int) n returning id`,
      [open],
    )
  ).map(({ id }) => id)
  await db.query('update community set members = (select count(*) from users)')
  // Or Kith does it while it is measured.
  await indexAll({ db })
  await db.query('vacuum analyze users')
  const tokens = await createTokenBook(ids)
  const env = { KITH_RATE_LIMIT: '0', KITH_SOCKETS: String(open + 100) }
  const [here, there] = [await startKith(dir, url, env, nodeArgs), await startKith(dir, url, env, nodeArgs)]
  await sleep(1_000)
  const far = ids.slice(0, elsewhere)
  const asking = createAsking(here.port, 16)
  await asking.open()
  const reader = startHelper('sockets-reader')
  const processes = [{ pid: here.pid, family: false }, { pid: there.pid, family: false }, postgres]
  const cpuOf = () => processes.map(cpuSeconds)
  let n = 0
  const asked = new Set<string>()
  /** Everybody asks somebody else, and a part of them those who have a page on the other node as well; one reads. */
  async function run(rate: number, seconds: number): Promise<Ran> {
    const answered = new Map<string, number>()
    const ownOf = () => cpuSeconds({ pid: process.pid, family: false }) + cpuSeconds({ pid: reader.pid, family: false })
    const [before, own, machine, from] = [cpuOf(), ownOf(), machineSeconds(), performance.now()]
    const acting = pace(rate, seconds, async () => {
      const from = ids[n % open] as number
      const to = (n % 4 === 0 ? far[(n / 4) % elsewhere] : ids[(n * 7 + 13) % open]) as number
      n++
      // Whoever is asked by those they have asked accepts, which is told otherwise.
      if (from === to || asked.has(`${to} ${from}`)) return
      asked.add(`${from} ${to}`)
      await asking.ask(kithWrite(tokens.get(from) as string, to, true))
      answered.set(`${from} ${to}`, wallClock())
    })
    const me = get('/api/v2/user/me/', tokens.get(ids[0] as number))
    const beside = reader.ask<Float64Array>({
      port: here.port,
      request: me,
      rate: reads,
      seconds,
    } satisfies ReadQuestion)
    const [read] = await Promise.all([beside, acting])
    await sleep(1_000)
    const spent = cpuOf().map((each, i) => each - (before[i] as number))
    const took = (performance.now() - from) / 1000
    const bench = (ownOf() - own) / took
    const all = (machineSeconds() - machine - spent.reduce((sum, each) => sum + each, 0)) / took
    const others = Math.max(0, all - bench)
    disturbance.push(others)
    return { answered, read, cpu: spent.map((each) => (each * 1_000) / answered.size), bench, others }
  }
  say('sockets: getting warm, none is open')
  await run(rate / 2, quick ? 1 : 4)
  say(`sockets: ${rate} acts a second, none is open`)
  const without = await run(rate, seconds)
  const before = residentMb(here.pid).now

  /** When each page was told that it was asked, by who asked whom; and of the other node. */
  const [told, toldThere] = [new Map<string, number>(), new Map<string, number>()]
  const hearing = (member: number, into: Map<string, number>) => (text: string, at: number) => {
    const asker = /"activity_type":55\b.*?"request_user":\{"id":(\d+)/s.exec(text)?.[1]
    if (asker) into.set(`${asker} ${member}`, at)
  }
  const sockets: Socket[] = []
  const began = performance.now()
  for (let i = 0; i < open; i += 50) {
    say(`sockets, opening: ${i} of ${open}`)
    const some = ids.slice(i, i + 50)
    sockets.push(
      ...(await Promise.all(some.map((id) => openSocket(here, tokens.get(id) as string, hearing(id, told))))),
    )
  }
  const opening = (performance.now() - began) / 1000
  for (const id of far) sockets.push(await openSocket(there, tokens.get(id) as string, hearing(id, toldThere)))
  // A round of pings, and of looks whether they may go on.
  await sleep(quick ? 2_000 : 25_000)
  const idle = residentMb(here.pid).now

  say('sockets: getting warm')
  await run(rate / 2, 1)
  say(`sockets: ${rate} acts a second`)
  const beside = await run(rate, seconds)
  const { answered } = beside
  const busy = residentMb(here.pid)
  const spread = (heard: Map<string, number>) => {
    const took = [...answered].flatMap(([pair, at]) =>
      heard.has(pair) ? Math.max(0, (heard.get(pair) as number) - at) : [],
    )
    return Float64Array.from(took).sort()
  }
  const missing = [...answered.keys()].filter((pair) => !told.has(pair)).length

  for (const socket of sockets) socket.destroy()
  asking.close()
  await reader.stop()
  await there.stop()
  await here.stop()
  await db.close()
  say('')
  printTable(
    `${figure(open)} open sockets on one node, of as many members`,
    ['', 'MB', 'aim'],
    [
      ['before the first', figure(before), ''],
      [`all open, after ${figure(opening, 1)} s`, figure(idle), judged(idle <= 400, '<= 400 MB')],
      ['each, kB', figure(((idle - before) * 1024) / open, 1), ''],
      [`at ${rate} acts a second`, figure(busy.now), ''],
      ['at most', figure(busy.peak), ''],
    ],
  )
  printTable(
    `From the answer to a request to connect until the page of the one who is asked is told, ms, ${rate} a second`,
    ['', 'told', 'p50', 'p99', 'most', 'aim'],
    [['on this node', spread(told)] as const, ['on another', spread(toldThere)] as const].map(([name, took]) => [
      name,
      figure(took.length),
      ...[0.5, 0.99].map((q) => figure(quantile(took, q), 1)),
      figure(took.at(-1) ?? Number.NaN, 1),
      judged(quantile(took, 0.99) <= 50, 'p99 <= 50 ms'),
    ]),
  )
  const runs = [['none open', without] as const, [`${figure(open)} open`, beside] as const]
  const slower = quantile(beside.read, 0.99) - quantile(without.read, 0.99)
  printTable(
    `GET /user/me/ beside ${rate} acts a second, ${reads} a second, ms; CPU ms an act`,
    ['', 'p50', 'p99', 'aim', 'this node', 'the other', 'PostgreSQL', 'cores: bench', 'others'],
    runs.map(([name, { read, cpu, bench, others }], i) => [
      ...[name, ...[0.5, 0.99].map((q) => figure(quantile(read, q), 1))],
      ...[i ? judged(slower <= 5, 'p99 at most 5 ms more') : '', ...cpu.map((each) => figure(each, 2))],
      ...[figure(bench, 2), figure(others, 2)],
    ]),
  )
  console.log(`${figure(answered.size)} acts; ${missing ? `${missing} MISSING` : 'all of them were told'}.`)
}
