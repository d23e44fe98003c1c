import type { IncomingMessage } from 'node:http'
import { isIP, isIPv6 } from 'node:net'
import { normalizeIP } from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'

const hostForm = /^(?:[a-z0-9_][a-z0-9_.-]{0,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i

/** What is wrong with the Host header of a request, in a sentence. Links are made from it. */
export function findHostFault(incoming: IncomingMessage): string | null {
  const { rawHeaders, headers } = incoming
  let given = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (name.length === 4 && name.toLowerCase() === 'host') given++
  }
  if (given > 1) return 'Send one Host header.'
  // Older health checks of load balancers send none.
  if (given === 0) return incoming.httpVersion === '1.0' ? null : 'Send a Host header.'
  return hostForm.test(headers.host as string) ? null : 'The Host header is not a name or an address.'
}

/** The path of a request target. A target may be a whole address, as for a proxy. */
export function pathOf(target: string): string {
  const [, path] = /^https?:\/\/[^/?#]*(.*)$/i.exec(target) ?? []
  if (path === undefined) return target
  return path.startsWith('/') ? path : `/${path}`
}

/**
 * What the outermost trusted proxy says in a header to which each proxy may add: it is the one the client called.
 * Whatever comes before its word may come from the client.
 */
function saidOutermost(request: FastifyRequest, header: string): string | undefined {
  // Addresses on the way here: the trusted proxies, then the client.
  const proxies = (request.ips?.length ?? 1) - 1
  if (proxies < 1) return undefined
  const said = [request.headers[header] ?? []]
    .flat()
    .join(',')
    .split(',')
    .map((each) => each.trim())
  return said[Math.max(0, said.length - proxies)] || undefined
}

/**
 * The base of absolute links: the configured one, else the one the client called. It is used only if it looks like a
 * base.
 */
export function baseOf(request: FastifyRequest, publicUrl: string | undefined): string {
  if (publicUrl) return publicUrl
  const protocol = (saidOutermost(request, 'x-forwarded-proto') ?? request.protocol) === 'https' ? 'https' : 'http'
  const { localAddress = '', localPort } = request.raw.socket
  const own = `${isIPv6(localAddress) ? `[${localAddress}]` : localAddress}:${localPort}`
  const host =
    [saidOutermost(request, 'x-forwarded-host'), request.host, request.headers.host].find(
      (each) => each && hostForm.test(each),
    ) ?? own
  return `${protocol}://${host}`
}

/**
 * The address that a request counts for: without a port, which some proxies add; for IPv6 the network of a household.
 */
export function clientOf(request: FastifyRequest): string {
  const given = request.ip
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(given)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(given)?.[1] ?? given
  return isIP(bare) ? normalizeIP(bare) : (request.raw.socket.remoteAddress ?? '')
}
