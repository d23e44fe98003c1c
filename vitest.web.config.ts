import { defineConfig } from 'vitest/config'
import { findChromium } from './test/web/chromium.ts'

if (!findChromium()) {
  console.error(
    'There is no Chromium to test pages in: run `apt-get install -y --no-install-recommends chromium`, or set KITH_CHROMIUM to one.',
  )
  process.exit(1)
}

/** What is looked at in a real browser: `npm run test:web`. */
export default defineConfig({
  test: {
    include: ['test/web/*.web.ts'],
    globalSetup: './test/support/postgres.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    isolate: false,
    maxWorkers: 1,
  },
})
