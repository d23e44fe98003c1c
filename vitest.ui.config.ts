import { defineConfig } from 'vitest/config'
import web from './vitest.web.config.ts'

/** The application that `npm run web` builds, walked in a real browser: `npm run test:ui`. */
export default defineConfig({ ...web, test: { ...web.test, include: ['test/ui/*.ui.ts'], testTimeout: 300_000 } })
