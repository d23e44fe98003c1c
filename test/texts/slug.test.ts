import fc from 'fast-check'
import { expect, test } from 'vitest'
import { slugOf, stemOf } from '../../src/texts/slug.ts'
import { often } from '../support/soak.ts'

test('a slug is made of lower-case letters without accents, digits and hyphens', () => {
  expect(slugOf('Hello, World!')).toBe('hello-world')
  expect(slugOf("  L'Italia è più “bella” — 18ª volta  ")).toBe('litalia-e-piu-bella-18a-volta')
  expect(slugOf('Straße nach Łódź, Ærøskøbing & İstanbul')).toBe('strasse-nach-lodz-aeroskobing-istanbul')
  expect(slugOf('e\u0301tat ﬁn ｆｕｌｌ x²')).toBe('etat-fin-full-x2')
  expect(slugOf('a_b/c.d--e\nf')).toBe('a-b-c-d-e-f')
})

test('of other scripts nothing is left but what is Latin in them', () => {
  expect(slugOf('Привет, world')).toBe('world')
  for (const text of ['', '   ', '!?', 'Привет', '日本語', '🐇', '\ud800\0']) expect(slugOf(text), text).toBe('')
})

test('a slug has at most 80 characters and ends with a whole word, if a word fits', () => {
  expect(slugOf('word '.repeat(30))).toBe(Array(16).fill('word').join('-'))
  expect(slugOf(`${'a'.repeat(79)} b`)).toBe('a'.repeat(79))
  expect(slugOf(`${'a'.repeat(80)} b`)).toBe('a'.repeat(80))
  expect(slugOf('a'.repeat(200))).toBe('a'.repeat(80))
})

test('a slug that is taken is cut to leave room for a number', () => {
  expect(stemOf('hello-world')).toBe('hello-world')
  expect(stemOf(Array(16).fill('word').join('-'))).toBe(Array(12).fill('word').join('-'))
  expect(stemOf('a'.repeat(80))).toBe('a'.repeat(63))
})

test('whatever the text, a slug fits in an address as it is, and its own slug is itself', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.lorem({ maxCount: 40 }),
    fc.string({ maxLength: 300 }),
  )
  fc.assert(
    fc.property(text, fc.maxSafeNat(), (sent, n) => {
      const slug = slugOf(sent)
      expect(slug).toMatch(/^([a-z0-9]+(-[a-z0-9]+)*)?$/)
      expect(slug.length).toBeLessThanOrEqual(80)
      expect(slugOf(slug)).toBe(slug)
      if (!slug) return
      const other = `${stemOf(slug)}-${n}`
      expect(other).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
      expect(other.length).toBeLessThanOrEqual(80)
    }),
    { numRuns: often(2_000) },
  )
})
