import v8 from 'node:v8'
import { run } from './cli/program.ts'

// V8 puts what survives often into old memory at once. There it keeps alive, until a full collection, whatever it refers
// to: most of a request that asks the database, and with it each request after it.
v8.setFlagsFromString('--no-allocation-site-pretenuring')

// The reader of a command's output may stop early, as `head` does: that is the end, not an error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(process.exitCode ?? 0)
  })
}

await run(process.argv.slice(2))
