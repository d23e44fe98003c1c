import { Resolver } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { isIP, isIPv4, type Socket } from 'node:net'
import { LRUCache } from 'lru-cache'
import type { buildConnector as Connecting } from 'undici'
import type { Addresses } from './addresses.ts'
import { buildConnector } from './undici.ts'

/** Why no connection came about. */
export type UnreachableCode =
  | 'invalid_target'
  | 'forbidden_address'
  | 'dns_not_found'
  | 'dns_failed'
  | 'dns_timeout'
  | 'refused'
  | 'connect_timeout'
  | 'tls_certificate'
  | 'tls_failed'
  | 'network'

/** Why no answer came. */
export type FailureCode =
  | UnreachableCode
  | 'reset'
  | 'closed'
  | 'malformed_response'
  | 'too_slow'
  | 'too_large'
  | 'stopped'

/** No connection came about. The message is a short sentence for the log of attempts. */
export class Unreachable extends Error {
  readonly code: UnreachableCode
  /** The address that was dialled or forbidden, if it came to that. */
  readonly address: string | null

  constructor(code: UnreachableCode, sentence: string, address: string | null = null) {
    super(sentence)
    this.name = 'Unreachable'
    this.code = code
    this.address = address
  }
}

/** Yields every address of a name, or throws an Unreachable. */
export type Resolve = (name: string) => Promise<string[]>

/** Dials one address that has been vetted, and returns the socket at once: `buildConnector` of undici, or a test. */
export type Dial = (options: Connecting.Options, callback: Connecting.Callback) => Socket

export type ConnectorOptions = {
  addresses: Addresses
  /** Whether the certificate must be good. */
  verify: boolean
  /** Certificate authorities to trust instead of those that Node does. */
  ca?: string
  /** For all of a connection: every address tried, and TLS. In ms. */
  connectTimeout?: number
  dnsTimeout?: number
  resolve?: Resolve
  dial?: Dial
}

/** When an address does not answer, the next is tried beside it. */
const stagger = 250
/** A name may have thousands of addresses. */
const mostDialled = 8

