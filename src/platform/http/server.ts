import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import querystring from 'node:querystring'
import cors from '@fastify/cors'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { gone, methodNotAllowed, notFound, Refusal, refused, unavailable, unsupportedType } from '../errors.ts'
import type { Tracing } from '../tracing.ts'
import { prefersPage } from './accept.ts'
import { findHostFault, pathOf } from './address.ts'
import { createBudget, isWellEncoded, readBodies } from './body.ts'
import { closesGently } from './close.ts'
import { passOver, refuseConnection } from './closing.ts'
import { createListener } from './connections.ts'
import type { Endpoint, Method, Standard } from './endpoint.ts'
import { limits } from './limits.ts'
import { createOffered, type Offered } from './offered.ts'
import { protectingHeaders } from './protecting.ts'
import { clientKey, createRates, type Rates } from './rate.ts'
import type { Alias } from './reader.ts'
import { traceRequests } from './traced.ts'

export type ServerOptions = {
  log: Logger
  /** Largest body that any endpoint takes, in bytes; most take less. */
  bodyLimit: number
  /** Bytes that all bodies together may hold at a time. */
  bodyBudget: number
  /** Where uploaded files are until their request is answered; by default the system's temporary folder. */
  uploadFolder?: string
  /** Requests per minute and client; 0 is no limit. */
  rateLimit: number
  /** Exempts programs on this machine from that limit, as long as no proxy is in front. */
  rateLocal: boolean
  /** Requests to heavy endpoints that are worked on at a time. */
  heavyAtOnce: number
  /** Origins that browsers may call from; '*' means every one. */
  origins: string[] | '*' | 'loopback'
  /** Addresses of proxies whose X-Forwarded-* headers are trusted. */
  trustedProxies: string[]
  /** Base of absolute links; by default the one the client called. */
  publicUrl?: string
  /** Where each request is logged: the log by default, nowhere if false. Failures are always in the log. */
  accessLog?: boolean | Logger
  /** Folder of the built application, the community's front (`npm run web`). */
  built?: string
  /** Folder of the console. `ready` resolves before it is served: to null, or to why there is none. */
  console?: { folder: string; ready(): Promise<string | null> }
  /** Where traces of requests are sent, if anywhere. */
  tracing?: Tracing
  /** Checks every answer against its declaration: for tests and development. */
  checkAnswers?: boolean
}

/** What the product gives the kernel: who calls, a context for each request, and what words in paths stand for. */
export type Product<Ctx> = {
  /**
   * The member whose token a request carries; null without a token. Throws 401. Every request pays for it, so it
   * never asks the database about made-up tokens.
   */
  identify(request: FastifyRequest): Promise<number | null>
  /** @param member what `identify` gave */
  open(member: number | null, request: FastifyRequest): Promise<Ctx>
  alias(ctx: Ctx): Alias
  /** Wraps the act of an endpoint in whatever applies to every act; called once, when the endpoint is mounted. */
  acting?(endpoint: Endpoint<Ctx>): Endpoint<Ctx>['declaration']['act']
  /** A refusal as a page, for a person with a browser. */
  pageOf(refusal: Refusal, request: FastifyRequest): Page
}

/** A page and its headers. */
export type Page = { html: string; headers: Record<string, string> }

declare module 'fastify' {
  interface FastifyInstance {
    /** Closes every listener, as `closesGently` says: `localhost` may be two addresses. */
    closeGently(most: number): Promise<unknown>
  }
  interface FastifyRequest {
    /** The member of a valid token. */
    caller?: number
    /** The result of `admit`, from before the body was read. */
    admitted: unknown
    /** Why the request is refused, found before the CORS headers were written. */
    refusal: Refusal | null
    /** Headers that an act set, for the log. */
    said?: Record<string, string>
    /** Unknown inputs, for the log and a header. */
    ignored?: string
  }
  interface FastifyContextConfig {
    /** Answered without any rate limit. */
    always?: boolean
    /** A WebSocket: browsers can send the token only as a sub-protocol. */
    socket?: boolean
    /** Only reads: a replica may answer. */
    reads?: boolean
    /** The standard that says what form refusals have here, and who calls. */
    standard?: Standard
  }
}

export const methods: Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** Headers of every answer that pages of other origins may read. */
export const exposedHeaders = ['X-Request-Id', 'Retry-After', 'X-Kith-Ignored']

