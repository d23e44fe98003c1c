import { execFile } from 'node:child_process'
import { globSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { eventsOf } from '../src/slice.ts'
import { slices } from '../src/slices.ts'
import { inFull, within } from './support/soak.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')
const names = slices.map(({ name }) => name)

/** What a module exports, whatever it is grouped by. */
const flat = (value: unknown, is: (value: object) => boolean): object[] => {
  if (typeof value !== 'object' || value === null) return []
  return is(value) ? [value] : Object.values(value).flatMap((each) => flat(each, is))
}

const load = (path: string): Promise<object> => import(pathToFileURL(join(root, path)).href)

test('every folder that has endpoints or events is a slice of the list, once', () => {
  const folders = globSync('src/*/{endpoints,events,slice}.ts', { cwd: root }).map((file) => file.split('/')[1])
  // Delivery sends to endpoints, and marks make theirs for others.
  const expected = new Set(folders.filter((folder) => folder !== 'delivery'))
  expect([...names].sort()).toEqual([...expected].sort())
})

test.each(slices.map((slice) => [slice.name, slice] as const))(
  '%s names all its endpoints and events',
  async (name, slice) => {
    const there = globSync(`src/${name}/*.ts`, { cwd: root })
    const endpoints = there.includes(`src/${name}/endpoints.ts`) ? await load(`src/${name}/endpoints.ts`) : {}
    const events = there.includes(`src/${name}/events.ts`) ? await load(`src/${name}/events.ts`) : {}
    const named = Object.values(slice.endpoints ?? {}).flat()
    expect(new Set(named)).toEqual(new Set(flat(endpoints, (value) => 'declaration' in value && 'path' in value)))
    expect(new Set(named).size).toBe(named.length)
    expect(new Set(eventsOf(slice))).toEqual(new Set(flat(events, (value) => 'type' in value && 'data' in value)))
  },
)

/** Which folders of src, or files beside them, import from each slice. */
function builders(): Map<string, Set<string>> {
  const found = new Map(names.map((name) => [name, new Set<string>()]))
  for (const file of globSync('src/**/*.ts', { cwd: root })) {
    for (const [, from = ''] of readFileSync(join(root, file), 'utf8').matchAll(/(?:from |import\()'(\.[^']+)'/g)) {
      const slice = posix.join(posix.dirname(file), from).split('/')[1] as string
      const who = file.split('/')[1] as string
      if (who !== slice && who !== 'slices.ts') found.get(slice)?.add(who)
    }
  }
  return found
}

test('a slice that nothing builds on goes with its folder and its line: the rest loads, and describes itself', {
  timeout: within(120_000),
}, async () => {
  const leaves = [...builders()].filter(([, { size }]) => size === 0).map(([name]) => name)
  expect(leaves.length).toBeGreaterThan(0)
  const copy = await mkdtemp(join(tmpdir(), 'kith-without-'))
  try {
    const without = (path: string) => !leaves.some((name) => path === join(root, 'src', name))
    await cp(join(root, 'src'), join(copy, 'src'), { recursive: true, filter: without })
    for (const name of ['package.json', 'tsconfig.json']) await cp(join(root, name), join(copy, name))
    for (const name of ['node_modules', 'console']) symlinkSync(join(root, name), join(copy, name))
    const list = readFileSync(join(copy, 'src/slices.ts'), 'utf8').split('\n')
    const lines = list.filter(
      (line) => !leaves.some((name) => line.includes(`'./${name}/slice.ts'`) || line.trim() === `${name},`),
    )
    expect(lines.length).toBe(list.length - 2 * leaves.length)
    writeFileSync(join(copy, 'src/slices.ts'), lines.join('\n'))
    const config = { extends: './tsconfig.json', include: ['src'] }
    writeFileSync(join(copy, 'src.json'), JSON.stringify(config))
    // `npm run check` compiles the whole, and nothing that is left imports from what is gone: the rest is for the soak.
    const tsc = inFull && run(join(root, 'node_modules/.bin/tsc'), ['-p', 'src.json'], { cwd: copy })
    const program = `
      const { headings, declaredEvents, slices } = await import('./src/slices.ts')
      const { describe } = await import('./src/platform/http/openapi.ts')
      await Promise.all(['app', 'cli/doctor', 'cli/chores', 'cli/seed', 'cli/work'].map((file) => import('./src/' + file + '.ts')))
      const { paths } = describe({ title: 'Kith', version: '2', description: '' }, headings)
      console.log(JSON.stringify({ slices: slices.map(({ name }) => name), paths: Object.keys(paths).length > 20, events: declaredEvents.length > 5 }))`
    const described = run(process.execPath, ['--input-type=module', '-e', program], { cwd: copy })
    const [, { stdout }] = await Promise.all([tsc, described])
    const left = names.filter((name) => !leaves.includes(name))
    expect(JSON.parse(stdout)).toEqual({ slices: left, paths: true, events: true })
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
})
