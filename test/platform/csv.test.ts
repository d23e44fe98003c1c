import { expect, test } from 'vitest'
import { type Cell, csvOf } from '../../src/platform/csv.ts'

const line = (...cells: Cell[]) => csvOf([cells]).toString().replace('\ufeff', '').replace(/\r\n$/, '')

test('a cell is quoted where it has to be, and no text of it is a formula, however it begins', () => {
  expect(csvOf([['a'], [1]])).toEqual(Buffer.from('\ufeffa\r\n1\r\n'))
  expect(line(1, -2, null, 'tea', 'چای سبز', '緑茶')).toBe('1,-2,,tea,چای سبز,緑茶')
  expect(line('a,b', 'say "tea"', 'two\nlines', ' tea ')).toBe('"a,b","say ""tea""","two\nlines"," tea "')
  for (const cell of ['=1+1', '+1', '-1', '@sum', '\t=1', ' =1', '\u200b=1', '\u202e=1', '＝1', '\r1'])
    expect(line(cell), JSON.stringify(cell)).toMatch(/^"'/)
})
