import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const files = globSync('src/**/*.ts', { cwd: root })
  .filter((file) => !file.startsWith('src/platform/'))
  .map((file) => ({ file, lines: readFileSync(join(root, file), 'utf8').split('\n') }))

/** Lines of the product that match, as `file:line`; those that say what text is replaced by are none of SQL. */
const linesWith = (pattern: RegExp) =>
  files.flatMap(({ file, lines }) =>
    lines.flatMap((line, i) =>
      pattern.test(line) && !/\.replace(All)?\(/.test(line) ? `${file}:${i + 1} ${line.trim()}` : [],
    ),
  )

test('no SQL has parameters by position', () => {
  expect(files.length).toBeGreaterThan(150)
  expect(linesWith(/\$\d/), 'Declare a statement: its parameters have names.').toEqual([])
})

test('what is sent without being declared has no rows and no parameters: tables made and dropped, settings, locks', () => {
  const plain = /\.query\([`'](set local|lock table|create table|alter table|drop table|listen|analyze) /
  const sent = linesWith(/\.query[<(]/)
  expect(sent.filter((line) => plain.test(line)).length).toBeGreaterThan(5)
  expect(
    sent.filter((line) => !plain.test(line)),
    'Declare a statement.',
  ).toEqual([])
})
