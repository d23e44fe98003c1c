import type { FastifyInstance, FastifyRequest } from 'fastify'
import * as accounts from './accounts/endpoints.ts'
import * as auth from './auth/endpoints.ts'
import * as categories from './categories/endpoints.ts'
import * as community from './community/endpoints.ts'
import * as connections from './connections/endpoints.ts'
import type { Ctx, Kith } from './context.ts'
import { categoryFeeds, contributions } from './contributions/endpoints.ts'
import * as eventlog from './eventlog/endpoints.ts'
import { healthPage } from './health.ts'
import { unauthorized } from './platform/errors.ts'
import type { Endpoint } from './platform/http/endpoint.ts'
import { mount } from './platform/http/mount.ts'
import { describe } from './platform/http/openapi.ts'
import { serveReference } from './platform/http/reference.ts'
import { createServer, type ServerOptions } from './platform/http/server.ts'
import * as users from './users/endpoints.ts'
import * as webhooks from './webhooks/endpoints.ts'

/** The product's table of contents: each slice's addresses, by the name the reference shows them under. */
export const slices: Record<string, Endpoint<Ctx>[]> = {
  Authentication: Object.values(auth),
  Accounts: Object.values(accounts),
  Members: Object.values(users),
  Connections: Object.values(connections),
  Community: Object.values(community),
  Categories: [...Object.values(categories), ...categoryFeeds],
  ...contributions,
  Events: Object.values(eventlog),
  Webhooks: Object.values(webhooks),
}

const bearer = /^(?:Bearer|Token|JWT) +(\S+)$/i

/** The member whose token a request carries. A token that is not good is refused everywhere, also where none is needed. */
async function identify(kith: Kith, request: FastifyRequest): Promise<number | null> {
  const header = request.headers.authorization
  if (!header) return null
  const token = bearer.exec(header)?.[1]
  if (!token) throw unauthorized('Send the token as Authorization: Bearer <token>.')
  return kith.tokens.verify(token)
}

/** Who calls, in which community. */
async function openContext(kith: Kith, member: number | null): Promise<Ctx> {
  const actor = member === null ? null : await kith.actors.find(member)
  if (member !== null && !actor) throw unauthorized('The member of this token is no longer here.')
  return { kith, db: kith.db, actor, community: kith.community.current(), now: kith.clock.now() }
}

/** Everything Kith answers over HTTP, ready to listen. */
export async function createApp(kith: Kith, options: ServerOptions): Promise<FastifyInstance> {
  const product = {
    identify: (request: FastifyRequest) => identify(kith, request),
    open: (member: number | null) => openContext(kith, member),
    alias: (ctx: Ctx) => (word: string) => {
      if (word !== 'me') return undefined
      if (!ctx.actor) throw unauthorized('Sign in first: send Authorization: Bearer <token>.')
      return ctx.actor.id
    },
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
        'may be JSON, a form or multipart; lists are pages with `count`, `next`, `previous` and `results`. What ' +
        'was sent and nobody knows is ignored, and named in the header `X-Kith-Ignored`.',
    },
    slices,
  )
  serveReference(app, description, options)
  healthPage(app, kith)
  return app
}
