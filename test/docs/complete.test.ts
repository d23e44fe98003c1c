import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { program } from '../../src/cli/program.ts'

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')

test('the README names every command, once', () => {
  const [, table = ''] = /\n## Commands\n([\s\S]*?)\n## /.exec(read('README.md')) ?? []
  const named = [...table.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, names = '']) => names.match(/[\w-]+/g) ?? [])
  expect(named.sort()).toEqual([...program.commands.map((each) => each.name()), 'help'].sort())
})

test('the architecture has a line for each folder of the source, once', () => {
  const [, tree = ''] = /\nsrc\/\n([\s\S]*?)\ntest\/ /.exec(read('docs/ARCHITECTURE.md')) ?? []
  const named = [...tree.matchAll(/^ {2}(\w+)\/ /gm)].map(([, name]) => name as string)
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((each) => each.isDirectory())
  expect(named.sort()).toEqual(folders.map(({ name }) => name).sort())
})