/**
 * The only way out for a delivery. Names are resolved here and only here, every answer
 * must be permitted, and what is dialled is the very address that was judged. So there is nothing to gain from a name
 * that leads elsewhere the next time it is asked for. Each connector keeps its TLS sessions to itself.
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
    // The certificate is checked against the name in the URL, and nothing else that may have been given.
    const named = host.kind === 'name' ? { servername: protocol === 'https:' ? host.value : undefined } : {}
    const options = { hostname: '', protocol, port, localAddress, ...named }
    return dialFirst(vetted.slice(0, mostDialled), options, { dial, addresses, timeout: connectTimeout })
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
    // The deadline is that of dialFirst: the timers of undici come in slots of half a second, thousands at once.
    timeout: 0,
    // Only addresses are dialled. Should a name ever get here, nobody is asked about it.
    lookup: (name, _options, callback) => callback(new Unreachable('network', `${name} was not resolved`), ''),
  }) as Dial
}

type Host = { kind: 'address' | 'name'; value: string }

/** Reads a host as a browser does: any spelling of an address becomes the address, a name its ASCII. Null: neither. */
function readHost(given: string): Host | null {
  // These would be dropped by the URL parser, or end the host.
  if (/[\s/\\?#@]/.test(given)) return null
  const url = URL.parse(`http://${given.includes(':') && !given.startsWith('[') ? `[${given}]` : given}/`)
  if (!url) return null
  const { hostname } = url
  if (hostname.startsWith('[')) return { kind: 'address', value: hostname.slice(1, -1) }
  if (isIPv4(hostname)) return { kind: 'address', value: hostname }
  const name = hostname.replace(/\.$/, '')
  const good = name.length <= 253 && name.split('.').every((label) => label.length >= 1 && label.length <= 63)
  return good ? { kind: 'name', value: name } : null
}

const loopback = ['127.0.0.1', '::1']
const isLocalhost = (name: string) => name === 'localhost' || name.endsWith('.localhost')

/** The addresses of a host, all of them permitted. */
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
  // In turns, so that the second tried is of the other family. IPv4 first: it is what every server has.
  const v4 = answers.filter((address) => isIPv4(address))
  const v6 = answers.filter((address) => !isIPv4(address))
  return Array.from({ length: Math.max(v4.length, v6.length) }, (_, at) => [v4[at], v6[at]])
    .flat()
    .filter((address) => address !== undefined)
}

const forbidden = (address: string, is = ' is a') =>
  `${address}${is} private or reserved address; allow it with KITH_WEBHOOK_ALLOW`
const ownMachine = (name: string) => `${name} is this machine; allow 127.0.0.1 with KITH_WEBHOOK_ALLOW`

/** Dials addresses until one takes the connection, and judges who took it before anything is sent. */
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
    /** Dialling a vetted address leads nowhere else; this is what would tell if it ever did. */
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
      // "Cannot be reached" is what a machine without IPv6 says; another address has more to tell.
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
        // Before all other listeners: TLS says hello in one of them.
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

/** What a failed dial comes to: before the connection was taken, or while TLS shook hands. */
function notConnected(error: unknown, address: string, shaking: boolean): Unreachable {
  const { code, sentence } = explain(error, address)
  if (shaking && (code === 'tls_certificate' || code === 'tls_failed')) return new Unreachable(code, sentence, address)
  if (shaking) return new Unreachable('tls_failed', `${address} broke off the TLS handshake`, address)
  return new Unreachable(code === 'refused' || code === 'connect_timeout' ? code : 'network', sentence, address)
}

/** Answers are kept for as long as they say, and never longer. */
const longestKept = 5_000
/** When one family has answered, how long the other is waited for: some name servers never answer for AAAA. */
const otherFamily = 250

/**
 * Asks DNS for every address of a name. It does so through c-ares, since getaddrinfo has four threads for everything
 * and a few dead zones stop them all; each question has a resolver of its own, that can be cancelled alone. Names in the
 * `hosts` file, if there is to be one, count when DNS knows of none.
 */
export function createResolve({
  timeout = 2_000,
  servers,
  hosts,
}: {
  timeout?: number
  servers?: string[]
  hosts?: string
}): Resolve {
  const kept = new LRUCache<string, string[]>({ max: 2_000 })
  const underWay = new Map<string, Promise<string[]>>()

  async function ask(name: string): Promise<string[]> {
    const resolver = new Resolver({ timeout: Math.ceil(timeout * 0.3), tries: 3 })
    if (servers) resolver.setServers(servers)
    let late = false
    let other: NodeJS.Timeout | undefined
    const deadline = setTimeout(() => {
      late = true
      resolver.cancel()
    }, timeout)
    const questions = [resolver.resolve4(name, { ttl: true }), resolver.resolve6(name, { ttl: true })]
    const settled = await Promise.allSettled(
      questions.map(async (question) => {
        const records = await question
        other ??= setTimeout(() => resolver.cancel(), otherFamily)
        return records
      }),
    )
    clearTimeout(deadline)
    clearTimeout(other)

    const records = settled.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
    if (records.length) {
      const answers = records.map(({ address }) => address)
      const ttl = Math.min(longestKept, ...records.map((record) => record.ttl * 1000))
      if (ttl > 0) kept.set(name, answers, { ttl })
      return answers
    }
    const codes = settled.map((each) => (each.status === 'rejected' ? String(each.reason?.code) : 'ENODATA'))
    const unknown = codes.includes('ENOTFOUND') || codes.includes('EBADNAME')
    if (unknown || codes.every((code) => code === 'ENODATA')) {
      const local = hosts === undefined ? [] : await readHosts(hosts, name)
      if (local.length) return local
      throw new Unreachable('dns_not_found', unknown ? `DNS does not know ${name}` : `${name} has no address in DNS`)
    }
    if (late || codes.includes('ETIMEOUT'))
      throw new Unreachable('dns_timeout', `DNS did not answer for ${name} within ${timeout / 1000} s`)
    throw new Unreachable('dns_failed', `DNS failed for ${name} (${codes.find((code) => code !== 'ENODATA')})`)
  }

  return async (name) => {
    const known = kept.get(name)
    if (known) return known
    const asked = underWay.get(name)
    if (asked) return asked
    const question = ask(name).finally(() => underWay.delete(name))
    underWay.set(name, question)
    return question
  }
}

async function readHosts(path: string, name: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/))
    .filter(([address = '', ...names]) => isIP(address) && names.includes(name))
    .map(([address = '']) => address)
}

