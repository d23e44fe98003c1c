import type { IncomingMessage, ServerResponse } from 'node:http'
import helmet from 'helmet'
import type { ServerOptions } from './server.ts'

/**
 * The security headers of every answer. They are always the same, so they are computed once: setting them one by one
 * would cost a request more than its token.
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
    // Pages that need more say so themselves; JSON needs nothing.
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
