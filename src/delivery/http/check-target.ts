import type { Socket } from 'node:net'
import { type ConnectorOptions, createConnector } from './dial.ts'
import { describeFailure, Unreachable } from './failure.ts'
import { judgeTarget } from './target.ts'

export type Reachability = {
  reachable: boolean
  /** The address that accepted the connection, or the one that failed. */
  address: string | null
  code: string | null
  /** Why it is not reachable. */
  reason: string | null
  ms: number
}

/**
 * The dry run of a delivery: resolves, connects and performs the TLS handshake exactly as a delivery does, sends
 * nothing, closes.
 */
export async function checkTarget(target: URL | string, options: ConnectorOptions): Promise<Reachability> {
  const started = performance.now()
  const answer = (address: string | null, code: string | null = null, reason: string | null = null) => ({
    reachable: code === null,
    address,
    code,
    reason,
    ms: Math.round(performance.now() - started),
  })
  try {
    const refusal = judgeTarget(target, options.addresses)
    if (refusal) throw refusal
    const socket = await connectTo(new URL(String(target)), options)
    const address = socket.remoteAddress ?? null
    socket.destroy()
    return answer(address)
  } catch (error) {
    const { code, sentence } = describeFailure(error)
    return answer(error instanceof Unreachable ? error.address : null, code, sentence)
  }
}

function connectTo({ hostname, protocol, port }: URL, options: ConnectorOptions): Promise<Socket> {
  const connect = createConnector(options)
  return new Promise((resolve, reject) => {
    connect({ hostname, protocol, port }, (...[error, socket]) => (error ? reject(error) : resolve(socket)))
  })
}
