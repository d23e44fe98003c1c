import type { FastifyInstance } from 'fastify'
import type { Traced, Tracing } from '../tracing.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Where requests are traced. */
    traced?: Traced
  }
}

/** Makes every request that has an address of its own a trace, or a part of that of its caller. */
export function traceRequests(app: FastifyInstance, tracing: Tracing): void {
  app.decorateRequest('traced', undefined)
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.routeOptions.config?.always) return done()
    const traced = tracing.request(request.method, request.headers)
    request.traced = traced
    traced.within(done)
  })
  // What reads a body is called by the connection, which knows of no request.
  app.addHook('preValidation', (request, _reply, done) => {
    if (request.traced) request.traced.within(done)
    else done()
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.is404 ? undefined : request.routeOptions.url
    const status = reply.statusCode
    request.traced?.end(
      {
        // What is not there has no address of its own: clients make up as many as they like.
        name: route ? `${request.method} ${route}` : request.method,
        ...(route && { 'http.route': route }),
        'http.response.status_code': status,
        'kith.request_id': request.id,
      },
      status >= 500 ? `answered ${status}` : undefined,
    )
  })
}
