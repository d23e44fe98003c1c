import { describe, expect, test } from 'vitest'
import { createAddresses, parseAllowed } from '../../src/delivery/http/addresses.ts'
import { isForbidden } from './fixtures/classifier.ts'
import { addressIn, embed, random } from './fixtures/spellings.ts'

const none = createAddresses()
const allowing = (text: string) => createAddresses(parseAllowed(text))

describe('an address', () => {
  test('of the registry of special addresses is forbidden, up to its first and last', () => {
    const edges: [last: string | null, first: string, end: string, next: string | null][] = [
      [null, '0.0.0.0', '0.255.255.255', '1.0.0.0'],
      ['9.255.255.255', '10.0.0.0', '10.255.255.255', '11.0.0.0'],
      ['100.63.255.255', '100.64.0.0', '100.127.255.255', '100.128.0.0'],
      ['126.255.255.255', '127.0.0.0', '127.255.255.255', '128.0.0.0'],
      ['169.253.255.255', '169.254.0.0', '169.254.255.255', '169.255.0.0'],
      ['172.15.255.255', '172.16.0.0', '172.31.255.255', '172.32.0.0'],
      ['191.255.255.255', '192.0.0.0', '192.0.0.255', '192.0.1.0'],
      ['192.0.1.255', '192.0.2.0', '192.0.2.255', '192.0.3.0'],
      ['192.88.98.255', '192.88.99.0', '192.88.99.255', '192.88.100.0'],
      ['192.167.255.255', '192.168.0.0', '192.168.255.255', '192.169.0.0'],
      ['198.17.255.255', '198.18.0.0', '198.19.255.255', '198.20.0.0'],
      ['198.51.99.255', '198.51.100.0', '198.51.100.255', '198.51.101.0'],
      ['203.0.112.255', '203.0.113.0', '203.0.113.255', '203.0.114.0'],
      ['223.255.255.255', '224.0.0.0', '255.255.255.255', null],
      [null, '::', '1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2000::'],
      ['2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff', '2001:200::'],
      ['2001:db7:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db9::'],
      ['2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2003::'],
      ['3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff', '3fff:1000::'],
      ['3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '4000::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', null],
    ]
    for (const [last, first, end, next] of edges)
      expect([last, first, end, next].map((address) => address === null || none.permits(address))).toEqual([
        ...[true, false, false, true],
      ])
  })

  test('is judged as another reading of the registry judges it', () => {
    const given = random(1)
    const networks = ['0.0.0.0/0', '192.0.0.0/8', '198.0.0.0/8', '::/0', '2000::/3', '2001::/16', '3ff0::/12', '::/64']
    const wrong: string[] = []
    for (let count = 0; count < 20_000; count++) {
      const address = addressIn(given.of(networks), given)
      if (none.permits(address) === isForbidden(address)) wrong.push(address)
    }
    expect(wrong).toEqual([])
  })

  test('of IPv6 is forbidden when it leads to a forbidden one of IPv4', () => {
    const given = random(2)
    const wrong: string[] = []
    for (let count = 0; count < 2_000; count++) {
      const address = embed(addressIn(given.of(['10.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16']), given), given)
      if (none.permits(address)) wrong.push(address)
    }
    expect(wrong).toEqual([])
  })

  test('in any but its plain spelling is forbidden: nothing is guessed here', () => {
    for (const text of [
      ...[
        '',
        ' 8.8.8.8',
        '8.8.8.8 ',
        '8.8.8.8.',
        '8.8.8',
        '010.8.8.8',
        '0x8.8.8.8',
        '134744072',
        '8.8.8.8/32',
        '8.8.8.256',
      ],
      ...[
        '[2a00::1]',
        '2a00::1%eth0',
        '2a00::1%',
        'fe80::1%lo',
        '2a00::1::2',
        '2a00::g',
        '2a00',
        'example.com',
        '２.２.２.２',
      ],
    ])
      expect(none.permits(text), text).toBe(false)
    expect(['8.8.8.8', '2a00::1', '2A00:0:0::1', '2a00::8.8.8.8'].map(none.permits)).toEqual([true, true, true, true])
  })
})

describe('what an administrator allows', () => {
  test('is permitted, and nothing beside it', () => {
    const { permits, widened } = allowing('10.1.0.0/16, 192.168.7.9,fd12::/16 , ::1,')
    expect(widened).toBe(true)
    expect(['10.1.0.0', '10.1.255.255', '192.168.7.9', 'fd12::1', '::1', '8.8.8.8'].map(permits)).not.toContain(false)
    expect(['10.0.255.255', '10.2.0.0', '192.168.7.8', 'fd13::1', '::2', '127.0.0.1'].map(permits)).not.toContain(true)
  })

  test('may cut a byte anywhere', () => {
    const { permits } = allowing('10.32.0.0/11,fd00:8000::/17')
    expect(['10.32.0.0', '10.63.255.255', 'fd00:8000::', 'fd00:ffff::1'].map(permits)).not.toContain(false)
    expect(['10.31.255.255', '10.64.0.0', 'fd00:7fff::', 'fd01::'].map(permits)).not.toContain(true)
  })

  test('in IPv4 holds for the same address written in IPv6, and IPv6 never opens IPv4', () => {
    expect(none.permits('::ffff:8.8.8.8')).toBe(false)
    expect(allowing('10.0.0.0/8').permits('::ffff:10.1.2.3')).toBe(true)
    expect(allowing('10.0.0.0/8').permits('::ffff:8.8.8.8')).toBe(false)
    const { permits } = allowing('::/0')
    expect(['fe80::1', '::1', '::ffff:10.1.2.3', '10.1.2.3'].map(permits)).toEqual([true, true, false, false])
    expect(['10.1.2.3', '::ffff:10.1.2.3', '::1'].map(allowing('0.0.0.0/0').permits)).toEqual([true, true, false])
  })

  test('may be nothing', () => {
    for (const text of ['', ' ', ',', ' , ']) expect(allowing(text).widened, text).toBe(false)
  })

  test('is refused with a sentence that names the entry', () => {
    for (const wrong of [
      ...[
        '10.0.0.0/33',
        'fd00::/129',
        '10.0.0.0/',
        '10.0.0.0/8/8',
        '10.0.0.0/08',
        '10.0.0.0/-1',
        '10.0.0.0/8 fd00::/8',
      ],
      ...['10.0.0', '0x7f.1', '127.1', 'localhost', '/8', 'fe80::1%eth0', '[::1]', '*', '10.0.0.0-10.0.0.9'],
    ])
      expect(() => parseAllowed(`192.168.0.0/16,${wrong}`), wrong).toThrow(`"${wrong}" is not an address or a range.`)
    expect(() => parseAllowed('10.1.2.3/8')).toThrow(
      '"10.1.2.3/8" is 10.0.0.0/8. Write that, or 10.1.2.3 for the one address.',
    )
    expect(() => parseAllowed('fd00:1::9/17')).toThrow('"fd00:1::9/17" is fd00::/17.')
    expect(() => parseAllowed('::ffff:10.0.0.0/104')).toThrow('is a range of IPv4 addresses')
  })
})
