import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Addresses } from '../delivery/http/addresses.ts'
import { createConnector } from '../delivery/http/dial.ts'
import { judgeTarget } from '../delivery/http/target.ts'
import { nodeHttp } from '../platform/http/node-http.ts'

/** What was found at an address: its final address, and its beginning. */
export type Fetched = { url: URL; type: string; charset: string; body: Buffer }

/** Fetches a public address. It throws an Error for the log only: a caller must not learn who answered how. */
export type Fetch = (
  url: string,
  asked: {
    accept: string
    /** Largest number of bytes read; more is an error, unless `beginning` is true. */
    bytes: number
    beginning?: boolean
    /** Ends the fetch. */
    signal: AbortSignal
  },
) => Promise<Fetched>

const mostRedirects = 3

/** Statuses of a redirect. */
const moved = new Set([301, 302, 303, 307, 308])

/**
 * Fetches with the same care as webhooks are sent: names are resolved once, the address that was checked is the one
 * that is dialled, and every redirect is checked the same way.
 */
export function createFetch(addresses: Addresses): Fetch {
  const connect = createConnector({ addresses, verify: true })

  const ask = (url: URL, accept: string, signal: AbortSignal) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const { protocol, hostname, port, host, pathname, search } = url
      const asking = nodeHttp.request({
        ...{ method: 'GET', path: `${pathname}${search}`, signal, setHost: false, maxHeaderSize: 16_384 },
        headers: {
          Host: host,
          Accept: accept,
          'Accept-Encoding': 'identity',
          'User-Agent': 'Kith (link preview)',
          Connection: 'close',
        },
        createConnection(_options, done) {
          connect({ hostname, protocol, port }, (...[error, socket]) => {
            if (signal.aborted) socket?.destroy()
            ;(done as (error: Error | null, socket?: Socket) => void)(error, socket ?? undefined)
          })
          return undefined
        },
      })
      asking.on('response', resolve)
      asking.on('error', reject)
      asking.end()
    })

  return async (from, { accept, bytes, beginning = false, signal }) => {
    let url = new URL(from)
    for (let hops = 0; ; hops++) {
      const refusal = judgeTarget(url.href.replace(/#.*/, ''), addresses)
      if (refusal) throw refusal
      const response = await ask(url, accept, signal)
      const { statusCode = 0, headers } = response
      if (moved.has(statusCode) && headers.location && hops < mostRedirects) {
        response.destroy()
        url = new URL(headers.location, url)
        continue
      }
      const [type = '', charset = ''] =
        /^\s*([^\s;]*)(?:.*charset="?([\w-]+))?/i.exec(headers['content-type'] ?? '')?.slice(1) ?? []
      try {
        if (statusCode !== 200) throw new Error(`It answered ${statusCode}`)
        if ((headers['content-encoding'] ?? 'identity') !== 'identity') throw new Error('It answered compressed')
        return { url, type: type.toLowerCase(), charset, body: await readUpTo(response, bytes, beginning) }
      } finally {
        response.destroy()
      }
    }
  }
}

async function readUpTo(response: IncomingMessage, bytes: number, beginning: boolean): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= bytes) {
      if (beginning) break
      throw new Error(`It is larger than ${bytes} bytes`)
    }
  }
  return Buffer.concat(chunks)
}
