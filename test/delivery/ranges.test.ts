import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRanges, readRanges, writeRanges } from '../../src/delivery/log/ranges.ts'

const low = fc.integer({ min: 1, max: 60 })
const act = fc.record({ adds: fc.boolean(), low, length: fc.integer({ min: 0, max: 12 }) })

describe('ranges of ids', () => {
  test('hold what a set of the ids would hold', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), low, low, (acts, from, to) => {
        const ranges = createRanges()
        const set = new Set<number>()
        for (const { adds, low, length } of acts) {
          if (adds) ranges.add(low, low + length)
          else ranges.delete(low, low + length)
          for (let id = low; id <= low + length; id++) adds ? set.add(id) : set.delete(id)
        }
        const ids = [...set].sort((a, b) => a - b)
        const spread = (parts: Iterable<readonly [number, number]>) =>
          [...parts].flatMap(([a, b]) => Array.from({ length: b - a + 1 }, (_, i) => a + i))
        expect(spread(ranges.parts())).toEqual(ids)
        expect(spread(ranges.parts(from, to))).toEqual(ids.filter((id) => id >= from && id <= to))
        for (let id = 0; id < 80; id++) expect(ranges.has(id)).toBe(set.has(id))
        expect(ranges.isEmpty()).toBe(set.size === 0)
        // No two that touch: as few as can be.
        const parts = [...ranges.parts()]
        for (let i = 1; i < parts.length; i++)
          expect((parts[i]?.[0] as number) - (parts[i - 1]?.[1] as number)).toBeGreaterThan(1)
      }),
    )
  })

  test('are read and written as PostgreSQL has them', () => {
    expect([...readRanges('{[3,5),[9,10)}').parts()]).toEqual([
      [3, 4],
      [9, 9],
    ])
    expect(
      writeRanges(
        createRanges([
          [9, 9],
          [3, 3],
          [4, 4],
        ]),
      ),
    ).toBe('{[3,4],[9,9]}')
    expect(writeRanges(readRanges('{}'))).toBe('{}')
  })
})
