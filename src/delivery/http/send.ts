import type { Socket } from 'node:net'
import { failpoint } from '../../platform/failpoint.ts'
import type { Addresses } from './addresses.ts'
import { Answer, BadAnswer } from './answer.ts'
import { createConnector } from './dial.ts'
import { describeFailure } from './failure.ts'
import { createPace } from './pace.ts'

/** One POST to be sent. */
export type Sending = {
  origin: string
  path: string
  /** Whether the certificate must be valid. */
  verify: boolean
  /** A line each, ends included. */
  headers: string
  body: Uint8Array
}

/** Headers as they go out. */
export const headerLines = (headers: Record<string, string>) =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')

/** The outcome of a POST. */
export type Outcome = {
  /** Null if there was no answer; `response` then says why. */
  code: number | null
  response: string
  ms: number
  /** For how many seconds the receiver asked us to stay away, if it did. */
  retryAfter: number | null
}

export type Sender = {
  /** Sends, and calls back exactly once, after `timeout` or little more at the latest. */
  send(sending: Sending, done: (outcome: Outcome) => void): void
  close(): Promise<void>
}

export type SenderOptions = {
  addresses: Addresses
  /** For a whole attempt, in ms. */
  timeout: number
  /** Largest number of connections; beyond it, idle ones are closed. */
  sockets: number
  /**
   * Largest number of requests begun in 10 ms: for receivers that do not answer, where every attempt is a connection.
   */
  pace?: number
  resolve?: Parameters<typeof createConnector>[0]['resolve']
}

/** Bytes of an answer that are read and logged. The verdict is in its first line. */
const answerLimit = 16 * 1024
/** How long the rest of an answer may take after its first lines (ms). */
const restTimeout = 1_000
/** How long a connection is kept that was no longer needed when it was ready (ms). */
const unaskedFor = 5_000
/** Longer bodies are written separately instead of being copied behind their headers. */
const copied = 16 * 1024

/** A POST under way. */
type Flight = {
  sending: Sending
  done(outcome: Outcome): void
  started: number
  expires: number
  connection: Connection | null
  /** It is sent a second time: a kept connection was lost under the first. */
  again: boolean
  over: boolean
}

/** A connection carries one request at a time. */
type Connection = {
  socket: Socket
  origin: Origin
  flight: Flight | null
  answer: Answer
  /** It was idle, and may have been closed meanwhile. */
  kept: boolean
  /** Until when it is kept while idle. */
  until: number
}

/** A target of requests. Connections that verify certificates and those that do not are never shared. */
type Origin = {
  key: string
  host: string
  url: URL
  verify: boolean
  idle: Connection[]
  open: number
  /** Requests that wait for a connection, new or free, oldest first. */
  waiting: Flight[]
}

/**
 * Sends webhooks by HTTP/1.1. It only sends POSTs of a few hundred bytes of headers and a ready body, which costs
 * less than half of a general client. Connections are kept and used again.
 */
