import { expect, test } from 'vitest'
import { capMarks, cutApart, takeApart } from '../../src/platform/text.ts'

test('runs of combining marks end with the sixteenth, and nothing else is changed', () => {
  expect(capMarks(`a${'\u0301\u0316'.repeat(50)}b${'\u0301'.repeat(16)}`)).toBe(
    `a${'\u0301\u0316'.repeat(8)}b${'\u0301'.repeat(16)}`,
  )
  for (const text of ['', 'Tiếng Việt', 'שָׁלוֹם', 'ﾊﾞﾝﾄﾞ', '👩‍👩‍👧', 'क्षेत्रीय']) {
    expect(capMarks(text)).toBe(text)
    expect(takeApart(text)).toBe(text.normalize('NFKD'))
  }
})

test('of what becomes too long the beginning is left, cut between characters', () => {
  const parts = (text: string) => Buffer.byteLength(text.normalize('NFKD'))
  for (const piece of ['\ufdfa', '\u{1d400}', '日', 'x', 'e\u0301', '\uff9e\u0301']) {
    const text = piece.repeat(30_000)
    const cut = cutApart(text, 200_000)
    expect(text.startsWith(cut)).toBe(true)
    expect(cut.isWellFormed()).toBe(true)
    expect(parts(cut)).toBeLessThanOrEqual(200_000)
    expect(cut.length).toBeGreaterThan(0)
    expect(cutApart(piece, 200_000)).toBe(piece)
  }
})