/** What can be said against a target without asking anyone. Where its name leads is judged at every connection. */
export function judgeTarget(target: URL | string, addresses: Addresses): Unreachable | null {
  const invalid = (sentence: string) => new Unreachable('invalid_target', sentence)
  const url = URL.parse(String(target))
  if (!url) return invalid('This is not a web address. Write it as https://example.com/path.')
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return invalid('Webhooks are sent by HTTP. Write an address that begins with https:// or http://.')
  if (url.username || url.password) return invalid('A user or password in the address is not sent. Leave it out.')
  if (url.href.includes('#')) return invalid('What follows the # is never sent. Leave it out.')
  if (url.port === '0') return invalid('Nothing listens on port 0. Write another, or none.')
  const host = readHost(url.hostname)
  if (!host) return invalid(`"${url.hostname.slice(0, 100)}" is not a host. Write it as https://example.com/path.`)
  const { kind, value } = host
  if (kind === 'address' && !addresses.permits(value))
    return new Unreachable('forbidden_address', `${forbidden(value)}.`, value)
  if (kind === 'name' && isLocalhost(value) && !loopback.some(addresses.permits))
    return new Unreachable('forbidden_address', `${ownMachine(value)}.`, '127.0.0.1')
  return null
}

/** The static check of a target: a sentence for the administrator who enters it, or null. */
export const refuseTarget = (target: URL | string, addresses: Addresses): string | null =>
  judgeTarget(target, addresses)?.message ?? null

/** Says what became of a connection or a request, whatever it was that failed: undici, a socket, TLS or the guard. */
export function describeFailure(error: unknown): { code: FailureCode; sentence: string } {
  return explain(error, 'The receiver')
}

type Failure = { code?: unknown; syscall?: unknown; cause?: unknown; errors?: unknown }

function explain(error: unknown, who: string, depth = 0): { code: FailureCode; sentence: string } {
  if (error instanceof Unreachable) return { code: error.code, sentence: error.message }
  const { code: raw, syscall, cause, errors } = (typeof error === 'object' && error ? error : {}) as Failure
  const code = typeof raw === 'string' ? raw : ''
  const told = byCode.get(code)
  if (told) return { code: told[0], sentence: `${who} ${told[1]}` }
  const say = (kind: FailureCode, what: string) => ({ code: kind, sentence: `${who} ${what}` })

  if (code === 'ETIMEDOUT')
    return syscall === 'connect'
      ? say('connect_timeout', 'did not take the connection in time')
      : say('too_slow', 'took too long to answer')
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return say('tls_failed', `failed the TLS handshake (${code})`)
  if (isCertificate.test(code)) return say('tls_certificate', `has a certificate that is not good (${code})`)
  const inner = Array.isArray(errors) && errors.length ? errors[0] : cause
  if (inner && depth < 5) return explain(inner, who, depth + 1)
  return say('network', `cannot be reached${/^\w+$/.test(code) ? ` (${code})` : ''}`)
}

/** The other names that OpenSSL gives to what is wrong with a certificate. */
const isCertificate = /CERT|CRL|^INVALID_(CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$|^HOSTNAME_MISMATCH$/

const reset: Told = ['reset', 'broke the connection off']
const unknown: Told = ['dns_not_found', 'is not known to DNS']
const notTls: Told = ['tls_failed', 'does not speak TLS on this port']
const untrusted: Told = ['tls_certificate', 'has a certificate whose issuer is not trusted here']

type Told = [FailureCode, string]
const byCode = new Map<string, Told>(
  Object.entries({
    ECONNREFUSED: ['refused', 'refused the connection'],
    ECONNRESET: reset,
    ECONNABORTED: reset,
    EPIPE: reset,
    ENOTFOUND: unknown,
    ENODATA: unknown,
    EAI_AGAIN: ['dns_failed', 'could not be looked up in DNS'],
    UND_ERR_CONNECT_TIMEOUT: ['connect_timeout', 'did not take the connection in time'],
    ERR_SSL_WRONG_VERSION_NUMBER: notTls,
    ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
    CERT_HAS_EXPIRED: ['tls_certificate', 'has a certificate that has expired'],
    CERT_NOT_YET_VALID: ['tls_certificate', 'has a certificate that is not valid yet'],
    ERR_TLS_CERT_ALTNAME_INVALID: ['tls_certificate', 'has a certificate for another name'],
    DEPTH_ZERO_SELF_SIGNED_CERT: ['tls_certificate', 'has a self-signed certificate'],
    SELF_SIGNED_CERT_IN_CHAIN: untrusted,
    UNABLE_TO_GET_ISSUER_CERT: untrusted,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  } satisfies Record<string, Told>),
)
