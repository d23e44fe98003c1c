/** Where one PostgreSQL listens: a name, an IP address, or the folder of a socket. */
export type Host = { host: string; port: number }

/** What the server must be: writable, the primary, or anything that answers. */
export type Needs = 'read-write' | 'primary' | 'any'

/** A database and its possible hosts; one of them serves it at a time. */
export type Address = {
  hosts: Host[]
  needs: Needs
  /** How long each host has to accept a connection, in ms. */
  patience: number
  /** The URL that connects to one of the hosts. */
  urlOf(host: Host): string
}

/** What is wrong with an address, in a sentence that shows no part of it. */
export class BadAddress extends Error {}

const escapes = 'In a password % is written as %25, # as %23, / as %2F, ? as %3F and @ as %40.'

/**
 * Reads `postgres://user:password@host:port,host:port/database?target_session_attrs=read-write` as libpq does. Hosts
 * are comma-separated, each with or without a port; hosts and ports may come as `?host=` and `&port=` instead; a host
 * that is a path is the folder of a socket. With several hosts, the writable one is meant unless the address says
 * otherwise.
 */
export function readAddress(text: string): Address {
  const found = /^postgres(?:ql)?:\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(#.*)?$/s.exec(text)
  if (!found) throw new BadAddress('It must begin with postgres:// or postgresql://.')
  const [, authority = '', path = '', search = '', fragment] = found
  if (fragment !== undefined) throw new BadAddress(`It has a # in it. ${escapes}`)
  // The last `@`: a password may contain one that is not escaped.
  const at = authority.lastIndexOf('@')
  if (at < 0 && `${path}${search}`.includes('@'))
    throw new BadAddress(`Its host ends at a / or ? before an @ comes. ${escapes}`)
  const userInfo = at < 0 ? '' : strayPercents(authority.slice(0, at)).replaceAll('@', '%40')
  const query = new URLSearchParams(search)

  const needs = readNeeds(query.get('target_session_attrs'))
  const inline = splitHosts(authority.slice(at + 1))
  const named = query.get('host')?.split(',') ?? inline.map(({ host }) => host)
  const ports = query.get('port')?.split(',') ?? inline.map(({ port }) => port)
  if (ports.length > 1 && ports.length !== named.length)
    throw new BadAddress('It has another number of ports than of hosts. Give each host its port, or one for all.')
  const hosts = named.map((host, i) => ({ host: host.trim(), port: readPort(ports[i] ?? ports[0] ?? '') }))
  if (hosts.length > 1 && hosts.some(({ host }) => !host))
    throw new BadAddress('One of its hosts is empty. Write them as host:port with commas between.')
  const timeout = query.get('connect_timeout')
  const seconds = timeout && /^\d{1,4}$/.test(timeout) ? Math.max(2, Number(timeout)) : hosts.length > 1 ? 2 : 5

  for (const each of ['host', 'port', 'target_session_attrs', 'load_balance_hosts', 'connect_timeout'])
    query.delete(each)
  return {
    hosts,
    needs: needs ?? (hosts.length > 1 ? 'read-write' : 'any'),
    patience: seconds * 1_000,
    urlOf({ host, port }) {
      const own = new URLSearchParams(query)
      if (host) own.set('host', host)
      own.set('port', String(port))
      // What the query names overrules what comes before it.
      return `postgres://${userInfo && `${userInfo}@`}${host ? 'localhost' : ''}${path}?${own}`
    },
  }
}

/** Splits several addresses, separated by blanks or commas, into one address per host. */
export function readReplicas(text: string): string[] {
  return text
    .split(/[\s,]+(?=postgres(?:ql)?:\/\/)|\s+/)
    .filter(Boolean)
    .flatMap((each) => {
      const { hosts, urlOf } = readAddress(each)
      return hosts.map(urlOf)
    })
}

const strayPercents = (text: string) => text.replace(/%(?![0-9a-f]{2})/gi, '%25')

function splitHosts(text: string): { host: string; port: string }[] {
  return text.split(',').map((each) => {
    const [, six, name = '', port = ''] = /^(?:\[([0-9a-f:.%]+)\]|([^:[\]]*))(?::(.*))?$/is.exec(each) ?? []
    if (six === undefined && name === '' && each !== '' && !each.startsWith(':'))
      throw new BadAddress(`One of its hosts cannot be read. Write an IPv6 address as [::1]:5432. ${escapes}`)
    try {
      return { host: six ?? decodeURIComponent(name), port }
    } catch {
      throw new BadAddress(`One of its hosts has a % that means nothing. ${escapes}`)
    }
  })
}

function readPort(text: string): number {
  if (text === '') return Number(process.env.PGPORT) || 5432
  // The text is not shown: if the address is malformed, it may be part of the password.
  if (!/^\d{1,5}$/.test(text) || Number(text) < 1 || Number(text) > 65_535)
    throw new BadAddress(`One of its ports is not a number from 1 to 65535. ${escapes}`)
  return Number(text)
}

function readNeeds(text: string | null): Needs | null {
  if (text === null || text === '') return null
  if (text === 'read-write' || text === 'primary' || text === 'any') return text
  throw new BadAddress('Kith writes: set its target_session_attrs to read-write, primary or any.')
}

/** The name of a host in messages. */
export const nameOf = ({ host, port }: Host) =>
  host.startsWith('/') ? `${host} (${port})` : `${host.includes(':') ? `[${host}]` : host || 'localhost'}:${port}`
