import { randomUUID } from 'node:crypto'
import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { Compile } from 'typebox/compile'
import {
  methodNotAllowed,
  notAcceptable,
  notFound,
  Refusal,
  refused,
  tooLarge,
  tooMany,
  unavailable,
} from '../errors.ts'
import { takesJson } from './accept.ts'
import { readBodies } from './body.ts'
import type { Endpoint, Json, Method } from './endpoint.ts'
import { type Alias, compileReader } from './input.ts'
import { type PageRows, readPage, writePage } from './page.ts'

export type ServerOptions = {
  log: Logger
  /** Largest body taken, in bytes. */
  bodyLimit: number
  /** Requests a minute and client; 0 is no limit. */
  rateLimit: number
  /** Who a request counts for; undefined leaves the address. */
  rateKey?: (request: FastifyRequest) => string | undefined
  /** Origins that browsers may call from; '*' is every one. */
  origins: string[] | '*' | 'loopback'
  /** Addresses of proxies whose X-Forwarded-* headers are believed. */
  trustedProxies: string[]
  /** Base of absolute links; else what the client itself called. */
  publicUrl?: string
  /** Checks every answer against its declaration: for tests and development. */
  checkAnswers?: boolean
}

/** What the product gives the kernel: a context for each request, and what words in paths stand for. */
export type Product<Ctx> = {
  open(request: FastifyRequest): Promise<Ctx>
  alias(ctx: Ctx): Alias
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who called, once known, for the log. */
    caller?: number
    /** What an act said in headers, for the log. */
    told?: Record<string, string>
  }
}

const methods: Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** What pages of other origins may read of every answer. */
const exposedHeaders = ['X-Request-Id', 'Retry-After']

/** A server with everything that holds for every address, and no address yet. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { log } = options
  const app = Fastify({
    logger: false,
    bodyLimit: options.bodyLimit,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 300 },
    trustProxy: options.trustedProxies.length ? options.trustedProxies : false,
    genReqId: (request) => {
      const given = request.headers['x-request-id']
      return typeof given === 'string' && /^[\w.:-]{1,100}$/.test(given) ? given : randomUUID()
    },
    // Whoever is still connected gets an answer: see close.ts.
    return503OnClosing: false,
    // A request that dribbles in holds a connection, and a stop, no longer than this.
    requestTimeout: 30_000,
    frameworkErrors: (error, request, reply) => sendError(error, request, reply as unknown as FastifyReply),
  })

  function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const told = toRefusal(error, options)
    if (told.status >= 500)
      log.error({ id: request.id, method: request.method, url: request.url, err: error }, 'failed')
    reply
      .code(told.status)
      .headers({ ...told.headers, 'X-Request-Id': request.id })
      .type('application/json')
      .send(JSON.stringify({ errors: told.errors }))
  }

  app.setErrorHandler(sendError)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('X-Request-Id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    log.info(
      {
        id: request.id,
        method: request.method,
        url: request.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        user: request.caller,
        told: request.told,
      },
      'answered',
    )
  })
  await app.register(cors, {
    origin: options.origins === '*' ? true : options.origins === 'loopback' ? loopbackOrigin : options.origins,
    credentials: true,
    strictPreflight: false,
    methods,
    exposedHeaders,
    maxAge: 600,
  })
  await app.register(helmet, {
    // Pages that need more say so themselves; an answer in JSON needs nothing.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    strictTransportSecurity: options.publicUrl?.startsWith('https:') ? undefined : false,
  })
  if (options.rateLimit > 0) {
    await app.register(rateLimit, {
      max: options.rateLimit,
      timeWindow: 60_000,
      keyGenerator: (request) => options.rateKey?.(request) ?? request.ip,
      errorResponseBuilder: (_request, context) => tooMany(Math.ceil(context.ttl / 1000)),
    })
  }
  app.setNotFoundHandler((request) => {
    if (request.url.startsWith('/api/v1/'))
      throw new Refusal(410, [{ code: 'gone', message: 'Version 1 of the API is gone. Use /api/v2/.' }])
    throw notFound(`There is nothing at ${request.url.split('?', 1)[0]}. The reference is at /docs.`)
  })
  readBodies(app, options.bodyLimit)
  return app
}

/** Browsers on the same machine, for a community under development. */
const loopbackOrigin = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

