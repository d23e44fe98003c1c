import type { Socket } from 'node:net'
import type { Dispatcher, Pool as PoolType } from 'undici'
import { point } from '../platform/point.ts'
import type { Addresses } from './addresses.ts'
import { createConnector, describeFailure } from './guard.ts'
import { Pool } from './undici.ts'

/** One POST as it is to go out. */
export type Sending = {
  origin: string
  path: string
  /** Whether the certificate must be good. */
  verify: boolean
  /** Names and values in turn. */
  headers: string[]
  body: Uint8Array
}

/** What came of it. */
export type Outcome = {
  /** Null when there was no answer; `response` then says why. */
  code: number | null
  response: string
  ms: number
  /** Seconds the receiver asked us to stay away, if it did. */
  retryAfter: number | null
}

export type Sender = {
  /** Sends and calls back exactly once, whatever happens, at most `timeout` and a little later. */
  send(sending: Sending, done: (outcome: Outcome) => void): void
  close(): Promise<void>
}

export type SenderOptions = {
  addresses: Addresses
  /** For a whole attempt, in ms. */
  timeout: number
  /** Sockets kept at most. */
  sockets: number
  /** Begin no more than so many in 10 ms: for receivers that do not answer, where every attempt is a connection. */
  pace?: number
  resolve?: Parameters<typeof createConnector>[0]['resolve']
}

/** So much of an answer is read and logged. The verdict was in its first line. */
const answerLimit = 16 * 1024
/** How long the rest of an answer may take once its first line is there. */
const restTimeout = 1_000
/** So many answers that are none yet (1xx) are read. */
const interimLimit = 32

type Flight = { expires: number; expire(): void }

type Origin = { pool: PoolType; busy: number }

