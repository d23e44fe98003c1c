// Builds the console for browsers, in a fraction of a second: `npm start` does where it is missing or its source is newer.
import { createHash, randomBytes } from 'node:crypto'
import { access, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Metafile } from 'esbuild'

const here = import.meta.dirname
/** Where it is built; git ignores it. */
export const folder = join(here, 'built')
const main = 'src/main.tsx'
/** What runs beside the page: its scripts find them by their names. */
const workers = ['src/graph/worker.ts']
/** What goes into it besides the source: another version of one of these is another build. */
const packages = ['esbuild', 'preact', '@preact/signals', 'preact-iso', 'uplot']
/** Builds that stay for the pages that are open with them. */
const kept = 3

/** The name of what is to be built: a hash of all that goes into it. */
async function nameOfBuild(): Promise<string> {
  const hash = createHash('sha256')
  const sources = (await readdir(join(here, 'src'), { recursive: true, withFileTypes: true }))
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name))
    .sort()
  for (const file of [import.meta.filename, ...sources])
    hash.update(`${file.slice(here.length)}\0`).update(await readFile(file))
  const { resolve } = createRequire(import.meta.url)
  for (const each of packages) {
    const at = resolve(each)
    const of = at.slice(0, at.lastIndexOf(join('node_modules', each)) + join('node_modules', each).length)
    hash.update(`${each} ${JSON.parse(await readFile(join(of, 'package.json'), 'utf8')).version}\0`)
  }
  return hash.digest('hex').slice(0, 12)
}

const isThere = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  )

/** The script, its styles, and what it imports at once, so that browsers ask for all of it together. */
function firstLoad({ outputs }: Metafile, to: string) {
  const entries = Object.entries(outputs)
  const [script, { cssBundle }] = entries.find(([, { entryPoint }]) => entryPoint === main) as (typeof entries)[number]
  const found = new Set<string>()
  const follow = (file: string) => {
    if (found.has(file)) return
    found.add(file)
    for (const each of outputs[file]?.imports ?? []) if (each.kind === 'import-statement') follow(each.path)
  }
  follow(script)
  const name = (file: string) => join(here, file).slice(to.length + 1)
  return {
    script: name(script),
    styles: cssBundle ? [name(cssBundle)] : [],
    preloads: [...found].filter((each) => each !== script).map(name),
  }
}

/** Beside each file, the same packed: a browser takes the smallest it can read. */
async function pack(to: string) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 }
  for (const each of await readdir(to)) {
    const bytes = await readFile(join(to, each))
    await writeFile(join(to, `${each}.br`), await promisify(brotliCompress)(bytes, { params }))
    await writeFile(join(to, `${each}.gz`), await promisify(gzip)(bytes, { level: 9 }))
  }
}

async function bundle(to: string) {
  const esbuild = await import('esbuild')
  try {
    const { metafile } = await esbuild.build({
      absWorkingDir: here,
      entryPoints: [main, ...workers],
      outdir: to,
      bundle: true,
      splitting: true,
      format: 'esm',
      minify: true,
      metafile: true,
      target: ['es2022', 'chrome109', 'firefox115', 'safari16.4'],
      jsx: 'automatic',
      jsxImportSource: 'preact',
      legalComments: 'none',
      // The folder has a name of its own for each build.
      entryNames: '[name]',
      logLevel: 'silent',
    })
    return firstLoad(metafile, to)
  } finally {
    // It works in a process of its own, which nobody needs any more.
    await esbuild.stop()
  }
}

/** Removes builds of before, but the last; and what was begun by processes that were killed at it, not what is being made. */
async function clear(at: string, build: string) {
  const found = (await readdir(at, { withFileTypes: true })).filter((each) => each.isDirectory() && each.name !== build)
  const times = await Promise.all(
    found.map(async ({ name }) => ({ name, at: (await stat(join(at, name)).catch(() => null))?.mtimeMs ?? 0 })),
  )
  const drafts = times.filter(({ name, at }) => name.startsWith('.draft-') && at < Date.now() - 600_000)
  const builds = times.filter(({ name }) => !name.startsWith('.draft-')).sort((a, b) => b.at - a.at)
  for (const { name } of [...drafts, ...builds.slice(kept - 1)])
    await rm(join(at, name), { recursive: true, force: true })
}

let before: Promise<unknown> = Promise.resolve()

/**
 * Builds the console unless it is there already. Takes the place of the one before in one step, so several processes may do
 * it at once; within one they do it one after the other, for they share what esbuild works in.
 * @returns the name of the build
 */
export function buildConsole(at = folder): Promise<string> {
  const built = before.then(() => build(at))
  before = built.catch(() => {})
  return built
}

async function build(at: string): Promise<string> {
  const name = await nameOfBuild()
  const current = join(at, 'current.json')
  const is = await readFile(current, 'utf8')
    .then(JSON.parse)
    .catch(() => null)
  if (is?.build === name && (await isThere(join(at, name, is.script)))) return name
  const draft = join(at, `.draft-${process.pid}-${randomBytes(4).toString('hex')}`)
  await mkdir(draft, { recursive: true })
  try {
    const first = await bundle(draft)
    await pack(draft)
    await writeFile(`${draft}.json`, JSON.stringify({ build: name, ...first }))
    // Where another process was faster, its files are the same.
    await rename(draft, join(at, name)).catch(async (error) => {
      if (!(await isThere(join(at, name, first.script)))) throw error
    })
    await rename(`${draft}.json`, current)
  } finally {
    await rm(draft, { recursive: true, force: true })
    await rm(`${draft}.json`, { force: true })
  }
  await clear(at, name)
  return name
}

if (process.argv[1] === import.meta.filename) console.log(`The console is built: ${await buildConsole()}`)