function toRefusal(error: unknown, options: ServerOptions): Refusal {
  if (error instanceof Refusal) return error
  const { code, statusCode } = error as FastifyError
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return tooLarge(options.bodyLimit)
  if (code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH')
    return refused('parse_error', 'The body does not have the length its header says.')
  if (statusCode === 503) return unavailable('Kith is stopping. Try again in a moment.')
  if (statusCode && statusCode >= 400 && statusCode < 500)
    return new Refusal(statusCode, [{ code: 'invalid', message: (error as Error).message }])
  return new Refusal(500, [
    { code: 'error', message: 'Something went wrong on our side. The request id is in X-Request-Id and in the log.' },
  ])
}

/** Puts every declared endpoint at its address, and says 405 at the methods an address does not offer. */
export function mount<Ctx>(
  app: FastifyInstance,
  endpoints: Endpoint<Ctx>[],
  product: Product<Ctx>,
  options: ServerOptions,
): void {
  const offered = new Map<string, Set<string>>()
  for (const endpoint of endpoints) {
    const url = endpoint.path.replace(/\{(\w+)\}/g, ':$1')
    const there = offered.get(url) ?? new Set()
    if (there.has(endpoint.method)) throw new Error(`${endpoint.method} ${endpoint.path} is declared twice`)
    offered.set(url, there.add(endpoint.method))
    app.route({ method: endpoint.method, url, handler: answer(endpoint, product, options) })
  }
  for (const [url, there] of offered) {
    const allow = [...there, ...(there.has('GET') ? ['HEAD'] : []), 'OPTIONS']
    for (const method of methods) {
      if (there.has(method) || isOfferedElsewhere(url, method, offered)) continue
      app.route({
        method,
        url,
        handler: () => {
          throw methodNotAllowed(method, allow)
        },
      })
    }
  }
}

/** `/user/me/` is also a `/user/{id}/`: a method that only the pattern offers must still reach it. */
function isOfferedElsewhere(url: string, method: string, offered: Map<string, Set<string>>): boolean {
  const parts = url.split('/')
  for (const [pattern, there] of offered) {
    if (pattern === url || !there.has(method)) continue
    const shape = pattern.split('/')
    if (shape.length === parts.length && shape.every((part, i) => part.startsWith(':') || part === parts[i]))
      return true
  }
  return false
}

function answer<Ctx>(endpoint: Endpoint<Ctx>, product: Product<Ctx>, options: ServerOptions) {
  const { declaration, pathNames } = endpoint
  const { returns, who, onlyIf, act } = declaration
  const reader = compileReader(endpoint.takes, { pathNames, bare: declaration.bare, open: Boolean(declaration.open) })
  const admit: (ctx: Ctx, path: Record<string, unknown>) => void = who.admit
  const check = options.checkAnswers && returns.schema ? Compile(returns.schema) : null

  return async (request: FastifyRequest, reply: FastifyReply) => {
    if (!takesJson(request.headers.accept)) throw notAcceptable()
    const ctx = await product.open(request)
    const input = reader.path(request.params as Record<string, string>, product.alias(ctx))
    admit(ctx, input)
    onlyIf?.check(ctx)
    const query = request.query as Record<string, unknown>
    const body = reader.rest(query, request.body, input)

    if (returns.page) {
      const asked = readPage(returns.page, input)
      const rows = (await act(ctx, { ...input, page: asked } as never, body)) as PageRows
      const base = options.publicUrl ?? `${request.protocol}://${request.host}`
      const path = request.url.split('?', 1)[0] as string
      return send(writePage(`${base}${path.endsWith('/') ? path : `${path}/`}`, query, asked, rows))
    }
    const out = await act(ctx, input as never, body)
    if (returns.headers) {
      const given = out as Record<string, string | undefined>
      const names = Object.keys(returns.headers)
      const said = names.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]]))
      request.told = Object.fromEntries(said)
      reply.headers({ ...request.told, 'Access-Control-Expose-Headers': [...exposedHeaders, ...names].join(', ') })
    }
    if (returns.status === 204) return reply.code(204).removeHeader('content-type').send()
    return send(isJson(out) ? out.json : JSON.stringify(out))

    function send(text: string) {
      if (check && !check.Check(JSON.parse(text))) {
        const why = [...check.Errors(JSON.parse(text))].map((each) => `${each.instancePath} ${each.message}`)
        throw new Error(`The answer of ${endpoint.method} ${endpoint.path} is not as declared: ${why.join('; ')}`)
      }
      return reply.code(returns.status).header('content-type', 'application/json; charset=utf-8').send(text)
    }
  }
}

const isJson = (out: unknown): out is Json =>
  typeof out === 'object' && out !== null && 'json' in out && typeof out.json === 'string'
