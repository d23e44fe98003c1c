import { Resolver } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { lru } from '../../platform/lru.ts'
import { Unreachable } from './failure.ts'

/** Returns every address of a name, or throws an Unreachable. */
export type Resolve = (name: string) => Promise<string[]>

/** Largest number of cached answers. Each is kept for as long as it says, and no longer. */
const maxKept = 5_000
/** When one family has answered, how long to wait for the other (ms): some name servers never answer AAAA. */
const otherFamily = 250

/**
 * Asks DNS for every address of a name. It uses c-ares, since getaddrinfo has four threads for everything and a few
 * dead zones stop them all. Each question has a resolver of its own, which can be cancelled alone. Names in the
 * `hosts` file, if one is given, count if DNS does not know them.
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
  const kept = lru<string, string[]>(2_000)
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
      const ttl = Math.min(maxKept, ...records.map((record) => record.ttl * 1000))
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
