#!/usr/bin/env node
// kith COMMAND ...: installs what is missing, then runs src/main.ts, put together with what it imports.
import module from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundleFor } from './bundle.mjs'
import { endWithNpm, environmentFor, launch, prepare, root, runInForeground } from './runtime.mjs'

await launch(async () => {
  const node = await prepare({ dev: false })
  const main = bundleFor(node)
  const traces = join(root, 'bin', 'traces.mjs')
  const args = process.argv.slice(2)
  endWithNpm()
  // Compiled once, read afterwards: a third off the start. Where it cannot be written, Node does without.
  const cache = process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.kith-compiled')
  if (node !== process.execPath) {
    const quiet = '--disable-warning=ExperimentalWarning'
    // As `npm start` gives it to a Node that needs no child: half the memory under load, for the same time.
    const lean = '--max-semi-space-size=4'
    const env = { ...environmentFor(node), NODE_COMPILE_CACHE: cache }
    const loading = ['--import', pathToFileURL(traces).href, main]
    return runInForeground(node, [quiet, lean, ...loading, ...args], { env, watched: true })
  }
  // This Node will do: no second process, which saves its start and its memory.
  module.enableCompileCache(cache)
  // Threads look for it here.
  process.env.NODE_COMPILE_CACHE = cache
  const { emitWarning } = process
  process.emitWarning = (warning, ...rest) => {
    const type = typeof rest[0] === 'string' ? rest[0] : rest[0]?.type
    if (type !== 'ExperimentalWarning') emitWarning.call(process, warning, ...rest)
  }
  process.argv.splice(1, process.argv.length - 1, main, ...args)
  await import('./traces.mjs')
  await import(pathToFileURL(main).href)
})
