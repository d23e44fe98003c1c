import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { getCACertificates, setDefaultCACertificates, type TlsOptions } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createAddresses, parseAllowed } from '../../src/delivery/http/addresses.ts'
import { createResolve } from '../../src/delivery/http/resolve.ts'
import { createSender, headerLines, type Outcome } from '../../src/delivery/http/send.ts'
import { deliver } from '../support/delivery.ts'
import { openInbox } from '../support/inbox.ts'
import { createWorld, type World } from '../support/world.ts'
import { type Answer, startDns } from './fixtures/dns.ts'
import {
  attempted,
  attemptsAt,
  eventOf,
  type Flags,
  ms,
  patiently,
  stopClock,
  subscribe,
  tell,
  update,
  wait,
} from './receiver-fixtures/delivering.ts'
import { ok, openBlackHole, openRaw, pour, type Raw, trickle, type Way } from './receiver-fixtures/raw.ts'

let world: World
let clock: ReturnType<typeof stopClock>
const open: (() => Promise<unknown>)[] = []
const close = async () => {
  for (const each of open.splice(0).reverse()) await each()
}

beforeAll(async () => {
  world = await createWorld()
  clock = stopClock(world)
})
afterAll(async () => {
  await close()
  await world.end()
})

async function engine(timeout: number, sending: object = {}) {
  const running = await deliver(world, { sending: { timeout, ...sending } })
  clock.wake = running.wake
  open.push(async () => {
    clock.wake = () => {}
    await running.stop()
  })
  return running
}
async function raw(...given: Parameters<typeof openRaw>): Promise<Raw> {
  const opened = await openRaw(...given)
  open.push(opened.close)
  return opened
}
async function inbox(...given: Parameters<typeof openInbox>) {
  const opened = await openInbox(...given)
  open.push(opened.close)
  return opened
}

const short = ({ http_response_code: code, http_response_body: text }: Flags) => `${code} ${text}`

type Expected = {
  /** The code and the text of the attempt. */
  outcome: RegExp
  /** How often the request comes, where it comes at all. */
  requests?: number
}
const timeout = 2_000
const nothing = /^null timeout: no answer within 2 s$/
const unended = /^null timeout: the headers of the answer did not end within 2 s$/
const malformed = /^null malformed_response: The receiver sent what is not HTTP$/
const badStatus = /^null malformed_response: The receiver sent a status line that cannot be read: "HTTP\/[^"]+"$/
const badHeader = /^null malformed_response: The receiver sent a header that cannot be read: "[^"]+"$/
const lost = /^null (closed|reset|network): /

const says = (text: string | Buffer): Way => ({ asked: (socket) => socket.write(text) })
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
const long = 'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n'

