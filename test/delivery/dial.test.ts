import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import net, { type AddressInfo, type Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import tls, { type TLSSocket } from 'node:tls'
import fc from 'fast-check'
import { buildConnector } from 'undici'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createAddresses, parseAllowed } from '../../src/delivery/http/addresses.ts'
import { checkTarget } from '../../src/delivery/http/check-target.ts'
import { type ConnectorOptions, createConnector, type Dial } from '../../src/delivery/http/dial.ts'
import { describeFailure, Unreachable } from '../../src/delivery/http/failure.ts'
import { createResolve } from '../../src/delivery/http/resolve.ts'
import { createSender, type Outcome, type Sender } from '../../src/delivery/http/send.ts'
import { refuseTarget } from '../../src/delivery/http/target.ts'
import { often } from '../support/soak.ts'
import { isForbidden, readHost } from './fixtures/classifier.ts'
import { type Answer, startDns } from './fixtures/dns.ts'
import { addressIn, embed, random, spell4, spell6 } from './fixtures/spellings.ts'

const none = createAddresses()
const own = createAddresses(parseAllowed('127.0.0.0/8'))
const read = (name: string) => readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8')
const ca = read('ca.crt')

const cleanups: (() => unknown)[] = []
const clean = async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
}
const written: unknown[] = []

beforeEach(() => {
  for (const stream of [process.stdout, process.stderr]) {
    const spy = vi.spyOn(stream, 'write').mockImplementation((text) => written.push(text) > 0)
    cleanups.push(() => spy.mockRestore())
  }
  const warn = (warning: Error) => written.push(warning)
  process.on('warning', warn)
  cleanups.push(() => process.off('warning', warn))
})
afterEach(clean)
afterAll(async () => {
  await vi.waitFor(() => {
    const open = process.getActiveResourcesInfo().filter((kind) => /^(UDP|TCP|TLS|Query|GetAddrInfo)/.test(kind))
    expect(open).toEqual([])
  })
  expect(written).toEqual([])
})

