import { isIPv4 } from 'node:net'
import type { Addresses } from './addresses.ts'
import { Unreachable } from './failure.ts'

/** What is wrong with a target as far as its text shows. Where its name leads is checked at every connection. */
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

export type Host = { kind: 'address' | 'name'; value: string }

/**
 * Reads a host as a browser does: any spelling of an address becomes the address, a name its ASCII form. Null for
 * neither.
 */
export function readHost(given: string): Host | null {
  // The URL parser would drop these, or end the host there.
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

export const loopback = ['127.0.0.1', '::1']
export const isLocalhost = (name: string) => name === 'localhost' || name.endsWith('.localhost')

export const forbidden = (address: string, is = ' is a') =>
  `${address}${is} private or reserved address; allow it with KITH_WEBHOOK_ALLOW`
export const ownMachine = (name: string) => `${name} is this machine; allow 127.0.0.1 with KITH_WEBHOOK_ALLOW`