const failing: Record<string, [Way, Expected]> = {
  'takes the connection and says nothing': [{}, { outcome: nothing, requests: 1 }],
  'takes the connection and reads nothing': [{ deaf: true }, { outcome: nothing }],
  'closes the connection as soon as it is there': [{ opened: (socket) => socket.destroy() }, { outcome: lost }],
  'resets the connection as soon as it is there': [{ opened: (socket) => socket.resetAndDestroy() }, { outcome: lost }],
  'closes the connection instead of answering': [
    { asked: (socket) => socket.end() },
    { outcome: /^null closed: The receiver closed the connection before it had answered$/, requests: 1 },
  ],
  'resets the connection instead of answering': [
    { asked: (socket) => socket.resetAndDestroy() },
    { outcome: /^null reset: The receiver broke the connection off$/, requests: 1 },
  ],
  'closes in the middle of the status line': [
    { asked: (socket) => socket.end('HTTP/1.1 20') },
    { outcome: lost, requests: 1 },
  ],
  'resets in the middle of the status line': [
    {
      asked: (socket) => {
        socket.write('HTTP/1.1 20')
        setTimeout(() => socket.resetAndDestroy(), 30)
      },
    },
    { outcome: lost, requests: 1 },
  ],
  'closes in the middle of its headers': [
    { asked: (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1') },
    {
      outcome: /^null closed: The receiver closed the connection before the headers of its answer had ended$/,
      requests: 1,
    },
  ],
  'writes its headers byte by byte': [
    { asked: (socket) => trickle(socket, `HTTP/1.1 200 OK\r\nServer: ${'slow'.repeat(100)}\r\n\r\n`, 40) },
    { outcome: unended, requests: 1 },
  ],
  'writes headers without an end, slowly': [
    { asked: (socket) => trickle(socket, `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(1_000)}`, 5) },
    { outcome: unended, requests: 1 },
  ],
  'writes headers without an end, fast': [
    { asked: (socket) => void pour(socket.setNoDelay(), `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(10_000)}`) },
    { outcome: /^null too_large: The receiver sent more headers than are read$/, requests: 1 },
  ],
  'writes one header of a megabyte': [
    says(`HTTP/1.1 200 OK\r\nServer: ${'a'.repeat(1_000_000)}\r\n\r\n`),
    { outcome: /^null too_large: /, requests: 1 },
  ],
  'speaks something else': [says('SSH-2.0-OpenSSH_9.9\r\n'), { outcome: malformed, requests: 1 }],
  'speaks TLS where it should not': [says(Buffer.from('15030100020228', 'hex')), { outcome: malformed, requests: 1 }],
  'says what is no status': [says('HTTP/1.1 2OO OK\r\n\r\n'), { outcome: badStatus, requests: 1 }],
  'says a status of four digits': [says('HTTP/1.1 2000 OK\r\n\r\n'), { outcome: badStatus, requests: 1 }],
  'says a negative status': [says('HTTP/1.1 -200 OK\r\n\r\n'), { outcome: badStatus, requests: 1 }],
  'speaks a version that there is not': [says('HTTP/9.9 200 OK\r\n\r\n'), { outcome: malformed, requests: 1 }],
  'writes a header that is none': [says('HTTP/1.1 200 OK\r\nthis is no header\r\n\r\n'), { outcome: badHeader }],
  'writes a header with a NUL in it': [says('HTTP/1.1 200 OK\r\na: b\0c\r\n\r\n'), { outcome: badHeader }],
  'names two lengths': [
    says('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'),
    { outcome: /^null malformed_response: The receiver sent lengths that differ: "1, 2"$/, requests: 1 },
  ],
  'names a negative length': [
    says('HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'),
    { outcome: /^null malformed_response: The receiver sent a Content-Length that is no length: "-1"$/ },
  ],
  'switches protocols': [
    says('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
    { outcome: /^null malformed_response: /, requests: 1 },
  ],
  'says again and again that it will answer, and never does': [
    { asked: (socket) => trickle(socket, 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(1_000), 5) },
    { outcome: /^null timeout: (no answer|the headers of the answer did not end) within 2 s$/, requests: 1 },
  ],
  'closes after it has said that it will answer': [
    { asked: (socket) => socket.end('HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n') },
    { outcome: lost, requests: 1 },
  ],
  'answers 304': [says('HTTP/1.1 304 Not Modified\r\n\r\n'), { outcome: /^304 $/, requests: 1 }],
  'answers 404, slowly': [
    { asked: (socket) => trickle(socket, 'HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nwhere', 1) },
    { outcome: /^404 where$/, requests: 1 },
  ],
  'answers 500 with a long page': [
    says(`HTTP/1.1 500 Oh\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(100_000)}`),
    { outcome: /^500 x{16384}$/, requests: 1 },
  ],
  'answers 599': [says('HTTP/1.1 599 Made Up\r\nContent-Length: 0\r\n\r\n'), { outcome: /^599 $/, requests: 1 }],
  'answers 999': [says('HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n'), { outcome: /^999 $/, requests: 1 }],
}

const succeeding: Record<string, [Way, Expected]> = {
  'answers 200 without saying OK': [says('HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok'), { outcome: /^200 ok$/ }],
  'answers by HTTP/1.0 and closes': [
    { asked: (socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nold') },
    { outcome: /^200 old$/ },
  ],
  'writes an empty line before it answers': [says(`\r\n${ok}`), { outcome: /^204 $/ }],
  'ends its lines with LF alone': [says('HTTP/1.1 200 OK\nContent-Length: 2\n\nok'), { outcome: /^200 ok$/ }],
  'ends its lines, and those of its chunks, with LF alone': [
    says('HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nok\n0\n\n'),
    { outcome: /^200 ok$/ },
  ],
  'writes a space before a colon': [
    says('HTTP/1.1 200 OK\r\nX-A : v\r\nContent-Length : 2\r\n\r\nok'),
    { outcome: /^200 ok$/ },
  ],
  'says its length twice, as a list': [
    says('HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok'),
    { outcome: /^200 ok$/ },
  ],
  'folds its headers': [
    says('HTTP/1.1 200 OK\r\nServer: an\r\n\told one\r\nContent-Length: 2\r\n\r\nok'),
    { outcome: /^200 ok$/ },
  ],
  'answers 299': [says('HTTP/1.1 299 Why Not\r\nContent-Length: 0\r\n\r\n'), { outcome: /^299 $/ }],
  'answers 204 with a body': [says(`${ok}there should be none`), { outcome: /^204 $/ }],
  'answers 204 with a body and its length': [
    says('HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nbody'),
    { outcome: /^204 $/ },
  ],
  'answers twice': [says(`${ok}HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n`), { outcome: /^204 $/ }],
  'says that it will answer before it does': [
    says(`${'HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n'.repeat(5)}HTTP/1.1 102 Processing\r\n\r\n${ok}`),
    { outcome: /^204 $/ },
  ],
  'says 100 before it answers, though nobody asked it to': [
    says(`HTTP/1.1 100 Continue\r\n\r\n${ok}`),
    { outcome: /^204 $/ },
  ],
  'answers before it has read anything': [
    { opened: (socket) => setImmediate(() => socket.write(ok)) },
    { outcome: /^204 $/ },
  ],
  'answers and resets the connection': [
    {
      asked: (socket) => {
        socket.write(long)
        setTimeout(() => socket.resetAndDestroy(), 30)
      },
    },
    { outcome: /^200 $/ },
  ],
  'answers and closes before all of the body is there': [
    { asked: (socket) => socket.end(`${long}part`) },
    { outcome: /^200 part$/ },
  ],
  'answers, and its body never comes': [says(long), { outcome: /^200 $/ }],
  'answers, and writes its body byte by byte': [
    { asked: (socket) => trickle(socket, `${long}${'slow'.repeat(1_000)}`, 2) },
    { outcome: /^200 [slow]{10,1000}$/ },
  ],
  'answers, and its body ends in the middle of a chunk': [
    { asked: (socket) => socket.end(`${chunked}ff\r\nhalf`) },
    { outcome: /^200 half$/ },
  ],
  'answers, and its body is in chunks that are none': [says(`${chunked}zz\r\nwhat\r\n`), { outcome: /^200 $/ }],
  'answers with a body of bytes that are no text': [
    says(
      Buffer.concat([
        Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'),
        Buffer.from([65, 0, 255, 0xed, 0xa0]),
      ]),
    ),
    { outcome: /^200 A\ufffd+$/ },
  ],
}

describe('beside one that is well, a receiver that', () => {
  const receivers = new Map<string, { id: number; receiver: Raw | null }>()
  let healthy: Awaited<ReturnType<typeof openInbox>>
  let healthyId: number
  const told: { id: number; at: number }[] = []

  beforeAll(async () => {
    await engine(timeout)
    healthy = await inbox()
    const hole = await openBlackHole()
    open.push(hole.close)
    const gone = await openRaw({})
    await gone.close()
    healthyId = await subscribe(world, healthy.url)
    receivers.set('refuses the connection', { id: await subscribe(world, gone.url), receiver: null })
    receivers.set('lets the connection come to nothing', { id: await subscribe(world, hole.url), receiver: null })
    for (const [name, [way]] of Object.entries({ ...failing, ...succeeding })) {
      const receiver = await raw(way)
      receivers.set(name, { id: await subscribe(world, receiver.url), receiver })
    }
    // The first is for all; the others come while the bad ones are being waited for.
    for (let i = 0; i < 20; i++) {
      const at = performance.now()
      told.push({ id: await update(world, world.alice), at })
      if (i === 0)
        for (const { id } of receivers.values())
          await world.admin.patch(`/webhook/endpoint/${id}/`, { events: ['user.created'] })
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    for (const { id } of receivers.values()) await attempted(world, id, 1)
  })
  afterAll(clean)

  const made = async (name: string) => {
    const { id, receiver } = receivers.get(name) as { id: number; receiver: Raw | null }
    const [attempt, ...more] = await attemptsAt(world, id)
    expect(more).toEqual([])
    return { id, receiver, attempt: attempt as Flags }
  }
  const failed = async (name: string, { outcome, requests }: Expected) => {
    const { receiver, attempt, id } = await made(name)
    expect(short(attempt)).toMatch(outcome)
    expect(eventOf(attempt)).toBe(told[0]?.id)
    expect(wait(attempt)).toBe(5_000)
    const [row] = await world.db.query<{ ms: number }>('select ms from webhook_attempt where endpoint_id = $1', [id])
    expect(row?.ms).toBeLessThan(timeout + 1_000)
    if (requests !== undefined) expect(receiver?.requests).toHaveLength(requests)
    if (receiver) expect(receiver.taken).toHaveLength(1)
  }

  test('refuses the connection is tried again', () =>
    failed('refuses the connection', { outcome: /^null refused: 127\.0\.0\.1 refused the connection$/ }))
  test('lets the connection come to nothing is tried again', () =>
    failed('lets the connection come to nothing', { outcome: nothing }))
  test.each(Object.entries(failing))('%s is tried again', (name, [, expected]) => failed(name, expected))

  test.each(Object.entries(succeeding))('%s has received it', async (name, [, { outcome }]) => {
    const { attempt, receiver, id } = await made(name)
    expect(short(attempt)).toMatch(outcome)
    expect(attempt.next_retry).toBeNull()
    expect(receiver?.requests).toHaveLength(1)
    const [row] = await world.db.query<{ ms: number }>('select ms from webhook_attempt where endpoint_id = $1', [id])
    expect(row?.ms).toBeLessThan(timeout + 2_000)
  })

  test('is well gets everything at once, and only once', async () => {
    expect(healthy.ids()).toEqual(told.map(({ id }) => id))
    const attempts = await attemptsAt(world, healthyId)
    expect(attempts.map(short)).toEqual(told.map(() => '204 '))
    const waits = healthy.received.map(({ at }, i) => at - (told[i]?.at ?? 0)).sort((a, b) => a - b)
    expect(waits[10]).toBeLessThan(100)
    expect(waits.at(-1)).toBeLessThan(1_000)
  })

  test('has received it receives the next as well', async () => {
    const all = Object.keys(succeeding).map((name) => receivers.get(name) as { id: number; receiver: Raw })
    for (const { id } of all) await world.admin.patch(`/webhook/endpoint/${id}/`, { events: ['user.updated'] })
    const next = await update(world, world.bob)
    for (const { id, receiver } of all) {
      const [, attempt] = await attempted(world, id, 2)
      expect([eventOf(attempt as Flags), receiver.requests.length]).toEqual([next, 2])
      expect((attempt as Flags).next_retry, receiver.requests[0]?.head).toBeNull()
    }
  })
})

/** What the process holds more of memory while something is done, in MB at the most. */
async function growth(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage().rss
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss)
  }, 5)
  await work()
  clearInterval(timer)
  return (most - before) / 1024 ** 2
}

const clean = async () => {
  await close()
  const { body } = await world.admin.get('/webhook/endpoint/?limit=100')
  for (const { id } of body.results) await world.admin.delete(`/webhook/endpoint/${id}/`)
}

describe('of an answer without an end', () => {
  afterEach(clean)

  const chunk = Buffer.alloc(65_536, 'a')
  const gigabyte = 1024 ** 3
  const bomb = gzipSync(Buffer.alloc(50_000_000))
  const bodies: [string, string | Buffer, string | Buffer, RegExp][] = [
    ['a gigabyte', `HTTP/1.1 200 OK\r\nContent-Length: ${gigabyte}\r\n\r\n`, chunk, /^200 a{16384}$/],
    ['a body without a length', 'HTTP/1.1 200 OK\r\n\r\n', chunk, /^200 a{16384}$/],
    ['chunks without an end', chunked, `10000\r\n${chunk}\r\n`, /^200 a{16384}$/],
    ['chunks of one byte without an end', chunked, '1\r\na\r\n'.repeat(5_000), /^200 a{16384}$/],
    ['a failure without an end', `HTTP/1.1 500 Oh\r\nContent-Length: ${gigabyte}\r\n\r\n`, chunk, /^500 a{16384}$/],
    [
      'what unpacks to fifty megabytes',
      `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`,
      bomb,
      /^200 [^a]/,
    ],
  ]

  test.each(bodies)('%s, no more than 16 KiB are read', async (_name, head, body, outcome) => {
    await engine(5_000)
    const healthy = await inbox()
    let written = () => 0
    const receiver = await raw({
      asked: (socket) => {
        socket.write(head)
        written = pour(socket, body, body === bomb ? head.length + bomb.length : gigabyte)
      },
    })
    const [bad, good] = [await subscribe(world, receiver.url), await subscribe(world, healthy.url)]
    const grown = await growth(async () => {
      const event = await update(world, world.alice)
      const [attempt] = await attempted(world, bad, 1)
      expect(short(attempt as Flags)).toMatch(outcome)
      expect((attempt as Flags).http_response_body.length).toBeLessThanOrEqual(16_384)
      expect(eventOf(attempt as Flags)).toBe(event)
      await attempted(world, good, 1)
      await expect
        .poll(() => receiver.taken.every((socket) => socket.destroyed || socket.readableEnded), patiently)
        .toBe(true)
    })
    // What the sockets of both sides hold, and no more.
    expect(written()).toBeLessThan(16 * 1024 ** 2)
    expect(grown).toBeLessThan(100)
    expect(healthy.received).toHaveLength(1)
  })

  test('that only says that one will come, no more than a few lines are read', async () => {
    await engine(5_000)
    const healthy = await inbox()
    let written = () => 0
    const receiver = await raw({
      asked: (socket) => {
        written = pour(socket, 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(5_000))
      },
    })
    const bad = await subscribe(world, receiver.url)
    await subscribe(world, healthy.url)
    const begun = performance.now()
    await update(world, world.alice)
    const [attempt] = await attempted(world, bad, 1)
    expect(short(attempt as Flags)).toBe(
      'null malformed_response: The receiver sent an interim answer instead of a final one',
    )
    // Before its time was over.
    expect(performance.now() - begun).toBeLessThan(5_000)
    expect(written()).toBeLessThan(16 * 1024 ** 2)
    await healthy.gets(1)
  })
})

describe('a redirect', () => {
  afterEach(clean)

  const codes = [301, 302, 303, 307, 308]
  test.each(codes)('by %i is a failure, and nobody goes where it leads', async (code) => {
    await engine(timeout)
    const elsewhere = await raw({})
    const receiver = await raw({
      asked: (socket, { path }) =>
        socket.write(`HTTP/1.1 ${code} There\r\nLocation: ${places[path]}\r\nContent-Length: 0\r\n\r\n`),
    })
    const places: Record<string, string> = {
      '/elsewhere': elsewhere.url,
      '/around': `http://127.0.0.1:${receiver.port}/and`,
      '/and': `http://127.0.0.1:${receiver.port}/around`,
      '/itself': '/itself',
      '/inside': 'http://169.254.169.254/latest/meta-data/',
    }
    const paths = Object.keys(places)
    const ids: number[] = []
    for (const path of paths) ids.push(await subscribe(world, `http://127.0.0.1:${receiver.port}${path}`))
    await update(world, world.alice)
    for (const id of ids) {
      const [attempt] = await attempted(world, id, 1)
      expect(short(attempt as Flags)).toBe(`${code} `)
      expect(wait(attempt as Flags)).toBe(5_000)
    }
    expect(receiver.requests.map(({ path }) => path).sort()).toEqual(paths.sort())
    expect(elsewhere.taken).toEqual([])
  })
})

describe('Retry-After', () => {
  afterEach(clean)

  const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toUTCString()
  const away: [string, () => string, number][] = [
    ['0', () => '0', 5],
    ['2', () => '2', 5],
    ['60', () => '60', 60],
    ['a day', () => '86400', 3_600],
    ['an age', () => '9'.repeat(400), 3_600],
    ['a minute from now', () => inSeconds(60), 60],
    ['a moment ago', () => inSeconds(-60), 5],
    ['the year 2999', () => 'Fri, 01 Jan 2999 00:00:00 GMT', 3_600],
    ['"soon"', () => 'soon', 5],
    ['"soon, 2999"', () => 'soon, 2999', 5],
    ['-60', () => '-60', 5],
    ['60.5', () => '60.5', 5],
    ['nothing', () => '', 5],
  ]

  test('delays the next attempt after 429 and 503, by an hour at most, and never hastens it', async () => {
    await engine(timeout)
    const receiver = await raw({
      asked: (socket, { path }) => {
        const [, code, which] = path.split('/')
        const asked = away[Number(which)]?.[1]()
        socket.write(`HTTP/1.1 ${code} No\r\nRetry-After: ${asked}\r\nContent-Length: 0\r\n\r\n`)
      },
    })
    const made: [number, string, number, number][] = []
    for (const code of [429, 503, 401, 410, 500, 200])
      for (const [i, [name, , seconds]] of away.entries()) {
        const id = await subscribe(world, `http://127.0.0.1:${receiver.port}/${code}/${i}`)
        made.push([code, name, id, seconds])
      }
    await update(world, world.alice)
    const found: string[] = []
    const expected: string[] = []
    for (const [code, name, id, seconds] of made) {
      const [attempt] = await attempted(world, id, 1)
      const waited = Math.round(wait(attempt as Flags) / 1000)
      found.push(`${code} ${name}: ${seconds > 5 && Math.abs(waited - seconds) < 2 ? seconds : waited}`)
      expected.push(`${code} ${name}: ${code === 200 ? Number.NaN : code === 429 || code === 503 ? seconds : 5}`)
    }
    expect(found).toEqual(expected)
  })
})

describe('a connection that takes long to open', () => {
  afterEach(clean)

  test('lets nothing overtake what waits for it', async () => {
    let names = 0
    const sender = createSender({
      addresses: createAddresses(parseAllowed('127.0.0.0/8')),
      timeout: 2_000,
      sockets: 8,
      // The name of the first is there at once, that of the second when everything is over.
      resolve: async () => {
        if (++names === 2) await sleep(400)
        return ['127.0.0.1']
      },
    })
    open.push(sender.close)
    const arrived: string[] = []
    const receiver = await raw({
      asked: (socket, { path }) => {
        arrived.push(path)
        setTimeout(() => socket.write(ok), 40)
      },
    })
    const send = (path: string) =>
      new Promise<Outcome>((resolve) => {
        const origin = `http://receiver.test:${receiver.port}`
        sender.send({ origin, path, verify: true, headers: '', body: Buffer.from('{}') }, resolve)
      })
    const [first, second] = [send('/1'), send('/2')]
    await sleep(10)
    const rest = [first.then(() => send('/3')), second.then(() => send('/4'))]
    for (const { code, ms } of await Promise.all([first, second, ...rest]))
      expect([code, ms < 300]).toEqual([204, true])
    expect(arrived).toEqual(['/1', '/2', '/3', '/4'])
  })
})

describe('a connection that is broken off', () => {
  afterEach(clean)

  test('at any byte of the request is a failed attempt, made once', async () => {
    const sender = createSender({
      addresses: createAddresses(parseAllowed('127.0.0.0/8')),
      timeout: 2_000,
      sockets: 64,
    })
    open.push(sender.close)
    let length = 0
    const whole = await raw({
      read: (socket, bytes) => {
        length = bytes
        socket.write(ok)
      },
    })
    let after = 0
    let readings = 0
    const receiver = await raw({
      deaf: true,
      opened: (socket) => {
        readings++
        let bytes = 0
        const readOn = () => {
          while (bytes < after && socket.read(1)) bytes++
          if (bytes === after) socket.resetAndDestroy()
        }
        socket.on('readable', readOn)
      },
    })
    const body = Buffer.from(JSON.stringify({ event_id: 1, type: 'user.updated', data: {} }))
    const send = (port: number) =>
      new Promise<Outcome>((resolve) => {
        const headers = headerLines({ 'content-type': 'application/json', 'selfcommunity-signature': 't=1,v1=2' })
        sender.send({ origin: `http://127.0.0.1:${port}`, path: '/hook', verify: true, headers, body }, resolve)
      })
    expect((await send(whole.port)).code).toBe(204)
    expect(length).toBeGreaterThan(150)
    for (after = 1; after <= length; after++) {
      const { code, response } = await send(receiver.port)
      expect(`${after} ${code} ${response}`).toMatch(/ null (reset|closed): The receiver /)
      expect(readings).toBe(after)
    }
  })

  test('is made good by the next attempt, byte for byte the same', async () => {
    await engine(timeout)
    const receiver = await raw({
      asked: (socket) => (receiver.requests.length === 1 ? socket.resetAndDestroy() : socket.write(ok)),
    })
    const id = await subscribe(world, receiver.url)
    await update(world, world.alice)
    await attempted(world, id, 1)
    clock.pass(5_000)
    const [first, second] = await attempted(world, id, 2)
    expect([first, second].map((each) => short(each as Flags))).toEqual([
      'null reset: The receiver broke the connection off',
      '204 ',
    ])
    expect(receiver.requests[1]?.body).toBe(receiver.requests[0]?.body)
    expect(ms((second as Flags).sent_at)).toBeGreaterThanOrEqual(ms((first as Flags).next_retry))
  })

  test('after an early 2xx is a success, whatever was not read', async () => {
    await engine(10_000)
    const receiver = await raw({
      deaf: true,
      opened: (socket) => {
        socket.once('readable', () => {
          socket.read(1)
          socket.write(ok, () => setTimeout(() => socket.resetAndDestroy(), 20))
        })
      },
    })
    const id = await subscribe(world, receiver.url)
    // More than the sockets hold: most of it has not been sent when the answer is there.
    await tell(world, 1, 'user.updated', { text: 'a'.repeat(4_000_000) })
    const [attempt] = await attempted(world, id, 1)
    expect(short(attempt as Flags)).toBe('204 ')
  })
})

describe('a connection that was kept', () => {
  afterEach(clean)

  /** Every delivery has one attempt, and that was good. */
  async function allGood(id: number, ids: number[]) {
    await expect
      .poll(() => count(id), { timeout: 25_000, interval: 20 })
      .toEqual({ attempts: ids.length, events: ids.length, good: ids.length })
  }
  const count = async (id: number) => {
    const [row] = await world.db.query<{ attempts: number; events: number; good: number }>(
      `select count(*)::int as attempts, count(distinct event_id)::int as events,
         (count(*) filter (where code = 204 and next_retry is null))::int as good
       from webhook_attempt where endpoint_id = $1`,
      [id],
    )
    return row as { attempts: number; events: number; good: number }
  }

  const races: [string, Way][] = [
    ['reset', { asked: (socket, { nth }) => (nth > 1 ? socket.resetAndDestroy() : socket.write(ok)) }],
    ['closed', { asked: (socket, { nth }) => (nth > 1 ? socket.destroy() : socket.write(ok)) }],
    ['half closed', { asked: (socket, { nth }) => (nth > 1 ? socket.end() : socket.write(ok)) }],
  ]
  test.each(races)('and is %s whenever it is used again costs no attempt', async (_how, way) => {
    await engine(5_000)
    const receiver = await raw(way)
    const id = await subscribe(world, receiver.url)
    const ids = await tell(world, 1_000)
    await allGood(id, ids)
    expect(new Set(receiver.requests.map(({ body }) => JSON.parse(body).event_id)).size).toBe(1_000)
    expect(receiver.requests.filter(({ nth }) => nth > 1).length).toBeGreaterThan(100)
  })

  test('and is closed right after the answer costs no attempt', async () => {
    await engine(5_000)
    let closed = 0
    const receiver = await raw({
      asked: (socket, { nth }) => {
        socket.write(ok)
        if (nth % 3) return
        closed++
        // At the moment of its next use, a little before or after it.
        if (closed % 3 === 0) socket.destroy()
        else if (closed % 3 === 1) setImmediate(() => socket.destroy())
        else setTimeout(() => socket.destroy(), 1)
      },
    })
    const id = await subscribe(world, receiver.url)
    const ids = await tell(world, 1_500)
    await allGood(id, ids)
    expect(closed).toBeGreaterThan(300)
  })

  test('and is closed together with all others costs no attempt', async () => {
    await engine(5_000)
    const kept = new Set<Socket>()
    let closed = 0
    let answers = 0
    const receiver = await raw({
      asked: (socket, { nth }) => {
        if (nth === 1 || ++answers % 50) {
          socket.write(ok)
          kept.add(socket)
          return
        }
        for (const each of kept) each.destroy()
        closed += kept.size
        kept.clear()
      },
    })
    const id = await subscribe(world, receiver.url)
    await allGood(id, await tell(world, 1_500))
    expect(closed).toBeGreaterThan(100)
  })
})

describe('a certificate', () => {
  const read = (name: string) => readFileSync(join(import.meta.dirname, 'fixtures', name))
  const certificate = (name: string): TlsOptions => ({ cert: read(`${name}.crt`), key: read(`${name}.key`) })
  const trusted = getCACertificates('default')

  beforeAll(() => setDefaultCACertificates([...trusted, read('ca.crt').toString()]))
  afterAll(() => setDefaultCACertificates(trusted))
  afterEach(clean)

  const resolve = async () => ['127.0.0.1']
  const answering: Way = { asked: (socket) => socket.write(ok) }
  const named = ({ url }: Raw) => url.replace('127.0.0.1', 'receiver.test')
  const bad: [string, string, RegExp][] = [
    ['that has expired', 'expired', /^null tls_certificate: The receiver has a certificate that has expired$|expired/],
    ['for another name', 'other', /^null tls_certificate: .* has a certificate for another name$/],
    ['signed by itself', 'self', /^null tls_certificate: .* has a self-signed certificate$/],
  ]

  test.each(['127.0.0.1', 'receiver.test'])('that is good for %s is taken', async (host) => {
    await engine(2_000, { resolve })
    const receiver = await raw(answering, { tls: certificate('good') })
    const id = await subscribe(world, receiver.url.replace('127.0.0.1', host))
    await update(world, world.alice)
    expect((await attempted(world, id, 1)).map(short)).toEqual(['204 '])
  })

  test.each(bad)('%s is refused, unless it need not be good', async (_what, name, outcome) => {
    await engine(2_000, { resolve })
    const receiver = await raw(answering, { tls: certificate(name) })
    const strict = await subscribe(world, named(receiver))
    const first = await update(world, world.alice)
    const [refused] = await attempted(world, strict, 1)
    expect(short(refused as Flags)).toMatch(outcome)
    expect(wait(refused as Flags)).toBe(5_000)
    expect(receiver.requests).toEqual([])

    // The connections of those who do not look are no way in for the others.
    const lax = await subscribe(world, named(receiver), { ssl_cert_verification: false })
    for (const n of [1, 2, 3]) {
      await update(world, world.alice)
      expect((await attempted(world, lax, n)).map(short)).toEqual(Array(n).fill('204 '))
      expect((await attempted(world, strict, n + 1)).map(short).at(-1)).toMatch(outcome)
    }
    expect(receiver.requests.map(({ nth }) => nth)).toEqual([1, 1, 2])

    // What was refused arrives once the administrator says that it may.
    await world.admin.patch(`/webhook/endpoint/${strict}/`, { ssl_cert_verification: false })
    await update(world, world.alice)
    expect((await attempted(world, strict, 5)).map(short).at(-1)).toBe('204 ')
    clock.pass(5_000)
    const attempts = await attempted(world, strict, 9)
    expect(attempts.slice(4).map(short)).toEqual(Array(5).fill('204 '))
    expect(Math.min(...attempts.slice(4).map(eventOf))).toBe(first)
  })

  test('of an issuer nobody has heard of is refused', async () => {
    setDefaultCACertificates(trusted)
    await engine(2_000, { resolve })
    const receiver = await raw(answering, { tls: certificate('good') })
    const id = await subscribe(world, named(receiver))
    await update(world, world.alice)
    expect((await attempted(world, id, 1)).map(short)).toEqual([
      'null tls_certificate: 127.0.0.1 has a certificate whose issuer is not trusted here',
    ])
    setDefaultCACertificates([...trusted, read('ca.crt').toString()])
  })

  test('that is replaced by a bad one counts at the next connection', async () => {
    await engine(2_000, { resolve })
    const receiver = await raw(answering, { tls: certificate('good') })
    const id = await subscribe(world, named(receiver))
    await update(world, world.alice)
    await attempted(world, id, 1)
    receiver.show(certificate('expired'))
    for (const socket of receiver.taken) socket.destroy()
    await update(world, world.alice)
    const [first, second] = await attempted(world, id, 2)
    expect(short(first as Flags)).toBe('204 ')
    expect(short(second as Flags)).toMatch(/^null tls_certificate: /)
  })

  const handshakes: [string, Way, { tls?: TlsOptions }, RegExp][] = [
    ['says nothing', { deaf: true }, {}, nothing],
    [
      'does not know TLS',
      { opened: (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), deaf: true },
      {},
      /^null tls_failed: /,
    ],
    [
      'breaks it off',
      { opened: (socket) => setTimeout(() => socket.resetAndDestroy(), 20), deaf: true },
      {},
      /^null tls_failed: /,
    ],
    [
      'knows only TLS 1.0',
      answering,
      { tls: { ...certificate('good'), minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } },
      /^null tls_failed: /,
    ],
  ]
  test.each(handshakes)('is not asked for where the receiver %s', async (_what, way, options, outcome) => {
    await engine(timeout)
    const healthy = await inbox()
    const receiver = await raw(way, options)
    const target = receiver.url.replace('http:', 'https:')
    const strict = await subscribe(world, target)
    const lax = await subscribe(world, target, { ssl_cert_verification: false })
    await subscribe(world, healthy.url)
    await update(world, world.alice)
    for (const id of [strict, lax]) expect(short((await attempted(world, id, 1))[0] as Flags)).toMatch(outcome)
    await healthy.gets(1)
  })

  test('does not change that a connection broken off is one attempt', async () => {
    await engine(2_000)
    const receiver = await raw({ asked: (socket) => socket.destroy() }, { tls: certificate('good') })
    const id = await subscribe(world, receiver.url)
    await update(world, world.alice)
    expect(short((await attempted(world, id, 1))[0] as Flags)).toMatch(lost)
    expect(receiver.requests).toHaveLength(1)
  })
})

describe('a name', () => {
  afterEach(clean)

  const addresses = createAddresses(parseAllowed('127.0.0.1'))
  const answering: Way = { asked: (socket) => socket.end(`HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n`) }
  async function named(answer: (name: string) => Answer | null) {
    const dns = await startDns((name, type) => (type === 'A' ? answer(name) : { addresses: [] }))
    open.push(dns.close)
    return engine(3_000, { addresses, resolve: createResolve({ timeout: 500, servers: dns.servers }) })
  }

  test('that DNS does not lead anywhere is tried again, and found once it does', async () => {
    let failing = true
    await named((name) => {
      if (name === 'silent.test') return null
      if (failing && name === 'unknown.test') return { failure: 'NXDOMAIN' }
      if (failing && name === 'broken.test') return { failure: 'SERVFAIL' }
      return { addresses: failing ? [] : ['127.0.0.1'] }
    })
    const [receiver, healthy] = [await raw(answering), await inbox()]
    const at = (name: string) => subscribe(world, `http://${name}:${receiver.port}/hook`)
    const ids = [await at('unknown.test'), await at('broken.test'), await at('empty.test'), await at('silent.test')]
    await subscribe(world, healthy.url)
    await update(world, world.alice)
    const attempts: string[] = []
    for (const id of ids) attempts.push(short((await attempted(world, id, 1))[0] as Flags))
    expect(attempts).toEqual([
      'null dns_not_found: DNS does not know unknown.test',
      'null dns_failed: DNS failed for broken.test (ESERVFAIL)',
      'null dns_not_found: empty.test has no address in DNS',
      'null dns_timeout: DNS did not answer for silent.test within 0.5 s',
    ])
    await healthy.gets(1)
    failing = false
    clock.pass(5_000)
    for (const id of ids.slice(0, 3)) expect((await attempted(world, id, 2)).map(short).at(-1)).toBe('204 ')
  })

  test('that leads somewhere private now and then leads only there where it may', async () => {
    let asked = 0
    const answers = [['127.0.0.1'], ['127.0.0.2'], ['127.0.0.1', '127.0.0.2'], ['10.0.0.1'], ['169.254.169.254']]
    await named(() => ({ addresses: answers[asked++ % answers.length] }))
    const receiver = await raw(answering)
    const inside = await raw(answering, { host: '127.0.0.2', port: receiver.port })
    const id = await subscribe(world, `http://flipping.test:${receiver.port}/hook`)
    for (let n = 1; n <= 20; n++) {
      await update(world, world.alice)
      await attempted(world, id, n)
    }
    const outcomes = (await attemptsAt(world, id)).map(short)
    expect(outcomes.filter((each) => each === '204 ').length).toBe(receiver.requests.length)
    expect(receiver.requests.length).toBeGreaterThanOrEqual(4)
    const refused = outcomes.filter((each) => each !== '204 ')
    expect(refused.length).toBeGreaterThan(10)
    for (const each of refused) expect(each).toMatch(/^null forbidden_address: flipping\.test leads to /)
    expect(inside.taken).toEqual([])
  })

  test('or an address that is private is not connected to, however it is written', async () => {
    await named((name) =>
      name === 'alias.test' ? { alias: 'inside.test', addresses: ['127.0.0.2'] } : { addresses: ['127.0.0.2'] },
    )
    const inside = await raw(answering, { host: '127.0.0.2' })
    const hosts = [
      '127.0.0.2',
      '2130706434',
      '0x7f.2',
      '[::ffff:127.0.0.2]',
      'inside.test',
      'alias.test',
      'inside.test.',
    ]
    const ids: number[] = []
    for (const host of hosts) ids.push(await subscribe(world, `http://${host}:${inside.port}/hook`))
    await update(world, world.alice)
    for (const id of ids) {
      const [attempt] = await attempted(world, id, 1)
      expect(short(attempt as Flags)).toMatch(/^null forbidden_address: /)
      expect(wait(attempt as Flags)).toBe(5_000)
    }
    expect(inside.taken).toEqual([])
  })
})