async function listen<T extends Server>(server: T): Promise<T & { port: string; taken: Socket[] }> {
  const taken: Socket[] = []
  server.on('connection', (socket: Socket) => taken.push(socket.on('error', () => {})))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => {
    for (const socket of taken) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return Object.assign(server, { port: String((server.address() as AddressInfo).port), taken })
}

async function dns(answer: Parameters<typeof startDns>[0]) {
  const server = await startDns(answer)
  cleanups.push(server.close)
  return server
}

/** Gives the socket, which is closed after the test, or throws what the connector calls back with. */
const send = (sender: Sender, origin: string) =>
  new Promise<Outcome>((resolve) =>
    sender.send({ origin, path: '/', verify: true, headers: '', body: Buffer.from('x') }, resolve),
  )

function connect(options: ConnectorOptions, target: Partial<buildConnector.Options>): Promise<Socket> {
  return connectBy(createConnector(options), target)
}

function connectBy(connector: buildConnector.connector, target: Partial<buildConnector.Options>): Promise<Socket> {
  return new Promise((resolve, reject) => {
    connector({ hostname: 'receiver.test', protocol: 'http:', port: '80', ...target }, (...[error, socket]) => {
      if (error) return reject(error)
      cleanups.push(() => socket.destroy())
      resolve(socket)
    })
  })
}

const failing = async (connection: Promise<Socket>) => {
  const error = await connection.then(
    (socket) => new Error(`connected to ${socket.remoteAddress}`),
    (error: unknown) => error,
  )
  if (!(error instanceof Unreachable)) throw error
  return { code: error.code, message: error.message, address: error.address }
}
const codeOf = async (connection: Promise<Socket>) => (await failing(connection)).code

/** Notes what would be dialled, and lets no packet out. */
function deadEnd() {
  const dialled: string[] = []
  const dial: Dial = ({ hostname }, callback) => {
    dialled.push(hostname)
    queueMicrotask(() => callback(Object.assign(new Error('no way'), { code: 'ENETUNREACH' }), null))
    return new Socket()
  }
  return { dialled, dial }
}

/** Says that every name is at this address, and notes which were asked for. */
function everyName(...addresses: string[]) {
  const asked: string[] = []
  const resolve = async (name: string) => {
    asked.push(name)
    return addresses
  }
  return { asked, resolve }
}

const forbidden4 = `0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 127.0.0.0/24 169.254.0.0/16 169.254.169.254/32
  172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4
  240.0.0.0/4 255.255.255.255/32 192.88.99.0/24 127.0.0.1/32 0.0.0.0/32`.split(/\s+/)
const forbidden6 = `::/128 ::1/128 ::/8 ::/96 ::ffff:0:0/96 64:ff9b::/96 100::/64 2001::/32 2001:db8::/32 2002::/16
  3fff::/20 5f00::/16 fc00::/7 fe80::/10 fe80::/64 fec0::/10 ff00::/8 ff02::/112 4000::/3 2001:10::/28`.split(/\s+/)

describe('a forbidden address', () => {
  test('is refused in 14,000 spellings, before and at the connection', async () => {
    const given = random(20261)
    const { of, chance } = given
    const spellings: string[] = []
    while (spellings.length < 14_000) {
      const address = addressIn(of(forbidden4), given)
      const plain6 = of([() => embed(address, given), () => addressIn(of(forbidden6), given)])()
      expect(isForbidden(address)).toBe(true)
      let host = chance(0.5) ? spell4(address, given) : spell6(plain6, given)
      if (host.startsWith('[') && chance(0.1)) host = host.replace(']', of(['%25eth0]', '%eth0]', '%1]']))
      if (chance(0.1)) host = of(['8.8.8.8@', 'example.com:80@', 'a:b@', '8.8.8.8%2f@', '[2a00::1]@', '@']) + host
      if (chance(0.05)) host += of(['\t', '\n', '\\@8.8.8.8', '/@8.8.8.8', '?@8.8.8.8', ':80'])
      spellings.push(host)
    }
    expect(new Set(spellings).size).toBeGreaterThan(12_000)

    const { dialled, dial } = deadEnd()
    const { asked, resolve } = everyName('8.8.8.8')
    const connector = createConnector({ addresses: none, verify: true, resolve, dial })
    const accepted: string[] = []
    const codes = new Set<string>()
    for (const host of spellings) {
      if (refuseTarget(`http://${host}/hook`, none) === null) accepted.push(host)
      // As it is given, as undici gives it, and with what a URL makes of it.
      const hostnames = [host, host.replace(/^\[(.*)\]$/, '$1'), URL.parse(`http://${host}/hook`)?.hostname ?? host]
      for (const hostname of new Set(hostnames)) codes.add(await codeOf(connectBy(connector, { hostname })))
    }
    expect(accepted).toEqual([])
    expect([...codes].sort()).toEqual(['forbidden_address', 'invalid_target'])
    expect([dialled, asked]).toEqual([[], []])
  })

  test('is not hidden by what is no part of a host', async () => {
    const { dialled, dial } = deadEnd()
    for (const hostname of [
      'u@8.8.8.8',
      '8.8.8.8/x',
      '8.8.8.8\\x',
      '8.8.8.8?',
      '8.8.8.8#',
      '8.8.8.8\n',
      ' 8.8.8.8',
      '[::',
      '',
    ])
      expect(await codeOf(connect({ addresses: none, verify: true, dial }, { hostname })), hostname).toBe(
        'invalid_target',
      )
    expect(dialled).toEqual([])
  })

  test('is refused for what it is: it is understood, not only held to be malformed', async () => {
    const given = random(20262)
    const { dial } = deadEnd()
    const connector = createConnector({ addresses: none, verify: true, dial })
    for (let count = 0; count < 2_000; count++) {
      const address = addressIn(given.of(forbidden4), given)
      const hostname = spell4(address, given)
      expect(await failing(connectBy(connector, { hostname })), hostname).toEqual({
        code: 'forbidden_address',
        message: `${address} is a private or reserved address; allow it with KITH_WEBHOOK_ALLOW`,
        address,
      })
    }
  })

  test('is dialled when it is allowed, in its plain spelling', async () => {
    const given = random(20263)
    const { dialled, dial } = deadEnd()
    const connector = createConnector({ addresses: own, verify: true, dial })
    const addresses = Array.from({ length: 500 }, () => addressIn('127.0.0.0/8', given))
    for (const address of addresses) {
      const hostname = spell4(address, given)
      expect(refuseTarget(`http://${hostname}/`, own)).toBe(null)
      expect(await codeOf(connectBy(connector, { hostname }))).toBe('network')
    }
    expect(dialled).toEqual(addresses)
  })
})

test('6,000 public addresses, plainly or oddly spelled, are all dialled as what they are', async () => {
  const given = random(20264)
  const { dialled, dial } = deadEnd()
  const { asked, resolve } = everyName()
  const connector = createConnector({ addresses: none, verify: true, resolve, dial })
  const hosts = new Map<string, string>()
  while (hosts.size < 6_000) {
    const address = addressIn(given.of(['0.0.0.0/0', '2a00::/12', '2600::/12', '2400::/12', '2001::/16']), given)
    if (isForbidden(address)) continue
    const odd = given.chance(0.5)
    if (address.includes(':')) hosts.set(odd ? spell6(address, given) : `[${address}]`, address)
    else hosts.set(odd ? spell4(address, given) : address, address)
  }
  const refused: string[] = []
  for (const [host] of hosts) {
    if (refuseTarget(`https://${host}:8443/hook?a=b`, none) !== null) refused.push(host)
    if ((await codeOf(connectBy(connector, { hostname: host }))) !== 'network') refused.push(host)
  }
  expect(refused).toEqual([])
  const plain = (address: string) =>
    new URL(address.includes(':') ? `http://[${address}]` : `http://${address}`).hostname
  expect(dialled.map(plain)).toEqual([...hosts.values()].map(plain))
  expect(asked).toEqual([])
})

test('whatever looks like a number is read as another reader of hosts reads it', async () => {
  const { dialled, dial } = deadEnd()
  const { asked, resolve } = everyName('8.8.8.8')
  const connector = createConnector({ addresses: none, verify: true, resolve, dial })
  const part = fc.oneof(
    fc.nat(300).map(String),
    fc.nat(2 ** 33).map(String),
    fc.nat(2 ** 33).map((value) => `0x${value.toString(16)}`),
    fc.nat(400).map((value) => `0${value.toString(8)}`),
    fc.string({ unit: fc.constantFrom(...'0123456789abcdefxX'), minLength: 1, maxLength: 5 }),
  )
  const host = fc.tuple(fc.array(part, { minLength: 1, maxLength: 5 }), fc.constantFrom('', '', '.'))
  await fc.assert(
    fc.asyncProperty(host, async ([parts, dot]) => {
      const hostname = parts.join('.') + dot
      const meant = readHost(hostname)
      const isGood = meant && ('name' in meant || !isForbidden(meant.address))
      dialled.length = asked.length = 0
      expect(refuseTarget(`http://${hostname}/`, none) === null).toBe(Boolean(isGood))
      await codeOf(connectBy(connector, { hostname }))
      expect(asked).toEqual(meant && 'name' in meant ? [meant.name] : [])
      expect(dialled).toEqual(isGood ? ['address' in meant ? meant.address : '8.8.8.8'] : [])
    }),
    { numRuns: often(3_000), seed: 7 },
  )
})

describe('a target is refused at once', () => {
  test('when nothing could be sent to it', () => {
    for (const [target, sentence] of Object.entries({
      'example.com/hook': 'not a web address',
      'http://': 'not a web address',
      'http://1.2.3.4.5/': 'not a web address',
      'http://[fe80::1%25eth0]/': 'not a web address',
      'ftp://example.com/': 'begins with https:// or http://',
      'file:///etc/passwd': 'begins with https:// or http://',
      'javascript:alert(1)': 'begins with https:// or http://',
      'https://user@example.com/': 'Leave it out',
      'https://:secret@example.com/': 'Leave it out',
      'https://example.com/#part': 'Leave it out',
      'https://example.com/#': 'Leave it out',
      'https://example.com:0/': 'port 0',
      'https://a..example.com/': '"a..example.com" is not a host',
      [`https://${'a'.repeat(64)}.com/`]: 'is not a host',
      'http://10.0.0.7/': '10.0.0.7 is a private or reserved address; allow it with KITH_WEBHOOK_ALLOW.',
      'http://LOCALHOST.:3000/': 'localhost is this machine; allow 127.0.0.1 with KITH_WEBHOOK_ALLOW.',
      'http://api.localhost/': 'api.localhost is this machine',
      'http://ｌｏｃａｌｈｏｓｔ/': 'localhost is this machine',
    })) {
      expect(refuseTarget(target, none), target).toContain(sentence)
      expect(refuseTarget(target, none), target).toMatch(/\.$/)
    }
  })

  test('and not when something might', () => {
    for (const target of [
      ...[
        'https://example.com',
        'http://example.com:8080/hook?key=a%23b',
        'https://Example.com./',
        'https://bücher.example/',
      ],
      ...['https://8.8.8.8/', 'https://[2a00::1]:444/', 'https://under_score.example/', 'http://localhost.example/'],
    ]) {
      expect(refuseTarget(target, none), target).toBe(null)
      expect(refuseTarget(new URL(target), none), target).toBe(null)
    }
    expect(
      ['http://localhost:3000/', 'http://127.1/', 'http://a.localhost/'].map((url) => refuseTarget(url, own)),
    ).toEqual([...[null, null, null]])
  })
})

describe('a name', () => {
  /** What comes of connecting to it, when DNS answers so; what is left out has no addresses. */
  async function vetting(name: string, given: Partial<Record<'A' | 'AAAA', Answer | null>>, timeout = 300) {
    const { servers } = await dns((_, type) => (type in given ? (given[type] ?? null) : {}))
    const { dialled, dial } = deadEnd()
    const resolve = createResolve({ servers, timeout })
    const started = performance.now()
    const failed = await failing(connect({ addresses: none, verify: true, resolve, dial }, { hostname: name }))
    return { ...failed, dialled, ms: performance.now() - started }
  }

  test('that leads to a forbidden address is refused', async () => {
    expect(await vetting('home.test', { A: { addresses: ['127.0.0.1'] } })).toMatchObject({
      code: 'forbidden_address',
      message: 'home.test leads to 127.0.0.1, a private or reserved address; allow it with KITH_WEBHOOK_ALLOW',
      address: '127.0.0.1',
      dialled: [],
    })
    for (const address of ['::1', '::ffff:8.8.8.8', '64:ff9b::7f00:1', 'fe80::1', 'fd00::1'])
      expect(await vetting('home.test', { AAAA: { addresses: [address] } }), address).toMatchObject({
        code: 'forbidden_address',
        dialled: [],
      })
  })

  test('that leads to public and to forbidden addresses is refused', async () => {
    for (const given of [
      { A: { addresses: ['8.8.8.8', '10.0.0.1', '8.8.4.4'] } },
      { A: { addresses: ['8.8.8.8'] }, AAAA: { addresses: ['::1'] } },
      { A: { addresses: ['169.254.169.254'] }, AAAA: { addresses: ['2a00::1'] } },
    ])
      expect(await vetting('mixed.test', given)).toMatchObject({ code: 'forbidden_address', dialled: [] })
  })

  test('that is another name of one with a forbidden address is refused', async () => {
    const A = { alias: 'inside.test', addresses: ['192.168.1.1'] }
    expect(await vetting('alias.test', { A })).toMatchObject({ code: 'forbidden_address', dialled: [] })
    const good = { alias: 'outside.test', addresses: ['8.8.8.8'] }
    expect(await vetting('alias.test', { A: good })).toMatchObject({ code: 'network', dialled: ['8.8.8.8'] })
  })

  test('has all its addresses tried, of both families in turns, eight at most', async () => {
    const A = { addresses: ['8.8.8.8', '8.8.4.4', '8.8.8.8'] }
    const AAAA = { addresses: ['2a00::1'] }
    expect((await vetting('many.test', { A, AAAA })).dialled).toEqual(['8.8.8.8', '2a00::1', '8.8.4.4'])
    const crowd = { addresses: Array.from({ length: 20 }, (_, at) => `8.8.8.${at}`) }
    expect((await vetting('crowd.test', { A: crowd })).dialled).toHaveLength(8)
  })

  test('that DNS does not resolve fails with why, and in time', async () => {
    const silent = { A: null, AAAA: null }
    const both = (failure: Answer['failure']) => ({ A: { failure }, AAAA: { failure } })
    expect(await vetting('x.test', both('NXDOMAIN'))).toMatchObject({
      code: 'dns_not_found',
      message: 'DNS does not know x.test',
    })
    expect(await vetting('x.test', {})).toMatchObject({
      code: 'dns_not_found',
      message: 'x.test has no address in DNS',
    })
    expect(await vetting('x.test', both('SERVFAIL'))).toMatchObject({
      code: 'dns_failed',
      message: 'DNS failed for x.test (ESERVFAIL)',
    })
    expect(await vetting('x.test', both('REFUSED'))).toMatchObject({ code: 'dns_failed' })
    const late = await vetting('x.test', silent)
    expect(late).toMatchObject({ code: 'dns_timeout', message: 'DNS did not answer for x.test within 0.3 s' })
    expect(late.ms).toBeGreaterThan(290)
    expect(late.ms).toBeLessThan(900)
  })

  test('is dialled when its name server answers for one family alone', async () => {
    const A = { addresses: ['8.8.8.8'] }
    const half = await vetting('half.test', { A, AAAA: null }, 5_000)
    expect(half.dialled).toEqual(['8.8.8.8'])
    expect(half.ms).toBeLessThan(2_000)
    expect((await vetting('half.test', { A, AAAA: { failure: 'SERVFAIL' } })).dialled).toEqual(['8.8.8.8'])
  })

  test('is not held up by a hundred whose name servers never answer', async () => {
    const { servers } = await dns((name, type) => {
      if (name !== 'good.test') return null
      return type === 'A' ? { addresses: ['127.0.0.1'] } : {}
    })
    const { port } = await listen(net.createServer())
    const connector = createConnector({
      addresses: own,
      verify: true,
      resolve: createResolve({ servers, timeout: 1_500 }),
    })
    const dead = Array.from({ length: 100 }, (_, at) =>
      codeOf(connectBy(connector, { hostname: `dead${at}.test`, port })),
    )
    let given = 0
    for (const each of dead) each.then(() => given++)
    await connectBy(connector, { hostname: 'good.test', port })
    expect(given).toBe(0)
    // All of them wait at the same time.
    expect(new Set(await Promise.all(dead))).toEqual(new Set(['dns_timeout']))
  })

  test('is asked for once by all who ask at the same time, and again when its answer has expired', async () => {
    const { asked, servers } = await dns((name, type) =>
      type === 'A' ? { addresses: ['8.8.8.8'], ttl: name === 'kept.test' ? 1 : 0 } : {},
    )
    const { dial } = deadEnd()
    const connector = createConnector({ addresses: none, verify: true, resolve: createResolve({ servers }), dial })
    const all = (hostname: string) =>
      Promise.all(Array.from({ length: 20 }, () => codeOf(connectBy(connector, { hostname }))))
    await all('brief.test')
    expect(asked.sort()).toEqual(['A brief.test', 'AAAA brief.test'])
    await all('brief.test')
    expect(asked).toHaveLength(4)
    await all('kept.test')
    await all('kept.test')
    expect(asked).toHaveLength(6)
    await sleep(1_050)
    await all('kept.test')
    expect(asked).toHaveLength(8)
  })

  test('of this machine is never asked for', async () => {
    const { asked, resolve } = everyName('8.8.8.8')
    const { dialled, dial } = deadEnd()
    const options = { verify: true, resolve, dial }
    for (const hostname of ['localhost', 'LocalHost.', 'a.b.localhost', 'ｌocalhost', 'loc%61lhost']) {
      expect(await codeOf(connect({ ...options, addresses: none }, { hostname }))).toBe('forbidden_address')
      expect(await codeOf(connect({ ...options, addresses: own }, { hostname }))).toBe('network')
    }
    expect([asked, new Set(dialled)]).toEqual([[], new Set(['127.0.0.1'])])
    const both = createAddresses(parseAllowed('127.0.0.1,::1'))
    await codeOf(connect({ ...options, addresses: both }, { hostname: 'localhost' }))
    expect(dialled.slice(-2)).toEqual(['127.0.0.1', '::1'])
  })

  test('in the hosts file counts when DNS knows of none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kith-test-'))
    cleanups.push(() => rm(folder, { recursive: true }))
    const hosts = join(folder, 'hosts')
    await writeFile(
      hosts,
      '# 127.0.0.9 Box.test\n127.0.0.1\tother.test  Box.test # here\nbox.test 8.8.8.8\n::1 box.test\n',
    )
    const { servers } = await dns((name) => ({ failure: name === 'ill.test' ? 'SERVFAIL' : 'NXDOMAIN' }))
    expect(await createResolve({ servers, hosts })('box.test')).toEqual(['127.0.0.1', '::1'])
    await expect(createResolve({ servers })('box.test')).rejects.toThrow('DNS does not know box.test')
    await expect(createResolve({ servers, hosts })('8.8.8.8')).rejects.toThrow('DNS does not know 8.8.8.8')
    await expect(createResolve({ servers, hosts: join(folder, 'none') })('box.test')).rejects.toThrow(
      'DNS does not know',
    )
    await expect(createResolve({ servers, hosts })('ill.test')).rejects.toThrow('DNS failed for ill.test')
  })

  test('that leads elsewhere at every question never leads to this machine', async () => {
    const inside = await listen(net.createServer())
    let flips = 0
    const { servers } = await dns((name, type) => {
      if (type === 'AAAA') return {}
      const outward = ++flips % 2 === 0
      // Some may be remembered, most must be asked for again.
      return { addresses: [outward ? '8.8.8.8' : '127.0.0.1'], ttl: name.startsWith('kept') ? 1 : 0 }
    })
    const dialled = new Map<string, number>()
    const { dial: stop } = deadEnd()
    const real = buildConnector({ timeout: 1_000 }) as Dial
    const dial: Dial = (options, callback) => {
      dialled.set(options.hostname, (dialled.get(options.hostname) ?? 0) + 1)
      return options.hostname === '8.8.8.8' ? stop(options, callback) : real(options, callback)
    }
    const connector = createConnector({ addresses: none, verify: true, resolve: createResolve({ servers }), dial })
    const codes = { forbidden_address: 0, network: 0 } as Record<string, number>
    await Promise.all(
      Array.from({ length: 40 }, async (_, at) => {
        for (let count = 0; count < 300; count++) {
          const hostname = `${at % 10 ? 'flips' : 'kept'}${at}.test`
          const code = await codeOf(connectBy(connector, { hostname, port: inside.port }))
          codes[code] = (codes[code] ?? 0) + 1
        }
      }),
    )
    expect(codes.forbidden_address).toBeGreaterThan(2_000)
    expect(codes.network).toBeGreaterThan(2_000)
    expect(Object.keys(codes)).toHaveLength(2)
    expect(flips).toBeGreaterThan(10_000)
    expect([...dialled.keys()]).toEqual(['8.8.8.8'])
    expect(inside.taken).toHaveLength(0)
  })
})

