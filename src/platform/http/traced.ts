import type { FastifyInstance } from 'fastify'
import type { Traced, Tracing } from '../tracing.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The trace of this request. */
    traced?: Traced
  }
}

/** Makes every request to a known address a trace, or a part of its caller's. */
export function traceRequests(app: FastifyInstance, tracing: Tracing): void {
  app.decorateRequest('traced', undefined)
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.routeOptions.config?.always) return done()
    const traced = tracing.request(request.method, request.headers)
    request.traced = traced
    traced.within(done)
  })
  // Body parsers run outside of any request, so the trace is entered again here.
  app.addHook('preValidation', (request, _reply, done) => {
    if (request.traced) request.traced.within(done)
    else done()
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.is404 ? undefined : request.routeOptions.url
    const status = reply.statusCode
    request.traced?.end(
      {
        // Unknown addresses are not named: clients make up as many as they like.
        name: route ? `${request.method} ${route}` : request.method,
        ...(route && { 'http.route': route }),
        'http.response.status_code': status,
        'kith.request_id': request.id,
      },
      status >= 500 ? `answered ${status}` : undefined,
    )
  })
}