/** Sends webhooks: connections are kept per origin and kind of verification, and reused. */
export function createSender(options: SenderOptions): Sender {
  const { timeout, sockets, pace } = options
  // Least recently used first, as a Map keeps its keys.
  const origins = new Map<string, Origin>()
  const connectors = new Map<boolean, ReturnType<typeof createConnector>>()
  const flights = new Set<Flight>()
  const waiting: (() => void)[] = []
  let timer: NodeJS.Timeout | null = null
  let begun = 0

  /** The guard's connector, whose sockets tell with an error whether anything was ever read from them. */
  function connectorFor(verify: boolean): ReturnType<typeof createConnector> {
    const kept = connectors.get(verify)
    if (kept) return kept
    const connect = createConnector({ addresses: options.addresses, verify, resolve: options.resolve })
    const marking: typeof connect = (target, callback) =>
      connect(target, ((...given: Parameters<typeof callback>) => {
        const socket = given[1] as Socket | null
        socket?.on('error', (error: Error & { used?: boolean }) => {
          error.used = socket.bytesRead > 0
        })
        callback(...given)
      }) as typeof callback)
    connectors.set(verify, marking)
    return marking
  }

  /** @param fresh every request on a connection of its own */
  function originFor({ origin, verify }: Sending, fresh = false): Origin {
    const key = `${fresh ? 'fresh ' : ''}${verify ? '' : 'unverified '}${origin}`
    const kept = origins.get(key)
    if (kept) {
      origins.delete(key)
      origins.set(key, kept)
      return kept
    }
    for (const [other, each] of origins) {
      if (origins.size < sockets) break
      if (each.busy) continue
      origins.delete(other)
      each.pool.destroy().catch(() => {})
    }
    const made: Origin = {
      busy: 0,
      pool: new Pool(origin, {
        pipelining: fresh ? 0 : 1,
        connections: null,
        connect: connectorFor(verify),
        keepAliveTimeout: 30_000,
        keepAliveMaxTimeout: 120_000,
        // Deadlines are ours: those of undici come in slots of half a second, thousands at once.
        headersTimeout: 0,
        bodyTimeout: 0,
        maxHeaderSize: 16 * 1024,
        allowH2: false,
      }),
    }
    origins.set(key, made)
    return made
  }

  function post(sending: Sending, done: (outcome: Outcome) => void): void {
    const started = performance.now()
    let origin = originFor(sending)
    origin.busy++
    let controller: Dispatcher.DispatchController | null = null
    let code: number | null = null
    let retryAfter: number | null = null
    let chunks: Buffer[] | null = null
    let size = 0
    let over = false
    let again = false
    let begun = false
    let interim = 0

    const flight: Flight = {
      expires: started + timeout,
      expire() {
        if (code === null) finish(null, `timeout: no answer within ${timeout / 1000} s`)
        else finish(code, text())
        controller?.abort(new Error('enough'))
      },
    }
    flights.add(flight)
    watch()

    const text = () => (chunks ? Buffer.concat(chunks).toString('utf8') : '')
    function finish(answered: number | null, response: string): void {
      if (over) return
      over = true
      origin.busy--
      flights.delete(flight)
      point('response read')
      // PostgreSQL keeps no NUL.
      const clean = response.includes('\0') ? response.replaceAll('\0', '\ufffd') : response
      done({ code: answered, response: clean, ms: Math.round(performance.now() - started), retryAfter })
    }

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(given) {
        controller = given
        if (over) given.abort(new Error('too late'))
        else point('first byte')
      },
      onResponseStarted() {
        begun = true
      },
      onResponseStart(given, status, headers) {
        if (status < 200) {
          if (++interim > interimLimit) given.abort(new Error('enough'))
          return
        }
        code = status
        const asked = headers['retry-after']
        if (asked !== undefined) retryAfter = secondsOf(String(asked))
        flight.expires = Math.min(flight.expires, performance.now() + restTimeout)
      },
      onResponseData(given, chunk) {
        chunks ??= []
        chunks.push(size + chunk.length > answerLimit ? chunk.subarray(0, answerLimit - size) : chunk)
        size += chunk.length
        if (size < answerLimit) return
        finish(code, text())
        given.abort(new Error('enough'))
      },
      onResponseEnd() {
        finish(code, text())
      },
      onResponseError(_controller, error) {
        if (code !== null) return finish(code, text())
        // The receiver closed a kept connection at the moment it was used again: that says nothing of the request. Others
        // may have been closed with it, so this one goes out on a new one.
        if (!again && !begun && !over && wasKept(error)) {
          again = true
          origin.busy--
          origin = originFor(sending, true)
          origin.busy++
          return dispatch()
        }
        // undici takes neither 100 nor 101 for an answer, nor reads on after one.
        if (interim > interimLimit || error.message === 'bad response' || error.message === 'bad upgrade')
          return finish(null, 'malformed_response: The receiver sent an interim answer instead of a final one')
        const { code: kind, sentence } = describeFailure(error)
        finish(null, `${kind}: ${sentence}`)
      },
    }
    function dispatch(): void {
      try {
        const { path, headers, body } = sending
        origin.pool.dispatch({ path, method: 'POST', headers, body: body as Buffer }, handler)
      } catch (error) {
        const { code: kind, sentence } = describeFailure(error)
        finish(null, `${kind}: ${sentence}`)
      }
    }
    dispatch()
  }

  /** Ends what takes too long, a few at a time: thousands of sockets torn down at once would stop everything else. */
  function watch(): void {
    timer ??= setInterval(() => {
      const now = performance.now()
      let ended = 0
      for (const flight of flights) {
        if (flight.expires > now) continue
        flight.expire()
        if (++ended >= 32) break
      }
      if (!flights.size && timer) {
        clearInterval(timer)
        timer = null
      }
    }, 25)
  }

  let pacer: NodeJS.Timeout | null = null
  function paced(start: () => void): void {
    if (!pace) {
      start()
      return
    }
    if (begun < pace && !waiting.length) {
      begun++
      start()
    } else waiting.push(start)
    pacer ??= setInterval(() => {
      begun = 0
      while (begun < pace && waiting.length) {
        begun++
        waiting.shift()?.()
      }
      if (!begun && pacer) {
        clearInterval(pacer)
        pacer = null
      }
    }, 10)
  }

  return {
    send: (sending, done) => paced(() => post(sending, done)),
    async close() {
      if (timer) clearInterval(timer)
      if (pacer) clearInterval(pacer)
      await Promise.all([...origins.values()].map(({ pool }) => pool.destroy().catch(() => {})))
      origins.clear()
    },
  }
}

/** Whether a connection that had served before was lost before it answered. */
function wasKept(error: Error & { used?: boolean; code?: string; socket?: { bytesRead?: number } | null }): boolean {
  if (!['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(error.code ?? '')) return false
  return error.used ?? (error.socket?.bytesRead ?? 0) > 0
}

/** Retry-After in seconds, from a number or a date; null when it is neither. */
function secondsOf(asked: string): number | null {
  if (/^\d+$/.test(asked)) return Number(asked)
  // Left to itself, the parser finds a date in "soon 2099" as well.
  const at = /^\w+,? .*\d\d:\d\d:\d\d/.test(asked) ? Date.parse(asked) : Number.NaN
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - Date.now()) / 1000))
}
