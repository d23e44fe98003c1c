import { isIPv4, type Socket } from 'node:net'
import type { buildConnector as Connecting } from 'undici'
import type { Addresses } from './addresses.ts'
import { explain, Unreachable } from './failure.ts'
import { createResolve, type Resolve } from './resolve.ts'
import { forbidden, type Host, isLocalhost, loopback, ownMachine, readHost } from './target.ts'
import { buildConnector } from './undici.ts'

/** Dials one vetted address and returns the socket at once: `buildConnector` of undici, or a test's own. */
export type Dial = (options: Connecting.Options, callback: Connecting.Callback) => Socket

export type ConnectorOptions = {
  addresses: Addresses
  /** Whether the certificate must be valid. */
  verify: boolean
  /** Certificate authorities to trust instead of Node's. */
  ca?: string
  /** For a whole connection, in ms: every address tried, and TLS. */
  connectTimeout?: number
  dnsTimeout?: number
  resolve?: Resolve
  dial?: Dial
}

/** The next address is tried if one does not answer within this time (ms). */
const stagger = 250
/** A name may have thousands of addresses. */
const maxDialled = 8

/**
 * The only way out for a delivery. Names are resolved only here, every resolved address must be permitted, and the
 * address that was checked is the one that is dialled. So a name that resolves differently the next time gains
 * nothing. Each connector keeps its TLS sessions to itself.
 */
export function createConnector({
  addresses,
  verify,
  ca,
  connectTimeout = 3_000,
  dnsTimeout = 2_000,
  resolve = createResolve({ timeout: dnsTimeout, hosts: addresses.widened ? '/etc/hosts' : undefined }),
  dial = createDial(verify, ca),
}: ConnectorOptions): Connecting.connector {
  async function connect({ hostname, protocol, port, localAddress }: Connecting.Options): Promise<Socket> {
    const host = readHost(hostname)
    if (!host) throw new Unreachable('invalid_target', `"${hostname.slice(0, 100)}" is not a host`)
    const vetted = await vet(host, addresses, resolve)
    // The certificate is checked against the name in the URL, whatever other name may have been given.
    const named = host.kind === 'name' ? { servername: protocol === 'https:' ? host.value : undefined } : {}
    const options = { hostname: '', protocol, port, localAddress, ...named }
    return dialFirst(vetted.slice(0, maxDialled), options, { dial, addresses, timeout: connectTimeout })
  }
  return (options, callback) => {
    connect(options).then(
      (socket) => callback(null, socket),
      (error) => callback(error, null),
    )
  }
}

function createDial(verify: boolean, ca: string | undefined): Dial {
  return buildConnector({
    rejectUnauthorized: verify,
    ca,
    allowH2: false,
    // `dialFirst` has the deadline: undici's timers come in slots of half a second, thousands at once.
    timeout: 0,
    // Only addresses are dialled. If a name ever gets here, it is not resolved.
    lookup: (name, _options, callback) => callback(new Unreachable('network', `${name} was not resolved`), ''),
  }) as Dial
}

/** The addresses of a host; each of them is permitted. */
async function vet({ kind, value }: Host, addresses: Addresses, resolve: Resolve): Promise<string[]> {
  if (kind === 'address') {
    if (!addresses.permits(value)) throw new Unreachable('forbidden_address', forbidden(value), value)
    return [value]
  }
  if (isLocalhost(value)) {
    const own = loopback.filter(addresses.permits)
    if (!own.length) throw new Unreachable('forbidden_address', ownMachine(value), '127.0.0.1')
    return own
  }
  const answers = [...new Set(await resolve(value))]
  const bad = answers.find((address) => !addresses.permits(address))
  if (bad !== undefined) {
    const sentence = `${value} leads to ${forbidden(bad, ', a')}`
    throw new Unreachable('forbidden_address', sentence, bad)
  }
  if (!answers.length) throw new Unreachable('dns_not_found', `${value} has no address`)
  // Alternating, so that the second address is of the other family. IPv4 first: every server has it.
  const v4 = answers.filter((address) => isIPv4(address))
  const v6 = answers.filter((address) => !isIPv4(address))
  return Array.from({ length: Math.max(v4.length, v6.length) }, (_, at) => [v4[at], v6[at]])
    .flat()
    .filter((address) => address !== undefined)
}

