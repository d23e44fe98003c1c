import type { IncomingMessage, ServerResponse } from 'node:http'
import helmet from 'helmet'
import type { ServerOptions } from './server.ts'

/**
 * The headers of every answer by which browsers protect whoever looks at it. They are the same each time, so they are
 * asked for once: to be set one by one, they would cost every request more than its token does.
 */
export function protectingHeaders({ publicUrl }: Pick<ServerOptions, 'publicUrl'>): Record<string, string> {
  const headers: Record<string, string> = {}
  const response = {
    setHeader: (name: string, value: string) => {
      headers[name] = value
    },
    removeHeader() {},
  }
  const protect = helmet({
    // Pages that need more say so themselves; an answer in JSON needs nothing.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    strictTransportSecurity: publicUrl?.startsWith('https:') ? undefined : false,
  })
  protect({} as IncomingMessage, response as unknown as ServerResponse, (error) => {
    if (error) throw error
  })
  return headers
}
