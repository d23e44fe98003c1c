import { run } from './cli/program.ts'

// The reader of a command's output may stop early, as `head` does: that is the end, not an error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(process.exitCode ?? 0)
  })
}

await run(process.argv.slice(2))
