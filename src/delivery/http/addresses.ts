import { isIPv4, isIPv6 } from 'node:net'

/** The addresses that begin with the first `bits` bits of `bytes`. */
export type Range = { bytes: number[]; bits: number }

export type Addresses = {
  /** Whether this IP address may be connected to. Text that is no IP address in plain spelling is refused. */
  permits(address: string): boolean
  /** Whether anything beyond the public internet is allowed. */
  readonly widened: boolean
}

// net.BlockList lets through what it cannot read (a zone id, the wrong family), and counts IPv4 addresses as part of
// ::/0. Here, what is not understood is forbidden, and the families are kept apart.
const range = (text: string): Range => {
  const [address = '', bits] = text.split('/')
  return { bytes: bytesOf(address) ?? [], bits: Number(bits) }
}

/** Addresses that IANA's registry of special-purpose addresses does not list as globally reachable. */
const special4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
].map(range)

/**
 * Of IPv6 only global unicast is public. The rest is this machine, this site, multicast, or an IPv4 address in
 * disguise (NAT64).
 */
const global6 = range('2000::/3')

/** Protocol assignments with Teredo; documentation; 6to4; documentation. */
const special6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'].map(range)

const mapped6 = range('::ffff:0:0/96')

/**
 * Reads a comma-separated list of addresses and ranges, as `10.1.2.3, 192.168.0.0/16, fd00::/8`. A single address is
 * a range of one. Throws an Error whose message names the wrong entry.
 */
export function parseAllowed(text: string): Range[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(parseRange)
}

function parseRange(entry: string): Range {
  const [address = '', length, ...rest] = entry.split('/')
  const bytes = bytesOf(address)
  const bits =
    length === undefined ? (bytes?.length ?? 0) * 8 : /^(0|[1-9]\d{0,2})$/.test(length) ? Number(length) : 999
  if (!bytes || rest.length || bits > bytes.length * 8)
    throw new Error(`"${entry}" is not an address or a range. Write it as 10.1.2.3, 10.0.0.0/8 or fd00::/8.`)
  const masked = bytes.map((byte, at) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - at * 8))) & 0xff)
  // Nobody who writes 10.1.2.3/8 means sixteen million addresses.
  if (masked.some((byte, at) => byte !== bytes[at]))
    throw new Error(`"${entry}" is ${textOf(masked)}/${bits}. Write that, or ${address} for the one address.`)
  if (bits >= 96 && within(bytes, mapped6))
    throw new Error(`"${entry}" is a range of IPv4 addresses. Write it as one, as 10.0.0.0/8.`)
  return { bytes, bits }
}

/** Permits the public internet, and the allowed ranges besides. */
export function createAddresses(allowed: Range[] = []): Addresses {
  const isAllowed = (bytes: number[]) => allowed.some((each) => within(bytes, each))
  return {
    widened: allowed.length > 0,
    permits(address) {
      const bytes = bytesOf(address)
      if (!bytes) return false
      // The kernel dials the IPv4 address, so no IPv6 range allows it. Nothing public needs this spelling.
      if (within(bytes, mapped6)) return isAllowed(bytes.slice(12))
      if (isAllowed(bytes)) return true
      if (bytes.length === 4) return !special4.some((each) => within(bytes, each))
      return within(bytes, global6) && !special6.some((each) => within(bytes, each)) && !tunnels(bytes)
    },
  }
}

/** Whether this is an ISATAP address, in any network, that ends at a special IPv4 address. */
function tunnels(bytes: number[]): boolean {
  const isatap = ((bytes[8] ?? 0) & 0xfd) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe
  return isatap && special4.some((each) => within(bytes.slice(12), each))
}

function within(bytes: number[], range: Range): boolean {
  if (bytes.length !== range.bytes.length) return false
  for (let at = 0, left = range.bits; left > 0; at++, left -= 8) {
    const mask = left >= 8 ? 0xff : (0xff00 >> left) & 0xff
    if (((bytes[at] ?? 0) ^ (range.bytes[at] ?? 0)) & mask) return false
  }
  return true
}

/** The 4 or 16 bytes of an address; null if it is no address, or has a zone. */
function bytesOf(address: string): number[] | null {
  if (isIPv4(address)) return address.split('.').map(Number)
  if (!isIPv6(address) || address.includes('%')) return null
  // An IPv4 address at the end stands for two groups.
  const text = address.replace(/[\d.]*\.[\d.]*$/, (end) => {
    const [a = 0, b = 0, c = 0, d = 0] = end.split('.').map(Number)
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  })
  const [head = '', tail] = text.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)))
  const first = groups(head)
  const last = groups(tail ?? '')
  const zeros = new Array<number>(8 - first.length - last.length).fill(0)
  return [...first, ...zeros, ...last].flatMap((group) => [group >> 8, group & 0xff])
}

function textOf(bytes: number[]): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0)).toString(16),
  )
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}