describe('a connection', () => {
  const at = (...addresses: string[]) => everyName(...addresses).resolve
  const hanging: Dial = () => new Socket()

  test('goes to the next address when one does not take it', async () => {
    const { port } = await listen(net.createServer())
    const socket = await connect({ addresses: own, verify: true, resolve: at('127.0.0.2', '127.0.0.1') }, { port })
    expect(socket.remoteAddress).toBe('127.0.0.1')
  })

  test('goes to the next address when one is silent, and leaves that one', async () => {
    const { port } = await listen(net.createServer())
    const silent: Socket[] = []
    const real = buildConnector({ timeout: 0 }) as Dial
    const dial: Dial = (options, callback) => {
      if (options.hostname === '127.0.0.1') return real(options, callback)
      silent.push(new Socket())
      return silent[0] as Socket
    }
    const resolve = at('8.8.8.8', '127.0.0.1')
    const socket = await connect({ addresses: own, verify: true, resolve, dial }, { port })
    expect([socket.remoteAddress, silent.length, silent[0]?.destroyed]).toEqual(['127.0.0.1', 1, true])
  })

  test('leaves no timer behind, made or not', async () => {
    const { port } = await listen(net.createServer())
    const { servers } = await dns((name, type) => {
      if (name !== 'receiver.test') return { failure: 'NXDOMAIN' }
      return type === 'A' ? { addresses: ['127.0.0.1'] } : {}
    })
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    const options = { addresses: own, verify: true, resolve: createResolve({ servers }), connectTimeout: 60_000 }
    const before = timers()
    for (let count = 0; count < 5; count++) {
      await connect(options, { port })
      expect(await codeOf(connect(options, { hostname: 'gone.test', port }))).toBe('dns_not_found')
      expect(await codeOf(connect(options, { port: '0' }))).toMatch(/refused|network/)
    }
    expect(timers()).toBeLessThan(before + 5)
  })

  test('that nobody takes fails with why, and in time', async () => {
    const server = await listen(net.createServer())
    const { port } = server
    await new Promise((resolve) => server.close(resolve))
    const refused = await failing(connect({ addresses: own, verify: true }, { hostname: '127.0.0.1', port }))
    expect(refused).toEqual({
      code: 'refused',
      message: '127.0.0.1 refused the connection',
      address: '127.0.0.1',
    })
    const started = performance.now()
    const silent = {
      addresses: none,
      verify: true,
      resolve: at('8.8.8.8', '2a00::1'),
      dial: hanging,
      connectTimeout: 400,
    }
    expect(await failing(connect(silent, {}))).toMatchObject({
      code: 'connect_timeout',
      message: '8.8.8.8, 2a00::1 did not take the connection within 0.4 s',
    })
    expect(performance.now() - started).toBeLessThan(10_000)
    // A machine without IPv6 has nothing to say of a receiver.
    const some: Dial = ({ hostname }, callback) => {
      const code = hostname.includes(':') ? 'ENETUNREACH' : 'ECONNREFUSED'
      queueMicrotask(() => callback(Object.assign(new Error(code), { code }), null))
      return new Socket()
    }
    const resolve = at('8.8.8.8', '2a00::1')
    expect(await codeOf(connect({ addresses: none, verify: true, resolve, dial: some }, {}))).toBe('refused')
    const throwing = () => {
      throw new Error('no')
    }
    expect(await codeOf(connect({ addresses: none, verify: true, resolve, dial: throwing }, {}))).toBe('network')
  })

  test('that ends up elsewhere is closed before a byte is sent', async () => {
    const received: Buffer[] = []
    const server = await listen(net.createServer((socket) => socket.on('data', (data) => received.push(data))))
    const real = buildConnector({ timeout: 1_000, rejectUnauthorized: false }) as Dial
    const dial: Dial = (options, callback) => real({ ...options, hostname: '127.0.0.1' }, callback)
    for (const protocol of ['http:', 'https:']) {
      const target = { hostname: '8.8.8.8', protocol, port: server.port }
      expect(await failing(connect({ addresses: none, verify: false, dial }, target))).toMatchObject({
        code: 'forbidden_address',
        message: '8.8.8.8 led to 127.0.0.1, a private or reserved address; allow it with KITH_WEBHOOK_ALLOW',
      })
    }
    // Judged once more as it is handed over, however it came to be connected.
    const sly: Dial = (_options, callback) => {
      const socket = net.connect(Number(server.port), '127.0.0.1', () => callback(null, socket))
      return new Socket()
    }
    expect(await codeOf(connect({ addresses: none, verify: false, dial: sly }, { hostname: '8.8.8.8' }))).toBe(
      'forbidden_address',
    )
    await vi.waitFor(() => expect(server.taken.map(({ closed }) => closed)).toEqual([true, true, true]))
    expect(received).toEqual([])
  })

  test('serves the sender', async () => {
    const server = await listen(http.createServer((request, response) => response.end(request.headers.host)))
    const sender = createSender({ addresses: own, timeout: 2_000, sockets: 8, resolve: at('127.0.0.1') })
    cleanups.push(() => sender.close())
    for (const origin of [`http://receiver.test:${server.port}`, `http://127.1:${server.port}`])
      for (let count = 0; count < 3; count++)
        expect(await send(sender, origin)).toMatchObject({ code: 200, response: new URL(origin).host })
    expect(server.taken).toHaveLength(2)
    expect(await send(sender, 'http://10.0.0.1')).toMatchObject({
      code: null,
      response: 'forbidden_address: 10.0.0.1 is a private or reserved address; allow it with KITH_WEBHOOK_ALLOW',
    })
  })
})

