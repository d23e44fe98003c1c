// Kith's own modules, put together in a few files. There are hundreds of them: a start that reads these few takes a
// sixth less time, and 15 MB less. Packages are loaded as they are installed.
import { spawnSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const self = fileURLToPath(import.meta.url)
const root = dirname(dirname(self))

// Not among the packages: a server that runs may load some of this while npm replaces them.
const bundles = join(root, 'bin', 'built')

/** Kept besides the newest: a server that runs loads some of its files late. */
const kept = 3

const isSource = (path) => /^(src\/.+|console\/build\.ts|package\.json)$/.test(path)

/** Digest of what a bundle is made of, and of where that lies: its modules find what lies beside them by their paths. */
function digestOfSources() {
  const hash = createHash('sha256').update(root)
  const add = (path) => hash.update(`\0${path}\0`).update(readFileSync(join(root, path)))
  for (const path of ['package.json', 'bin/bundle.mjs', 'console/build.ts']) add(path)
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
  for (const path of files.map(({ parentPath, name }) => relative(root, join(parentPath, name))).sort()) add(path)
  return hash.digest('hex').slice(0, 20)
}

/**
 * The file to run, made of the sources as they are now. It is made if it is missing; where it cannot be written,
 * that is `src/main.ts`.
 * @param node the Node that makes it, in a process of its own: what it takes for that should not stay
 */
export function bundleFor(node) {
  const folder = join(bundles, digestOfSources())
  const file = join(folder, 'main.mjs')
  if (existsSync(file)) return file
  const draft = `${folder}.${randomUUID()}`
  try {
    mkdirSync(draft, { recursive: true })
  } catch {
    return join(root, 'src', 'main.ts')
  }
  const { status, stderr } = spawnSync(node, [self, draft], { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] })
  if (status !== 0) {
    rmSync(draft, { recursive: true, force: true })
    const [reason] = /^.*Error.*$/m.exec(stderr) ?? [stderr.trim()]
    process.stderr.write(`Kith runs from its sources, which could not be put together: ${reason}\n`)
    return join(root, 'src', 'main.ts')
  }
  take(draft, folder)
  return existsSync(file) ? file : join(root, 'src', 'main.ts')
}

/** Another launcher may have made the same. */
function take(draft, folder) {
  try {
    renameSync(draft, folder)
  } catch {
    rmSync(draft, { recursive: true, force: true })
  }
  const age = (name) => statSync(join(bundles, name), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const old = readdirSync(bundles).sort((a, b) => age(b) - age(a))
  for (const name of old.slice(kept + 1)) rmSync(join(bundles, name), { recursive: true, force: true })
}

/** Modules find what lies beside them, whatever file they are in. */
const inPlace = {
  name: 'in place',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const here = { url: pathToFileURL(path).href, dirname: dirname(path), filename: path }
      const text = await readFile(path, 'utf8')
      const contents = text.replace(/\bimport\.meta\.(url|dirname|filename)\b/g, (_, name) =>
        JSON.stringify(here[name]),
      )
      return { contents, loader: 'ts' }
    })
  },
}

async function makeBundle(folder) {
  const { build } = await import('esbuild')
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outdir: folder,
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node22',
    outExtension: { '.js': '.mjs' },
    // For traces of errors, read where there is one.
    sourcemap: 'external',
    sourcesContent: false,
    plugins: [inPlace],
    write: false,
    metafile: true,
    logLevel: 'error',
  })
  const others = Object.keys(metafile.inputs).filter((path) => !isSource(path))
  if (others.length > 0)
    throw new Error(`bin/bundle.mjs does not look whether these have changed: ${others.join(', ')}`)
  // On the disk before the folder gets its name: half of a bundle would be taken for all of it after the power goes.
  for (const { path, contents } of outputFiles) writeFileSync(path, contents, { flush: true })
}

if (process.argv[1] === self) await makeBundle(process.argv[2])
