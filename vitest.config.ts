import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: './test/support/postgres.ts',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: two files at a time, each with a database of its own.
    maxWorkers: 2,
  },
})
