#!/usr/bin/env node
// run COMMAND ...: runs `node`, or a command of node_modules/.bin, under the Node that Kith itself runs on.
import { closeSync, existsSync, openSync, readSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { environmentFor, launch, prepare, root, runInForeground, Stop } from './runtime.mjs'

await launch(async () => {
  const [command, ...args] = process.argv.slice(2)
  if (!command) throw new Stop('Usage: node bin/run.mjs COMMAND ARGUMENTS, for example: node bin/run.mjs vitest run')
  const node = await prepare({ dev: true })
  const env = environmentFor(node)
  if (command === 'node') return runInForeground(node, args, { env })
  const link = join(root, 'node_modules', '.bin', command)
  if (!existsSync(link)) throw new Stop(`There is no command ${command} among the installed packages.`)
  const file = realpathSync(link)
  // A script for node is given to it directly: one process less than through `env`.
  if (isNodeScript(file)) runInForeground(node, [file, ...args], { env })
  else runInForeground(file, args, { env })
})

function isNodeScript(file) {
  const start = Buffer.alloc(64)
  const fd = openSync(file)
  readSync(fd, start)
  closeSync(fd)
  return /^#!.*\bnode\b/.test(start.toString('latin1').split('\n')[0])
}