export function createSender(options: SenderOptions): Sender {
  const { timeout, sockets } = options
  const origins = new Map<string, Origin>()
  const connectors = new Map<boolean, ReturnType<typeof createConnector>>()
  const flights = new Set<Flight>()
  /** Idle connections, longest first. */
  const idle = new Set<Connection>()
  const connections = new Set<Connection>()
  const paced = createPace(options.pace)
  /** What is sent is put together here. */
  let page = Buffer.allocUnsafeSlow(copied)
  let timer: NodeJS.Timeout | null = null
  let sweeper: NodeJS.Timeout | null = null
  let closed = false

  function connectorFor(verify: boolean): ReturnType<typeof createConnector> {
    const kept = connectors.get(verify)
    if (kept) return kept
    const made = createConnector({ addresses: options.addresses, verify, resolve: options.resolve })
    connectors.set(verify, made)
    return made
  }

  function originFor({ origin, verify }: Sending): Origin {
    const key = verify ? origin : `unverified ${origin}`
    const kept = origins.get(key)
    if (kept) return kept
    const url = new URL(origin)
    const made: Origin = { key, host: url.host, url, verify, idle: [], open: 0, waiting: [] }
    origins.set(key, made)
    return made
  }

  function post(sending: Sending, done: (outcome: Outcome) => void): void {
    const started = performance.now()
    const flight: Flight = {
      sending,
      done,
      started,
      expires: started + timeout,
      connection: null,
      again: false,
      over: false,
    }
    flights.add(flight)
    watch()
    assign(flight)
  }

  function assign(flight: Flight): void {
    const origin = originFor(flight.sending)
    const kept = origin.idle.at(-1)
    if (!kept) {
      origin.waiting.push(flight)
      open(origin)
    } else if (kept.socket.writable) {
      origin.idle.pop()
      idle.delete(kept)
      write(kept, flight)
    } else {
      // Its end was not reported yet.
      close(kept)
      assign(flight)
    }
  }

  /** Opens a connection for the oldest waiting request; or for one that must not use a kept connection. */
  function open(origin: Origin, again: Flight | null = null): void {
    origin.open++
    const [longest] = connections.size >= sockets ? idle : []
    if (longest) close(longest)
    const { hostname, protocol, port } = origin.url
    connectorFor(origin.verify)({ hostname, protocol, port }, (...[error, socket]) => {
      const flight = again?.over ? null : (again ?? origin.waiting.shift())
      if (error) {
        leave(origin)
        if (flight) settle(flight, null, failure(error))
        return
      }
      const connection = adopt(socket as Socket, origin)
      if (closed) close(connection)
      else if (flight) write(connection, flight)
      else keep(connection, unaskedFor)
    })
  }

  /** Gives a connection the oldest waiting request, so that requests go out in order; or keeps it for `ms`. */
  function keep(connection: Connection, ms: number): void {
    connection.kept = true
    const next = connection.origin.waiting.shift()
    if (next) {
      write(connection, next)
      return
    }
    connection.until = performance.now() + ms
    connection.origin.idle.push(connection)
    idle.add(connection)
    sweep()
  }

  function leave(origin: Origin): void {
    if (--origin.open === 0 && origins.get(origin.key) === origin) origins.delete(origin.key)
  }

  function adopt(socket: Socket, origin: Origin): Connection {
    const connection: Connection = { socket, origin, flight: null, answer: new Answer(0), kept: false, until: 0 }
    connections.add(connection)
    socket.setNoDelay(true)
    socket.on('data', (piece: Buffer) => received(connection, piece))
    socket.on('end', () => lost(connection, null))
    socket.on('error', (error) => lost(connection, error))
    socket.on('close', () => lost(connection, null))
    return connection
  }

  function write(connection: Connection, flight: Flight): void {
    const { socket, origin } = connection
    const { path, headers, body } = flight.sending
    connection.flight = flight
    connection.answer = new Answer(answerLimit)
    flight.connection = connection
    const first = `POST ${path} HTTP/1.1\r\nhost: ${origin.host}\r\nconnection: keep-alive\r\n`
    const head = `${first}${headers}content-length: ${body.length}\r\n\r\n`
    failpoint('first byte')
    const length = head.length + body.length
    if (length > copied) {
      socket.cork()
      socket.write(head, 'latin1')
      socket.write(body)
      socket.uncork()
      return
    }
    page.write(head, 'latin1')
    page.set(body, head.length)
    socket.write(page.subarray(0, length))
    // Most are with the kernel at once; what is not stays as it is until then.
    if (socket.writableLength > 0) page = Buffer.allocUnsafeSlow(copied)
  }

  function received(connection: Connection, piece: Buffer): void {
    const { flight, answer } = connection
    // An answer without a request.
    if (!flight) {
      close(connection)
      return
    }
    const before = answer.status
    try {
      answer.read(piece)
    } catch (error) {
      if (!(error instanceof BadAnswer)) throw error
      close(connection)
      if (answer.status) settle(flight, answer.status, answer.text(), answer.retryAfter)
      else settle(flight, null, `${error.code}: ${error.message}`)
      return
    }
    if (answer.full) {
      close(connection)
      settle(flight, answer.status, answer.text(), answer.retryAfter)
    } else if (answer.done) complete(connection, flight)
    else if (answer.status !== before) flight.expires = Math.min(flight.expires, performance.now() + restTimeout)
  }

  function complete(connection: Connection, flight: Flight): void {
    const { answer, socket } = connection
    connection.flight = null
    // An answer that came before everything was sent leaves the connection in the middle of a request.
    if (answer.keep > 0 && socket.writableLength === 0 && socket.writable && !socket.readableEnded) {
      keep(connection, answer.keep)
    } else close(connection)
    settle(flight, answer.status, answer.text(), answer.retryAfter)
  }

  /** The receiver closed: after its answer, in the middle of it, or while idle. */
  function lost(connection: Connection, error: Error | null): void {
    const { flight, answer } = connection
    const ended = flight !== null && answer.end()
    close(connection)
    if (!flight || flight.over) return
    if (ended || answer.status) settle(flight, answer.status, answer.text(), answer.retryAfter)
    // The connection was closed just as it was used again: that says nothing of the request.
    else if (connection.kept && !answer.begun && !flight.again) {
      // Other kept connections may be closed too, so the request gets a new one.
      flight.again = true
      open(connection.origin, flight)
    } else if (error) settle(flight, null, failure(error))
    else
      settle(
        flight,
        null,
        answer.partial
          ? 'closed: The receiver closed the connection before the headers of its answer had ended'
          : 'closed: The receiver closed the connection before it had answered',
      )
  }

  function close(connection: Connection): void {
    if (!connections.delete(connection)) return
    const { origin, socket } = connection
    if (idle.delete(connection)) origin.idle.splice(origin.idle.indexOf(connection), 1)
    connection.flight = null
    leave(origin)
    socket.destroy()
  }

  function settle(flight: Flight, code: number | null, response: string, retryAfter: string | null = null): void {
    if (flight.over) return
    flight.over = true
    flights.delete(flight)
    failpoint('response read')
    // PostgreSQL does not store NUL.
    const clean = response.includes('\0') ? response.replaceAll('\0', '\ufffd') : response
    const ms = Math.round(performance.now() - flight.started)
    flight.done({ code, response: clean, ms, retryAfter: retryAfter === null ? null : secondsOf(retryAfter) })
  }

  function forget(flight: Flight): void {
    const { waiting } = originFor(flight.sending)
    const at = waiting.indexOf(flight)
    if (at >= 0) waiting.splice(at, 1)
  }

  function expire(flight: Flight): void {
    const { connection } = flight
    const answer = connection?.answer
    if (connection) close(connection)
    else forget(flight)
    if (answer?.status) settle(flight, answer.status, answer.text(), answer.retryAfter)
    else {
      const what = answer?.partial ? 'the headers of the answer did not end' : 'no answer'
      settle(flight, null, `timeout: ${what} within ${timeout / 1000} s`)
    }
  }

  /** Ends what takes too long, a few at a time: destroying thousands of sockets at once would stop everything else. */
  function watch(): void {
    timer ??= setInterval(() => {
      const now = performance.now()
      let ended = 0
      for (const flight of flights) {
        if (flight.expires > now) continue
        expire(flight)
        if (++ended >= 32) break
      }
      if (!flights.size && timer) {
        clearInterval(timer)
        timer = null
      }
    }, 25)
  }

  /** Closes connections before their receivers do. */
  function sweep(): void {
    sweeper ??= setInterval(() => {
      const now = performance.now()
      for (const connection of idle) if (connection.until <= now) close(connection)
      if (!idle.size && sweeper) {
        clearInterval(sweeper)
        sweeper = null
      }
    }, 500)
  }

  return {
    send: (sending, done) => paced.begin(() => post(sending, done)),
    async close() {
      closed = true
      if (timer) clearInterval(timer)
      paced.stop()
      if (sweeper) clearInterval(sweeper)
      for (const connection of connections) close(connection)
      for (const flight of flights) settle(flight, null, 'stopped: Kith stopped before there was an answer')
      for (const { waiting } of origins.values()) waiting.length = 0
    },
  }
}

function failure(error: unknown): string {
  const { code, sentence } = describeFailure(error)
  return `${code}: ${sentence}`
}

/** Retry-After in seconds, from a number or a date; null if it is neither. */
function secondsOf(asked: string): number | null {
  if (/^\d+$/.test(asked)) return Number(asked)
  // The parser alone would find a date in "soon 2099" as well.
  const at = /^\w+,? .*\d\d:\d\d:\d\d/.test(asked) ? Date.parse(asked) : Number.NaN
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - Date.now()) / 1000))
}
