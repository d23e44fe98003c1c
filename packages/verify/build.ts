// Builds the package for both module systems, into dist or the folder named: `npm run build`.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'

const out = resolve(process.argv[2] ?? join(import.meta.dirname, 'dist'))
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

/** What differs from tsconfig.json. */
const formats = {
  esm: [],
  cjs: ['--module', 'commonjs', '--moduleResolution', 'bundler', '--verbatimModuleSyntax', 'false'],
}

rmSync(out, { recursive: true, force: true })
for (const [format, options] of Object.entries(formats)) {
  const folder = join(out, format)
  const args = [tsc, '--project', import.meta.dirname, '--outDir', folder, ...options]
  execFileSync(process.execPath, args, { stdio: 'inherit' })
  // tsc leaves the names of the sources in declarations, where not every TypeScript can follow them.
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.d.ts'))) {
    const declarations = readFileSync(join(folder, name), 'utf8')
    writeFileSync(join(folder, name), declarations.replace(/(from '\.\/[\w-]+)\.ts'/g, "$1.js'"))
  }
  // The package as a whole is ESM; each folder says what it is.
  const type = format === 'esm' ? 'module' : 'commonjs'
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ type })}\n`)
}
