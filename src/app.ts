import type { FastifyInstance, FastifyRequest } from 'fastify'
import * as accounts from './accounts/endpoints.ts'
import * as auth from './auth/endpoints.ts'
import { identify, openContext } from './auth/identify.ts'
import * as categories from './categories/endpoints.ts'
import * as community from './community/endpoints.ts'
import * as connections from './connections/endpoints.ts'
import type { Ctx, Kith } from './context.ts'
import { categoryFeeds, contributions } from './contributions/endpoints.ts'
import * as eventlog from './eventlog/endpoints.ts'
import { healthPage } from './health.ts'
import * as oauth from './oauth/endpoints.ts'
import { refusalPage } from './pages/refusal.ts'
import { servePages } from './pages/serve.ts'
import { type Refusal, unauthorized } from './platform/errors.ts'
import type { Endpoint } from './platform/http/endpoint.ts'
import { mount } from './platform/http/mount.ts'
import { describe } from './platform/http/openapi.ts'
import { serveReference } from './platform/http/reference.ts'
import { createServer, type ServerOptions } from './platform/http/server.ts'
import * as sessions from './sessions/endpoints.ts'
import * as users from './users/endpoints.ts'
import * as webhooks from './webhooks/endpoints.ts'

/** The product's table of contents: each slice's addresses, by the name the reference shows them under. */
export const slices: Record<string, Endpoint<Ctx>[]> = {
  Authentication: Object.values(auth),
  'OAuth 2.0': Object.values(oauth),
  Accounts: [...Object.values(accounts), ...Object.values(sessions)],
  Members: Object.values(users),
  Connections: Object.values(connections),
  Community: Object.values(community),
  Categories: [...Object.values(categories), ...categoryFeeds],
  ...contributions,
  Events: Object.values(eventlog),
  Webhooks: Object.values(webhooks),
}

/** Everything Kith answers over HTTP, ready to listen. */
export async function createApp(kith: Kith, options: ServerOptions): Promise<FastifyInstance> {
  const product = {
    identify: (request: FastifyRequest) => identify(kith, request, options),
    open: (member: number | null, request: FastifyRequest) => openContext(kith, member, request, options),
    alias: (ctx: Ctx) => (word: string) => {
      if (word !== 'me') return undefined
      if (!ctx.actor) throw unauthorized('Sign in first: send Authorization: Bearer <token>.')
      return ctx.actor.id
    },
    pageOf: (refusal: Refusal, request: FastifyRequest) => refusalPage(kith, refusal, request),
  }
  const server = await createServer(options, product)
  const { app } = server
  mount(server, Object.values(slices).flat(), product, options)
  const description = describe(
    {
      title: 'Kith',
      version: '2',
      description:
        'The REST API v2 of a Kith community server. Every address answers with and without its last slash; bodies ' +
        'may be JSON, a form or multipart; lists are pages with `count`, `next`, `previous` and `results`.',
    },
    slices,
  )
  serveReference(app, description, options)
  servePages(server, kith, options)
  healthPage(app, kith)
  return app
}
