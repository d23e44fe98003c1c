import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Ctx, Kith } from './context.ts'
import { healthPage } from './health.ts'
import { servePictures } from './pictures/serve.ts'
import { unauthorized } from './platform/errors.ts'
import { mount } from './platform/http/mount.ts'
import { describe } from './platform/http/openapi.ts'
import { serveReference } from './platform/http/reference.ts'
import { createServer, type ServerOptions } from './platform/http/server.ts'
import { endpoints, headings } from './slices.ts'

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
  mount(server, endpoints, product, options)
  const description = describe(
    {
      title: 'Kith',
      version: '2',
      description:
        'The REST API v2 of a Kith community server. Every address answers with and without its last slash; bodies ' +
        'may be JSON, a form or multipart; lists are pages with `count`, `next`, `previous` and `results`.',
    },
    headings,
  )
  serveReference(app, description, options)
  servePictures(server, kith)
  healthPage(app, kith)
  return app
}