/** A server on which endpoints can be mounted. */
export type Server = {
  app: FastifyInstance
  rates: Rates
  /** The methods of each address: other methods are answered 405. */
  offered: Offered
  /** Which requests are for a protocol other than HTTP. */
  upgrades: ((incoming: IncomingMessage) => boolean)[]
  /** Why an address has no answer. */
  nothingAt(request: FastifyRequest): Refusal
  /** The refusal for an error. An unexpected error is logged with its cause. */
  explain(error: unknown, request: FastifyRequest): Refusal
}

/** Endpoints read and write for themselves: without these, Fastify loads two compilers as it starts. */
const noSchemas = () => () => {
  throw new Error('A route has no schema: it is declared as an endpoint.')
}

/**
 * A server with everything that holds for every address, and no address yet. Whatever the first lines of a request
 * can show is refused before its body is read: a bad token, too many requests, an unknown address.
 */
export async function createServer<Ctx>(options: ServerOptions, product: Product<Ctx>): Promise<Server> {
  const { log } = options
  const upgrades: Server['upgrades'] = []
  const closing: ((most: number) => Promise<void>)[] = []
  const app = Fastify({
    logger: false,
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 300 },
    rewriteUrl: (incoming) => pathOf(incoming.url ?? '/'),
    trustProxy: options.trustedProxies.length ? options.trustedProxies : false,
    genReqId: (request) => {
      const given = request.headers['x-request-id']
      return typeof given === 'string' && /^[\w.:-]{1,100}$/.test(given) ? given : randomUUID()
    },
    // Connected clients still get an answer: see close.ts.
    return503OnClosing: false,
    serverFactory(handle) {
      const server = createListener(
        handle,
        (error) => log.warn({ err: error }, 'a connection could not be taken'),
        upgrades,
      )
      closing.push(closesGently(server))
      return server
    },
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, request, reply) => sendError(error, request, reply as unknown as FastifyReply),
  })

  // Before all other hooks: what they do is part of the request.
  if (options.tracing) traceRequests(app, options.tracing)
  app.decorate('closeGently', (most: number) => Promise.all(closing.map((close) => close(most))))

  function explain(error: unknown, request: FastifyRequest): Refusal {
    const refusal = toRefusal(error)
    // A refusal without a cause is intended; its access line says enough.
    if (refusal.status >= 500 && (error !== refusal || refusal.cause))
      log.error({ id: request.id, method: request.method, url: maskSecrets(request.url), err: error }, 'failed')
    return refusal
  }

  function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const refusal = explain(error, request)
    passOver(request)
    // A server that closes says so on every answer, refusals too: see close.ts.
    const { standard, socket } = request.routeOptions.config ?? {}
    const closes = reply.raw.getHeader('connection') === 'close' || request.headers.expect || socket
    reply
      .code(refusal.status)
      .headers({ ...refusal.headers, 'X-Request-Id': request.id, 'Cache-Control': 'no-store' })
      // The rest of the body is discarded, so the connection stays open. But a client that asked before sending waits
      // for a word, and one that asked for a WebSocket is not read any more.
      .removeHeader('connection')
      .headers(closes ? { Connection: 'close' } : {})
    if (wantsPage(request)) {
      const page = product.pageOf(refusal, request)
      reply.headers(page.headers).type('text/html; charset=utf-8').send(page.html)
      return
    }
    reply.type('application/json').send(JSON.stringify(standard?.bodyOf(refusal) ?? { errors: refusal.errors }))
  }

  const budget = createBudget(options.bodyBudget)
  const rates = await createRates(app, options.rateLimit, options.rateLocal)

  /** The refusal that follows from the first lines of a request alone. */
  async function findRefusal(request: FastifyRequest, reply: FastifyReply): Promise<Refusal | null> {
    const fault = findHostFault(request.raw)
    if (fault) return refused('invalid', fault)
    let refusal: Refusal | null = null
    try {
      request.caller = (await product.identify(request)) ?? undefined
    } catch (error) {
      // It still counts, for the address it comes from.
      refusal = toRefusal(error)
    }
    const tooMany = await rates.all(request, reply)
    return tooMany ?? refusal ?? findExcess(request.url) ?? findQueryFault(request.url)
  }

  const offered = createOffered()
  const nothingAt = ({ url, method }: FastifyRequest): Refusal => {
    const allow = offered.at(url.split('?', 1)[0] as string)
    return allow && !allow.includes(method) ? methodNotAllowed(method, allow) : nothingThere(url)
  }

  app.setErrorHandler(sendError)
  app.decorateRequest('refusal', null)
  app.decorateRequest('admitted', null)
  const protecting = protectingHeaders(options)
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...protecting, 'X-Request-Id': request.id, 'Cache-Control': 'no-store' })
    if (request.routeOptions.config?.always) return
    // The body stays in memory as long as the act runs.
    if (request.method !== 'GET') reply.raw.once('close', () => budget.give(clientKey(request), request.held))
    request.refusal = await findRefusal(request, reply)
    // Browsers first ask whether they may send (OPTIONS); that is not answered further down.
    if (request.refusal && request.method === 'OPTIONS') throw request.refusal
  })
  app.addHook('onResponse', async (request, reply) => {
    const access = accessOf(options)
    if (!access) return
    access.info(
      {
        id: request.id,
        method: request.method,
        url: maskSecrets(request.url),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        user: request.caller,
        trace: request.traced?.trace,
        said: request.said,
        ignored: request.ignored,
        ...(access !== log && { from: request.ip, agent: request.headers['user-agent']?.slice(0, 200) }),
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
  app.addHook('onRequest', async (request) => {
    if (request.refusal) throw request.refusal
    if (request.is404) throw nothingAt(request)
  })
  app.setNotFoundHandler((request) => {
    throw nothingAt(request)
  })
  readBodies(app, budget, options.uploadFolder ?? join(tmpdir(), `kith-uploads-${process.pid}`))
  return { app, rates, offered, upgrades, nothingAt, explain }
}

/** Whether a person looks at this with a browser. Addresses of the API always answer in JSON. */
export const wantsPage = ({ url, headers, routeOptions }: FastifyRequest) =>
  !url.startsWith('/api/') && !routeOptions.config?.standard && prefersPage(headers.accept)

function nothingThere(url: string): Refusal {
  if (url.startsWith('/api/v1/')) return gone('Version 1 of the API is gone. Use /api/v2/.')
  const [path = ''] = url.split('?', 1)
  return notFound(
    `There is nothing at ${path.length > 100 ? `${path.slice(0, 100)}...` : path}. The reference is at /docs/reference.`,
  )
}

/** Browsers on the same machine, for a community under development. */
const loopbackOrigin = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const { code, statusCode } = error as FastifyError
  if (code === 'FST_ERR_BAD_URL') return refused('invalid', 'This address cannot be read: check what follows its %.')
  if (code === 'FST_ERR_MAX_PARAM_LENGTH')
    return notFound('There is nothing at this address. The reference is at /docs/reference.')
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return unsupportedType('')
  if (statusCode === 503) return unavailable('Kith is stopping. Try again in a moment.')
  if (statusCode && statusCode >= 400 && statusCode < 500)
    return new Refusal(statusCode, [{ code: 'invalid', message: (error as Error).message }])
  return new Refusal(500, [
    { code: 'error', message: 'Something went wrong on our side. The request id is in X-Request-Id and in the log.' },
  ])
}

/** A query with too many pairs is refused before every field searches it. */
function findExcess(url: string): Refusal | null {
  if (url.length < limits.fields) return null
  const pairs = url.split('&', limits.fields + 1).length
  return pairs > limits.fields ? refused('too_complex', `At most ${limits.fields} fields are taken in a query.`) : null
}

/** A query whose bytes are no text is refused. */
function findQueryFault(url: string): Refusal | null {
  return isWellEncoded(url) ? null : refused('invalid', 'What follows a % in this address is not valid UTF-8.')
}

/** The logger that gets a line per request. */
export const accessOf = ({ log, accessLog = true }: Pick<ServerOptions, 'log' | 'accessLog'>): Logger | null =>
  typeof accessLog === 'object' ? accessLog : accessLog ? log : null

/** An address for the log: values of parameters that sound like secrets are masked, wherever they were sent. */
function maskSecrets(url: string): string {
  const [path, ...queries] = url.split('?')
  if (!queries.length) return url
  const masked = queries
    .join('?')
    .split('&')
    .map((pair) => {
      const at = pair.indexOf('=')
      return at > 0 && secretName.test(querystring.unescape(pair.slice(0, at))) ? `${pair.slice(0, at)}=***` : pair
    })
  return `${path}?${masked.join('&')}`
}

const secretName = /token|secret|password|passwd|signature|jwt|auth|code$|key$/i
