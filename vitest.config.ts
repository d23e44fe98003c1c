import { globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { compiled } from './test/support/compiled.ts'
import { folderInMemory } from './test/support/memory.ts'
import { inFull, within } from './test/support/soak.ts'

/** Files that take longest, though they are not the largest: whatever else there is runs beside them. */
const longest = [
  'delivery/kill.test.ts',
  'connections/kill.test.ts',
  'connections/state-machine.test.ts',
  'platform/postgres.test.ts',
  'delivery/receivers.test.ts',
  'delivery/retries.test.ts',
  'accounts/erasure.test.ts',
  'delivery/log.test.ts',
  'cli/export.test.ts',
  'delivery/failover.test.ts',
  'cli/serve.test.ts',
  'cli/remote.test.ts',
  'sql/statements.test.ts',
  'contributions/counts.test.ts',
  'platform/replicas.test.ts',
  'platform/migrate.test.ts',
  'live/sockets.test.ts',
]

class LongestFirst extends BaseSequencer {
  /** Then by what the last run took, or by size. */
  override async sort(files: TestSpecification[]) {
    const place = ({ moduleId }: TestSpecification) => {
      const at = longest.findIndex((name) => moduleId.endsWith(name))
      return at < 0 ? longest.length : at
    }
    return (await super.sort(files)).sort((a, b) => place(a) - place(b))
  }
}

const all = 'test/**/*.test.ts'
const soaks = () => globSync(all).filter((file) => readFileSync(file, 'utf8').includes('/support/soak.ts'))

const memory = folderInMemory()
if (memory) process.env.TMPDIR = memory

if (inFull) console.log('Soaks, in full: npm test runs a fifth of each.')

export default defineConfig({
  test: {
    include: inFull ? soaks() : [all],
    globalSetup: './test/support/postgres.ts',
    testTimeout: within(30_000),
    hookTimeout: 60_000,
    // What is waited for comes within moments; a busy machine may take seconds.
    expect: { poll: { timeout: 10_000 } },
    // Each with a database of its own. A third of what a file takes it waits, for a moment or a process: others run then.
    maxWorkers: Math.min(Math.ceil(availableParallelism() * 1.5), 8),
    // Loading the server again for every file takes a second: what a file leaves behind, it has to clear away.
    isolate: false,
    // What tests make is soon garbage: with room for more of it, it is looked through less often.
    execArgv: ['--max-semi-space-size=64'],
    sequence: { sequencer: LongestFirst },
    // Servers that tests start, and kill, are compiled once.
    env: { NODE_COMPILE_CACHE: compiled },
  },
})