describe('by TLS', () => {
  const secure = (name: string, onConnection?: (socket: TLSSocket) => void) =>
    listen(tls.createServer({ cert: read(`${name}.crt`), key: read(`${name}.key`) }, onConnection))
  const options = { addresses: own, ca, resolve: everyName('127.0.0.1').resolve }
  const trying = async (hostname: string, port: string, verify: boolean) => {
    const connection = connect({ ...options, verify }, { hostname, port, protocol: 'https:' })
    return connection.then(
      (socket) => (socket as TLSSocket).encrypted && 'connected',
      (error: Unreachable) => `${error.code}: ${error.message}`,
    )
  }

  test('a good certificate is taken, by name and by address', async () => {
    const names: unknown[] = []
    const { port } = await secure('good', (socket) => names.push(socket.servername))
    for (const hostname of ['receiver.test', 'RECEIVER.test.', '127.0.0.1', '0x7f.1'])
      expect(await trying(hostname, port, true), hostname).toBe('connected')
    await vi.waitFor(() => expect(names).toEqual(['receiver.test', 'receiver.test', false, false]))
  })

  test('a bad certificate is refused, unless it was agreed not to look', async () => {
    for (const [name, hostname, what] of [
      ['expired', 'receiver.test', 'that has expired'],
      ['expired', '127.0.0.1', 'that has expired'],
      ['other', 'receiver.test', 'for another name'],
      ['other', '127.0.0.1', 'for another name'],
      ['good', 'unknown.test', 'for another name'],
      ['good', '127.0.0.2', 'for another name'],
    ] as const) {
      const { port } = name === 'good' && hostname === '127.0.0.2' ? await secure('other') : await secure(name)
      const asked = hostname === '127.0.0.2' ? '127.0.0.1' : hostname
      expect(await trying(asked, port, true)).toBe(`tls_certificate: 127.0.0.1 has a certificate ${what}`)
      expect(await trying(asked, port, false)).toBe('connected')
    }
    const { port } = await secure('self')
    expect(await trying('receiver.test', port, true)).toBe('tls_certificate: 127.0.0.1 has a self-signed certificate')
    expect(await trying('receiver.test', port, false)).toBe('connected')
    const good = await secure('good')
    const stranger = { addresses: own, resolve: options.resolve, verify: true }
    const target = { hostname: 'receiver.test', port: good.port, protocol: 'https:' }
    expect(await failing(connect(stranger, target))).toMatchObject({
      code: 'tls_certificate',
      message: '127.0.0.1 has a certificate whose issuer is not trusted here',
    })
  })

  test('is checked against the host of the URL, whatever the Host header says', async () => {
    const { port } = await secure('other')
    const target = { hostname: 'receiver.test', host: 'other.test', servername: 'other.test', port, protocol: 'https:' }
    expect(await codeOf(connect({ ...options, verify: true }, target))).toBe('tls_certificate')
  })

  test('a connector that looks learns nothing from one that does not, nor from its own failures', async () => {
    const resumed: boolean[] = []
    const { port } = await secure('self', (socket) => {
      resumed.push(socket.isSessionReused())
      socket.write('hello')
    })
    const [lax, strict] = [false, true].map((verify) => createConnector({ ...options, verify }))
    const target = { hostname: 'receiver.test', port, protocol: 'https:' }
    // That sessions are used again at all. They are held weakly, so it may take another try.
    await vi.waitFor(async () => {
      const socket = await connectBy(lax as buildConnector.connector, target)
      await once(socket, 'data')
      expect(resumed).toContain(true)
    })
    for (let count = 0; count < 3; count++)
      expect(await codeOf(connectBy(strict as buildConnector.connector, target))).toBe('tls_certificate')
  })

  test('a receiver that does not speak it, breaks it off or stops in it is told from one that is not there', async () => {
    const plain = await listen(http.createServer())
    expect(await trying('receiver.test', plain.port, true)).toBe(
      'tls_failed: 127.0.0.1 does not speak TLS on this port',
    )
    const rude = await listen(net.createServer((socket) => socket.once('data', () => socket.resetAndDestroy())))
    expect(await trying('receiver.test', rude.port, true)).toBe('tls_failed: 127.0.0.1 broke off the TLS handshake')
    const old = await listen(
      tls.createServer({ cert: read('good.crt'), key: read('good.key'), minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }),
    )
    expect(await trying('receiver.test', old.port, true)).toMatch(/^tls_failed: 127.0.0.1 failed the TLS handshake/)
    const silent = await listen(net.createServer((socket) => socket.resume()))
    const target = { hostname: 'receiver.test', port: silent.port, protocol: 'https:' }
    const hanging = new Socket()
    const real = buildConnector({ timeout: 0, ca }) as Dial
    const dial: Dial = (given, callback) => (given.hostname === '8.8.8.8' ? hanging : real(given, callback))
    const resolve = everyName('8.8.8.8', '127.0.0.1').resolve
    const slow = codeOf(connect({ addresses: own, verify: true, resolve, dial, connectTimeout: 700 }, target))
    await vi.waitFor(() => expect(silent.taken).toHaveLength(1))
    await vi.waitFor(() => expect(hanging.destroyed).toBe(true), { timeout: 350 })
    expect(await slow).toBe('connect_timeout')
    expect(await failing(connect({ ...options, verify: true, connectTimeout: 200 }, target))).toMatchObject({
      code: 'connect_timeout',
      message: '127.0.0.1 did not finish the TLS handshake within 0.2 s',
    })
    await vi.waitFor(() => expect(silent.taken[0]?.closed).toBe(true))
  })
})

