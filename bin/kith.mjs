#!/usr/bin/env node
// kith COMMAND ...: installs what is missing, then runs src/main.ts under a Node that reads TypeScript.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { environmentFor, launch, prepare, root, runInForeground } from './runtime.mjs'

await launch(async () => {
  const node = await prepare({ dev: false })
  const main = join(root, 'src', 'main.ts')
  const args = process.argv.slice(2)
  if (node !== process.execPath) {
    const quiet = '--disable-warning=ExperimentalWarning'
    return runInForeground(node, [quiet, main, ...args], { env: environmentFor(node), watched: true })
  }
  // This Node will do: no second process, which saves its start and its memory.
  const { emitWarning } = process
  process.emitWarning = (warning, ...rest) => {
    const type = typeof rest[0] === 'string' ? rest[0] : rest[0]?.type
    if (type !== 'ExperimentalWarning') emitWarning.call(process, warning, ...rest)
  }
  process.argv.splice(1, process.argv.length - 1, main, ...args)
  await import(pathToFileURL(main).href)
})
