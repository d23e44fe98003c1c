import { describe, expect, it } from 'vitest'
import { createCache } from '../../src/platform/sql/cache.ts'

const size = 1_000_000
const kilobyte = (key: number) => String(key).padEnd(1_000, '.')

describe('a cache of bytes in pages', () => {
  it('gives the bytes that came last under a key, in their parts', () => {
    const cache = createCache<{ version: number }>(size)
    cache.set(1, ['{"name":"', '"}'], { version: 1 })
    cache.set(2, ['', 'جمیل 🌱', ''], { version: 7 })
    cache.set(1, ['{"real_name":"', '"}'], { version: 2 })

    const textsOf = (key: number) => cache.get(key)?.parts.map(String)
    expect([textsOf(1), cache.get(1)?.version]).toEqual([['{"real_name":"', '"}'], 2])
    expect(textsOf(2)).toEqual(['', 'جمیل 🌱', ''])
    expect(cache.get(3)).toBeUndefined()
    cache.clear()
    expect([cache.get(1), cache.bytes]).toEqual([undefined, 0])
  })

  it('takes no more than its size, and drops what came first', () => {
    const cache = createCache(size)
    let most = 0
    for (let key = 0; key < 10_000; key++) {
      cache.set(key, [kilobyte(key)], {})
      most = Math.max(most, cache.bytes)
    }
    expect(most).toBeGreaterThan(0.9 * size)
    expect(most).toBeLessThanOrEqual(size)
    const there = Array.from({ length: 10_000 }, (_, key) => key).filter((key) => cache.get(key))
    expect(there.length).toBeGreaterThan(600)
    expect(there[0]).toBe(10_000 - there.length)
  })

  it('keeps what is read, whatever else comes', () => {
    const cache = createCache(size)
    cache.set(-1, ['alice'], {})
    for (let key = 0; key < 10_000; key++) {
      cache.set(key, [kilobyte(key)], {})
      expect(cache.get(-1)?.parts.map(String)).toEqual(['alice'])
    }
  })

  it('makes room when all of it is read', () => {
    const cache = createCache(size)
    for (let key = 0; key < 10_000; key++) {
      cache.set(key, [kilobyte(key)], {})
      for (let each = Math.max(0, key - 700); each <= key; each += 7) cache.get(each)
      expect(cache.bytes).toBeLessThanOrEqual(size)
      expect(cache.get(key)?.parts.map(String)).toEqual([kilobyte(key)])
    }
  })

  it('leaves the bytes that somebody holds as they were', () => {
    const cache = createCache(size)
    cache.set(-1, ['bob'], {})
    const held = cache.get(-1)?.parts as Buffer[]
    for (let key = 0; key < 10_000; key++) cache.set(key, [kilobyte(key)], {})
    expect(held.map(String)).toEqual(['bob'])
  })

  it('replaces what changes again and again without growing', () => {
    const cache = createCache(size)
    for (let i = 0; i < 10_000; i++) cache.set(i % 3, [kilobyte(i)], {})
    expect(cache.bytes).toBeLessThanOrEqual(size)
    expect(cache.get(0)?.parts.map(String)).toEqual([kilobyte(9_999)])
  })

  it('takes what is larger than a page', () => {
    const cache = createCache(size)
    const large = 'x'.repeat(200_000)
    for (let key = 0; key < 20; key++) cache.set(key, [large], {})
    expect(cache.get(19)?.parts.map(String)).toEqual([large])
    expect(cache.bytes).toBeLessThanOrEqual(size)
  })
})