describe('a failure is described', () => {
  test('whatever it is', () => {
    const coded = (code: string, more: object = {}) =>
      Object.assign(new Error('what a library says'), { code, ...more })
    for (const [code, expected] of Object.entries({
      ECONNREFUSED: 'refused',
      ECONNRESET: 'reset',
      EPIPE: 'reset',
      ENETUNREACH: 'network',
      EHOSTUNREACH: 'network',
      ENOTFOUND: 'dns_not_found',
      UND_ERR_CONNECT_TIMEOUT: 'connect_timeout',
      CERT_HAS_EXPIRED: 'tls_certificate',
      CERT_REVOKED: 'tls_certificate',
      INVALID_CA: 'tls_certificate',
      DEPTH_ZERO_SELF_SIGNED_CERT: 'tls_certificate',
      ERR_TLS_CERT_ALTNAME_INVALID: 'tls_certificate',
      ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'tls_failed',
      EPROTO: 'tls_failed',
      constructor: 'network',
    })) {
      expect(describeFailure(coded(code)).code, code).toBe(expected)
      expect(describeFailure(coded(code)).sentence, code).toMatch(/^The receiver [^\n]+[^.]$/)
      expect(describeFailure(new TypeError('fetch failed', { cause: coded(code) })).code, code).toBe(expected)
      expect(describeFailure(new AggregateError([coded(code)])).code, code).toBe(expected)
    }
    expect(describeFailure(coded('ETIMEDOUT', { syscall: 'connect' })).code).toBe('connect_timeout')
    expect(describeFailure(coded('ETIMEDOUT', { syscall: 'read' })).code).toBe('too_slow')
    for (const odd of [null, undefined, 'text', 7, {}, new Error('secret'), coded('no code\nat all')])
      expect(describeFailure(odd)).toEqual({ code: 'network', sentence: 'The receiver cannot be reached' })
    const circle = new Error('a')
    circle.cause = new Error('b', { cause: circle })
    expect(describeFailure(circle).code).toBe('network')
  })
})