/** Dials addresses until one accepts, and checks the peer before anything is sent. */
function dialFirst(
  queue: string[],
  options: Connecting.Options,
  { dial, addresses, timeout }: { dial: Dial; addresses: Addresses; timeout: number },
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const all = [...queue]
    const open = new Map<string, Socket | null>()
    const failures: Unreachable[] = []
    let taker: string | null = null
    let over = false
    let pause: NodeJS.Timeout | undefined

    const deadline = setTimeout(() => {
      const within = `within ${timeout / 1000} s`
      if (taker) fail(new Unreachable('connect_timeout', `${taker} did not finish the TLS handshake ${within}`, taker))
      else fail(new Unreachable('connect_timeout', `${all.join(', ')} did not take the connection ${within}`, all[0]))
    }, timeout)

    function end(): void {
      over = true
      clearTimeout(deadline)
      clearTimeout(pause)
      for (const socket of open.values()) socket?.destroy()
      open.clear()
    }
    function fail(why: Unreachable | undefined): void {
      if (over) return
      end()
      reject(why)
    }
    /** A vetted address leads nowhere else; this check would show it if one ever did. */
    function judge({ remoteAddress }: Socket, address: string): boolean {
      if (remoteAddress !== undefined && addresses.permits(remoteAddress)) return true
      if (remoteAddress === undefined) fail(new Unreachable('network', `${address} was gone at once`, address))
      else fail(new Unreachable('forbidden_address', `${address} led to ${forbidden(remoteAddress, ', a')}`, address))
      return false
    }
    function lost(address: string, error: unknown): void {
      if (over || (taker && taker !== address)) return
      open.delete(address)
      const why = notConnected(error, address, taker !== null)
      failures.push(why)
      if (taker) fail(why)
      else if (queue.length) next()
      // A machine without IPv6 says "cannot be reached"; another address has a better reason.
      else if (!open.size) fail(failures.find(({ code }) => code !== 'network') ?? why)
    }
    function connected(address: string, socket: Socket): void {
      if (over || (taker && taker !== address) || !judge(socket, address)) {
        socket.destroy()
        return
      }
      open.delete(address)
      end()
      resolve(socket)
    }
    function next(): void {
      clearTimeout(pause)
      const address = queue.shift()
      if (over || taker || address === undefined) return
      open.set(address, null)
      try {
        const socket = dial({ ...options, hostname: address }, (...[error, socket]) =>
          error ? lost(address, error) : connected(address, socket),
        )
        if (!open.has(address)) return
        open.set(address, socket)
        // Before all other listeners: one of them begins the TLS handshake.
        socket.prependOnceListener('connect', () => {
          if (over || taker || !judge(socket, address)) return
          taker = address
          clearTimeout(pause)
          for (const [other, each] of open) if (other !== address) each?.destroy()
        })
      } catch (error) {
        lost(address, error)
        return
      }
      if (queue.length) pause = setTimeout(next, stagger)
    }
    next()
  })
}

/** The failure of a dial: before the connection was accepted, or during the TLS handshake. */
function notConnected(error: unknown, address: string, shaking: boolean): Unreachable {
  const { code, sentence } = explain(error, address)
  if (shaking && (code === 'tls_certificate' || code === 'tls_failed')) return new Unreachable(code, sentence, address)
  if (shaking) return new Unreachable('tls_failed', `${address} broke off the TLS handshake`, address)
  return new Unreachable(code === 'refused' || code === 'connect_timeout' ? code : 'network', sentence, address)
}
