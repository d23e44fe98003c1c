import { createRequire } from 'node:module'
import type undici from 'undici'

// The package's index brings fetch, WebSocket, caches and a mock along, which costs every thread 16 MB and serves none.
const require = createRequire(import.meta.url)

export const buildConnector = require('undici/lib/core/connect.js') as typeof undici.buildConnector