describe('the dry run of a target', () => {
  const resolve = async (name: string) => {
    if (name === 'receiver.test') return ['127.0.0.1']
    throw new Unreachable('dns_not_found', `DNS does not know ${name}`)
  }
  const options = { addresses: own, verify: true, ca, resolve }

  test('connects, shakes hands, sends nothing and closes', async () => {
    const received: Buffer[] = []
    const server = await listen(
      tls.createServer({ cert: read('good.crt'), key: read('good.key') }, (socket) => {
        socket.on('error', () => {})
        socket.on('data', (data) => received.push(data))
      }),
    )
    const result = await checkTarget(`https://receiver.test:${server.port}/hook`, options)
    expect(result).toEqual({ reachable: true, address: '127.0.0.1', code: null, reason: null, ms: expect.any(Number) })
    await vi.waitFor(() => expect(server.taken.map(({ closed }) => closed)).toEqual([true]))
    expect(received).toEqual([])
  })

  test('says why a target cannot be reached', async () => {
    const { port } = await listen(tls.createServer({ cert: read('expired.crt'), key: read('expired.key') }))
    expect(await checkTarget(new URL(`https://receiver.test:${port}/hook`), options)).toMatchObject({
      reachable: false,
      address: '127.0.0.1',
      code: 'tls_certificate',
      reason: '127.0.0.1 has a certificate that has expired',
    })
    expect(await checkTarget('https://gone.test/', options)).toMatchObject({
      reachable: false,
      address: null,
      code: 'dns_not_found',
      reason: 'DNS does not know gone.test',
    })
    expect(await checkTarget('http://[::ffff:a00:1]/', options)).toMatchObject({
      reachable: false,
      address: '::ffff:a00:1',
      code: 'forbidden_address',
    })
    expect(await checkTarget('nowhere', options)).toMatchObject({
      reachable: false,
      address: null,
      code: 'invalid_target',
      reason: 'This is not a web address. Write it as https://example.com/path.',
    })
  })
})
