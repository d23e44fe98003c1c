import { createRequire } from 'node:module'
import type undici from 'undici'

// The package's index also loads fetch, WebSocket, caches and a mock, which costs every thread 16 MB.
const require = createRequire(import.meta.url)

export const buildConnector = require('undici/lib/core/connect.js') as typeof undici.buildConnector
