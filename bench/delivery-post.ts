import { type Dispatcher, Pool } from 'undici'
import { sign } from '../src/delivery/http/sign.ts'
import { signingSecret } from './delivery-processes.ts'

/** Requests that a sender of the bench has under way at most. */
export const underWay = 64

const pools = new Map<string, Pool>()

/** A pool for each origin, with one request at a time on each connection. */
function poolFor(origin: string): Pool {
  const kept = pools.get(origin)
  if (kept) return kept
  const made = new Pool(origin, { pipelining: 1, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 30_000 })
  pools.set(origin, made)
  return made
}

/** Posts a webhook, as bare as undici allows. */
export function post(port: number, body: Buffer, signature: string, done: (failed: Error | null) => void): void {
  let status = 0
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart() {},
    onResponseData() {},
    onResponseStart(_controller, code) {
      status = code
    },
    onResponseEnd: () => done(status === 204 ? null : new Error(`The sink answered ${status}`)),
    onResponseError: (_controller, error) => done(error),
  }
  const headers = ['content-type', 'application/json', 'user-agent', 'Kith-Webhooks/1']
  headers.push('selfcommunity-signature', signature)
  poolFor(`http://127.0.0.1:${port}`).dispatch({ path: '/hooks', method: 'POST', headers, body }, handler)
}

/** What a job of the queues does: the same request as the engine's, signed by the same function. */
export function deliver({ port, body }: { port: number; body: string }): Promise<void> {
  const bytes = Buffer.from(body)
  const { header } = sign(bytes, [signingSecret], Math.floor(Date.now() / 1000))
  return new Promise((resolve, reject) => post(port, bytes, header, (failed) => (failed ? reject(failed) : resolve())))
}
