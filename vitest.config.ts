import { globSync, readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { inFull } from './test/support/soak.ts'

const all = 'test/**/*.test.ts'
const soaks = () => globSync(all).filter((file) => readFileSync(file, 'utf8').includes('/support/soak.ts'))

if (inFull) console.log('Soaks, in full: npm test runs a fifth of each.')

export default defineConfig({
  test: {
    include: inFull ? soaks() : [all],
    globalSetup: './test/support/postgres.ts',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: two files at a time, each with a database of its own.
    maxWorkers: 2,
  },
})
