import { describe, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { readAddress, readReplicas } from '../../src/platform/db/address.ts'

const hostsOf = (text: string) => readAddress(text).hosts.map(({ host, port }) => `${host} ${port}`)

describe('the address of a database', () => {
  test('names one host or several, each with its port', () => {
    expect(hostsOf('postgres://kith@db.example/kith')).toEqual(['db.example 5432'])
    expect(hostsOf('postgresql://kith:pw@a:5433,b,[::1]:5434,[fe80::1]/kith')).toEqual([
      'a 5433',
      'b 5432',
      '::1 5434',
      'fe80::1 5432',
    ])
    expect(hostsOf('postgres://kith@/kith?host=a,b&port=1,2')).toEqual(['a 1', 'b 2'])
    expect(hostsOf('postgres://kith@a,b/kith?port=6000')).toEqual(['a 6000', 'b 6000'])
  })

  test('of replicas may be several, with blanks or commas between, and is one for each host', () => {
    const hosts = (text: string) => readReplicas(text).flatMap(hostsOf)
    expect(readReplicas('')).toEqual([])
    expect(hosts('postgres://kith:a%2Cb@a,b:5433/kith')).toEqual(['a 5432', 'b 5433'])
    expect(hosts(' postgres://kith@a/kith,  postgresql://kith@b:1,[::1]/kith\tpostgres://c/kith ')).toEqual([
      ...['a 5432', 'b 1', '::1 5432', 'c 5432'],
    ])
    expect(() => readReplicas('postgres://kith@a/kith b')).toThrow('postgres://')
  })

  test('may be the folder of a socket, in each way it is written', () => {
    expect(hostsOf('postgres://kith@localhost:5433/kith?host=%2Frun%2Fpg')).toEqual(['/run/pg 5433'])
    expect(hostsOf('postgres://kith@%2Frun%2Fpg:5433,db.example/kith')).toEqual(['/run/pg 5433', 'db.example 5432'])
    expect(hostsOf('postgres:///kith?host=/run/a,/run/b')).toEqual(['/run/a 5432', '/run/b 5432'])
  })

  test('means the host that takes writes where there are several, unless it says otherwise', () => {
    expect(readAddress('postgres://a/kith').needs).toBe('any')
    expect(readAddress('postgres://a,b/kith').needs).toBe('read-write')
    expect(readAddress('postgres://a,b/kith?target_session_attrs=primary').needs).toBe('primary')
    expect(readAddress('postgres://a,b/kith?target_session_attrs=any').needs).toBe('any')
    expect(() => readAddress('postgres://a,b/kith?target_session_attrs=standby')).toThrow('read-write, primary or any.')
  })

  test('leads to each of its hosts with everything else that it says', () => {
    const { hosts, urlOf } = readAddress('postgres://kith:p%40ss@a:1,b:2/ki%20th?sslmode=disable&connect_timeout=3')
    expect(hosts.map(urlOf)).toEqual([
      'postgres://kith:p%40ss@localhost/ki%20th?sslmode=disable&host=a&port=1',
      'postgres://kith:p%40ss@localhost/ki%20th?sslmode=disable&host=b&port=2',
    ])
    expect(readAddress('postgres://kith:p@ss%@a/kith').urlOf({ host: 'a', port: 1 })).toBe(
      'postgres://kith:p%40ss%25@localhost/kith?host=a&port=1',
    )
  })

  test('that cannot be read is refused with its likely cause, and never shown', () => {
    const wrong: [string, string][] = [
      ['mysql://kith:topsecret@a/kith', 'It must begin with postgres://'],
      ['topsecret', 'It must begin with postgres://'],
      ['postgres://kith:top#secret@a/kith', 'It has a # in it.'],
      ['postgres://kith:top/secret@a/kith', 'Its host ends at a / or ? before an @ comes.'],
      ['postgres://kith:top?secret@a/kith', 'Its host ends at a / or ? before an @ comes.'],
      ['postgres://kith:topsecret', 'One of its ports is not a number'],
      ['postgres://kith:topsecret@a:99999/kith', 'One of its ports is not a number from 1 to 65535.'],
      ['postgres://kith:topsecret@a:1,b:topsecret/kith', 'One of its ports is not a number'],
      ['postgres://kith:topsecret@::1/kith', 'One of its '],
      ['postgres://kith:topsecret@a,/kith', 'One of its hosts is empty.'],
      ['postgres://kith:topsecret@a,b/kith?port=1,2,3', 'another number of ports than of hosts'],
    ]
    for (const [url, sentence] of wrong) {
      let message = ''
      try {
        readConfig({ DATABASE_URL: url })
      } catch (error) {
        message = (error as Error).message
      }
      expect(message, url).toMatch(/^DATABASE_URL is refused\. /)
      expect(message, url).toContain(sentence)
      expect(message, url).not.toMatch(/secret@|topsecret|top/)
    }
  })
})
