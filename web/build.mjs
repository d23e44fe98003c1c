#!/usr/bin/env node
// npm run web: installs the packages of the official UI, beside those of the server, and builds the community's front of them.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname
const folder = join(here, 'built')
const began = Date.now()
const say = (text) => console.log(`  ${String(Math.round((Date.now() - began) / 1000)).padStart(3)} s  ${text}`)

/** Most that a browser loads before it shows the first page, gzipped. */
const most = 1_500_000

async function install() {
  const lock = createHash('sha256')
    .update(await readFile(join(here, 'package-lock.json')))
    .digest('hex')
  const mark = join(here, 'node_modules', '.kith-lock')
  if ((await readFile(mark, 'utf8').catch(() => '')) === lock) return
  say('Installing the packages of the official UI (about 480 MB, into web/node_modules)')
  // Nothing of theirs runs here: they are read, and bundled.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync('npm', args, { cwd: here, stdio: 'inherit' })
  if (status !== 0) throw new Error('npm could not install them; what it said is above. Run `npm run web` again.')
  await writeFile(mark, lock)
}

/** What is large and seldom seen is loaded when it is: the packages would have every page begin with it. */
const onDemand = {
  '@lottiefiles/react-lottie-player': join(here, 'src', 'on-demand', 'lottie.tsx'),
  'react-player': join(here, 'src', 'on-demand', 'player.tsx'),
}

