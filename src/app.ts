import type { FastifyInstance, FastifyRequest } from 'fastify'
import { watched } from './audit/watch.ts'
import { identify, openContext } from './auth/identify.ts'
import type { Ctx, Kith } from './context.ts'
import { serveDocuments } from './documents/serve.ts'
import { serveFiles } from './files/serve.ts'
import { healthPage } from './health.ts'
import { type LiveOptions, serveLive } from './live/serve.ts'
import { type MetricsOptions, metricsPage } from './metrics.ts'
import { refusalPage } from './pages/refusal.ts'
import { servePages } from './pages/serve.ts'
import { servePictures } from './pictures/serve.ts'
import { type Refusal, unauthorized } from './platform/errors.ts'
import type { Endpoint } from './platform/http/endpoint.ts'
import { mount } from './platform/http/mount.ts'
import { describe } from './platform/http/openapi.ts'
import { serveReference } from './platform/http/reference.ts'
import { createServer, type ServerOptions } from './platform/http/server.ts'
import type { Sockets } from './platform/http/sockets.ts'
import { endpoints, headings, slices } from './slices.ts'

declare module 'fastify' {
  interface FastifyInstance {
    sockets: Sockets
  }
}

/** Everything Kith answers over HTTP, ready to listen. */
export async function createApp(
  kith: Kith,
  options: ServerOptions & LiveOptions & MetricsOptions,
): Promise<FastifyInstance> {
  const product = {
    identify: (request: FastifyRequest) => identify(kith, request, options),
    open: (member: number | null, request: FastifyRequest) => openContext(kith, member, request, options),
    alias: (ctx: Ctx) => (word: string) => {
      if (word !== 'me') return undefined
      if (!ctx.actor) throw unauthorized('Sign in first: send Authorization: Bearer <token>.')
      return ctx.actor.id
    },
    acting: (endpoint: Endpoint<Ctx>) => watched(endpoint),
    pageOf: (refusal: Refusal, request: FastifyRequest) => refusalPage(kith, refusal, request),
  }
  const server = await createServer(options, product)
  const { app } = server
  // Before any addresses, so that it counts every answer.
  await metricsPage(app, kith, options)
  mount(server, endpoints, product, options)
  const info = {
    title: 'Kith',
    version: '2',
    description:
      'The REST API v2 of a Kith community server. Every address answers with and without its last slash; bodies ' +
      'may be JSON, a form or multipart; lists are pages with `count`, `next`, `previous` and `results`. Unknown ' +
      'inputs are ignored, and named in the header `X-Kith-Ignored`.',
  }
  serveReference(app, info.title, () => describe(info, headings), options)
  serveDocuments(server)
  servePictures(server, kith)
  serveFiles(server, kith)
  servePages(server, kith, options)
  const tellings = slices.flatMap(({ tellsPages }) => tellsPages ?? [])
  const sockets = serveLive(server, kith, tellings, options)
  app.decorate('sockets', sockets)
  app.addHook('preClose', () => sockets.stop())
  healthPage(app, kith)
  return app
}
