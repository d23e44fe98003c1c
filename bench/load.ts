import { connect } from 'node:net'

/** What one window of load came to. */
export type Load = {
  requests: number
  seconds: number
  /** In milliseconds, sorted. */
  latencies: Float64Array
  /** Answers that were not 2xx, and what the first of them said. */
  refused: number
  refusal: string
}

/** Gives the next request, whole, as it goes over the wire. */
export type Source = (connection: number) => string

export const get = (path: string, token?: string) =>
  `GET ${path} HTTP/1.1\r\nHost: bench\r\n${token ? `Authorization: Bearer ${token}\r\n` : ''}\r\n`
export const post = (path: string, token?: string, body = '') =>
  `POST ${path} HTTP/1.1\r\nHost: bench\r\n${token ? `Authorization: Bearer ${token}\r\n` : ''}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

/**
 * Keeps so many requests in flight for some time, each connection waiting for its answer before it asks again.
 * It reads no more of an answer than its length, so that the machine's time goes to the servers.
 */
export async function load(port: number, next: Source, connections: number, seconds: number): Promise<Load> {
  const times: number[] = []
  let refused = 0
  let refusal = ''
  const began = performance.now()
  const end = began + seconds * 1000
  await Promise.all(Array.from({ length: connections }, (_, i) => keepAsking(i)))
  return {
    requests: times.length,
    seconds: (performance.now() - began) / 1000,
    latencies: sorted(times),
    refused,
    refusal,
  }

  function keepAsking(connection: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1').setNoDelay()
      let sentAt = 0
      let request = ''
      let head = ''
      /** Bytes of the body still to come; -1 while the head is being read. */
      let missing = -1
      let bad = false
      const ask = () => {
        missing = -1
        head = ''
        request = next(connection)
        sentAt = performance.now()
        socket.write(request)
      }
      const answered = () => {
        const now = performance.now()
        times.push(now - sentAt)
        if (now < end) ask()
        else socket.end()
      }
      socket.once('connect', ask)
      socket.on('data', (chunk) => {
        if (missing < 0) {
          head += chunk.toString('latin1')
          const stop = head.indexOf('\r\n\r\n')
          if (stop < 0) return
          bad = !/^HTTP\/1.1 2/.test(head)
          missing = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0) - (head.length - stop - 4)
          if (bad) refused++
          if (bad && !refusal)
            refusal = `${request.split('\r\n', 1)[0]}: ${head.split('\r\n', 1)[0]} ${head.slice(stop + 4, stop + 300)}`
        } else missing -= chunk.length
        if (missing === 0) answered()
      })
      socket.once('error', reject)
      socket.once('close', () => resolve())
    })
  }
}

const sorted = (times: number[]) => Float64Array.from(times).sort()

export const quantile = (values: Float64Array, q: number) =>
  values.length ? (values[Math.min(values.length - 1, Math.floor(values.length * q))] as number) : Number.NaN

export const median = (values: number[]) => quantile(Float64Array.from(values).sort(), 0.5)
