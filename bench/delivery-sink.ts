// Receivers of webhooks, as cheap as they come: their time is the machine's, and not what is measured. Good ones answer
// 204 on kept connections; the others do what receivers do that have gone bad.
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { answering, signingSecret } from './delivery-processes.ts'

/** How a receiver behaves. `flaky` fails at the first attempt of every tenth event. */
export type Behaviour = 'good' | 'flaky' | 'refuse' | 'hang' | 'slow' | 'reset'

export type SinkQuestion =
  | { do: 'listen'; behaviour: Behaviour; n: number }
  /** Answers when so many webhooks have come since the last time this was asked. */
  | { do: 'await'; n: number }
  /** From now on: when each came, and at which event. */
  | { do: 'record' }
  /** Answers what was recorded, once each of these events has come. */
  | { do: 'take'; events: Float64Array }

/** What came: how many, how many bytes of bodies, and a few signed badly; there should be none. */
export type Received = { n: number; bytes: number; bad: number; checked: number }
/** Pairs of an event and the moment (ms, unix time) of the first byte of its request. */
export type Records = Float64Array

const answer = Buffer.from('HTTP/1.1 204 No Content\r\n\r\n')
const failure = Buffer.from('HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n')
const headEnd = Buffer.from('\r\n\r\n')
const now = () => performance.timeOrigin + performance.now()

let received = { n: 0, bytes: 0, bad: 0, checked: 0 }
let total = 0
let awaited: { n: number; resolve(): void } | null = null
let records: number[] | null = null
let recorded = new Set<number>()
let taken: { events: Float64Array; resolve(): void } | null = null
/** Events that came to ports that are flaky. */
const seen = new Set<string>()

/** Of every thousand webhooks, one has its signature checked. */
function check(head: string, body: Buffer): void {
  const header = /\r\nselfcommunity-signature: (.*)\r\n/i.exec(head)?.[1]
  // The bare loop does not sign.
  if (header === undefined || header === 'none') return
  const seconds = /t=(\d+)/.exec(header)?.[1]
  const digest = createHmac('sha256', signingSecret).update(`${seconds}.`).update(body).digest('hex')
  received.checked++
  if (/,v1=(\w+)/.exec(header)?.[1] !== digest) received.bad++
}

const nothing = (): Received => ({ n: 0, bytes: 0, bad: 0, checked: 0 })

function record(event: number, at: number): void {
  records?.push(event, at)
  recorded.add(event)
  if (taken?.events.every((each) => recorded.has(each))) taken.resolve()
}

function arrived(bytes: number): void {
  received.n++
  received.bytes += bytes
  if (awaited && received.n >= awaited.n) {
    awaited.resolve()
    awaited = null
  }
}

/** Reads requests one after the other, as clients without pipelining send them. */
function receive(socket: Socket, flaky: boolean): void {
  let head: Buffer | null = null
  let missing = 0
  let length = 0
  let at = 0
  let again = true
  const end = () => {
    arrived(length)
    socket.write(again ? answer : failure)
  }
  socket.setNoDelay()
  socket.on('data', (chunk) => {
    if (missing > 0) {
      missing -= chunk.length
      if (missing === 0) end()
      return
    }
    if (!head && records) at = now()
    const whole = head ? Buffer.concat([head, chunk]) : chunk
    const stop = whole.indexOf(headEnd)
    if (stop < 0) {
      head = whole
      return
    }
    head = null
    const text = whole.toString('latin1', 0, stop + 2)
    length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0)
    const body = whole.subarray(stop + 4)
    missing = length - body.length
    if (records || flaky) {
      const event = Number(/"event_id":(\d+)/.exec(body.toString('latin1', 0, 40))?.[1])
      if (records) record(event, at)
      const key = `${socket.localPort} ${event}`
      again = !flaky || event % 10 > 0 || seen.has(key)
      if (flaky) seen.add(key)
    }
    if (++total % 997 === 1 && missing === 0) check(text, body)
    if (missing === 0) end()
  })
}

const behaviours: Record<Behaviour, (socket: Socket) => void> = {
  good: (socket) => receive(socket, false),
  flaky: (socket) => receive(socket, true),
  refuse: () => {},
  hang: (socket) => socket.resume(),
  reset: (socket) => socket.once('data', () => socket.resetAndDestroy()),
  slow(socket) {
    let at = 0
    const timer = setInterval(() => socket.write(answer.subarray(at, ++at)), 1_000)
    socket.resume().on('close', () => clearInterval(timer))
  },
}

async function listen(behaviour: Behaviour): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    behaviours[behaviour](socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  if (behaviour === 'refuse') await new Promise((resolve) => server.close(resolve))
  return port
}

async function take(events: Float64Array): Promise<Records> {
  if (!events.every((each) => recorded.has(each)))
    await new Promise<void>((resolve) => {
      taken = { events, resolve }
    })
  const all = Float64Array.from(records ?? [])
  records = null
  taken = null
  recorded = new Set()
  received = nothing()
  return all
}

answering<SinkQuestion>(async (question) => {
  if (question.do === 'listen') return Promise.all(Array.from({ length: question.n }, () => listen(question.behaviour)))
  if (question.do === 'record') records = []
  if (question.do === 'take') return take(question.events)
  if (question.do === 'await') {
    if (received.n < question.n) await new Promise<void>((resolve) => (awaited = { n: question.n, resolve }))
    const all = received
    received = nothing()
    return all
  }
})