const loadOnDemand = {
  name: 'on demand',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^(${Object.keys(onDemand).join('|')})$`) }, ({ path, importer }) =>
      importer.startsWith(join(here, 'src')) ? undefined : { path: onDemand[path] },
    )
  },
}

async function bundle(to) {
  const { build } = await import('esbuild')
  say('Bundling')
  const { metafile } = await build({
    absWorkingDir: here,
    entryPoints: ['src/main.ts'],
    outdir: to,
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    metafile: true,
    target: ['es2022', 'chrome109', 'firefox115', 'safari16.4'],
    jsx: 'automatic',
    legalComments: 'none',
    entryNames: '[name]-[hash]',
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    loader: Object.fromEntries(['eot', 'png', 'svg', 'ttf', 'woff', 'woff2'].map((each) => [`.${each}`, 'file'])),
    plugins: [loadOnDemand],
    logLevel: 'warning',
  })
  // Previews of documents are drawn by a worker that is looked for beside the script.
  await cp(
    join(here, 'node_modules/pdfjs-dist/build/pdf.worker.min.js'),
    join(to, 'pdfjs-dist/build/pdf.worker.min.js'),
  )
  return metafile
}

/** What browsers load for the first page: the script, the application, the feed, and all that these import. */
function firstLoad({ outputs }) {
  const named = Object.entries(outputs)
  const of = (source) => named.find(([, { entryPoint }]) => entryPoint === source)?.[0]
  const found = new Set()
  const follow = (file) => {
    if (!file || found.has(file)) return
    found.add(file)
    for (const each of outputs[file].imports) if (each.kind === 'import-statement') follow(each.path)
  }
  const script = of('src/main.ts')
  const application = of('src/show.tsx')
  for (const each of [script, application, of('src/pages/feeds.tsx')]) follow(each)
  const styles = [outputs[application].cssBundle].filter(Boolean)
  const name = (file) => file.split('/').at(-1)
  return {
    script: name(script),
    styles: styles.map(name),
    preloads: [...found].filter((each) => each !== script).map(name),
  }
}

const compressed = {
  '.br': (bytes) =>
    promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }),
  '.gz': (bytes) => promisify(gzip)(bytes, { level: 9 }),
}

async function compress(to) {
  say('Compressing')
  const files = (await readdir(to, { recursive: true })).filter((each) => /\.(css|js|svg|txt)$/.test(each))
  await Promise.all(
    files.map(async (each) => {
      const bytes = await readFile(join(to, each))
      for (const [ending, work] of Object.entries(compressed))
        await writeFile(join(to, each + ending), await work(bytes))
    }),
  )
}

/** Whose work is in the bundle, and under which licence: a text beside it. */
async function writeNotices(to, { inputs }) {
  const packages = [
    ...new Set(
      Object.keys(inputs).flatMap((each) => /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(each)?.[0] ?? []),
    ),
  ].sort()
  const texts = await Promise.all(
    packages.map(async (each) => {
      const { name, version, license } = JSON.parse(await readFile(join(here, each, 'package.json'), 'utf8'))
      const file = (await readdir(join(here, each))).find((found) => /^licen[cs]e/i.test(found))
      const text = file ? (await readFile(join(here, each, file), 'utf8')).trim() : ''
      return `${name} ${version}\nLicence: ${license ?? 'see below'}\n${text && `\n${text}\n`}`
    }),
  )
  const rule = `\n${'-'.repeat(72)}\n\n`
  const head = 'The front of this community is built of these packages, under the licences of their authors.\n'
  await writeFile(join(to, 'notices.txt'), head + rule + texts.join(rule))
  return packages.length
}

const sizeOf = async (to, file, ending) => (await stat(join(to, file + ending)).catch(() => ({ size: 0 }))).size

async function sum(to, files, ending) {
  const sizes = await Promise.all(files.map((each) => sizeOf(to, each, ending)))
  return sizes.reduce((all, each) => all + each, 0)
}

/** Takes the place of the build before, in one step; pages that were opened with that one go on with it. */
async function put(to, first) {
  const names = (await readdir(to)).sort().join()
  const build = createHash('sha256').update(names).digest('hex').slice(0, 12)
  const current = join(folder, 'current.json')
  const before = await readFile(current, 'utf8').then(
    (text) => JSON.parse(text).build,
    () => null,
  )
  if (existsSync(join(folder, build))) await rm(to, { recursive: true })
  else await rename(to, join(folder, build))
  await writeFile(`${current}.new`, JSON.stringify({ build, ...first }))
  await rename(`${current}.new`, current)
  for (const each of await readdir(folder))
    if (![build, before, 'current.json'].includes(each)) await rm(join(folder, each), { recursive: true, force: true })
}

/** What a build is made of, in a few letters. */
async function sourcesOf() {
  const sources = (await readdir(join(here, 'src'), { recursive: true })).filter((each) => /\.tsx?$/.test(each)).sort()
  const files = [...sources.map((each) => join('src', each)), 'build.mjs', 'package-lock.json']
  const hash = createHash('sha256')
  for (const each of files) hash.update(each).update(await readFile(join(here, each)))
  return hash.digest('hex').slice(0, 16)
}

async function main() {
  const sources = await sourcesOf()
  const built = await readFile(join(folder, 'current.json'), 'utf8').then(JSON.parse, () => null)
  if (process.argv.includes('--if-needed') && built?.sources === sources) return
  await install()
  const to = join(folder, `making-${process.pid}`)
  await mkdir(to, { recursive: true })
  try {
    const metafile = await bundle(to)
    const packages = await writeNotices(to, metafile)
    await compress(to)
    const first = firstLoad(metafile)
    const files = [first.script, ...first.styles, ...first.preloads]
    const [gzipped, brotli] = [await sum(to, files, '.gz'), await sum(to, files, '.br')]
    if (gzipped > most) throw new Error(`The first page would load ${gzipped} bytes gzipped; ${most} are the most.`)
    await put(to, { sources, ...first })
    const kB = (bytes) => `${Math.round(bytes / 1000)} kB`
    say(`Built of ${packages} packages; the first page loads ${kB(gzipped)} gzipped, ${kB(brotli)} by Brotli`)
    say('A server that runs shows it at once; one that does not, when it starts (npm start)')
  } finally {
    await rm(to, { recursive: true, force: true })
  }
}

main().catch((error) => {
  console.error(`  ${error.message}`)
  process.exit(1)
})
