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
  /** Where uploaded files lie until their request is answered; else where the system has what is temporary. */
  uploadFolder?: string
  /** Requests a minute and client; 0 is no limit. */
  rateLimit: number
  /** Leaves programs of this machine out of that limit, as long as no proxy is in front. */
  rateLocal: boolean
  /** Requests to endpoints declared heavy that are worked on at a time. */
  heavyAtOnce: number
  /** Origins that browsers may call from; '*' is every one. */
  origins: string[] | '*' | 'loopback'
  /** Addresses of proxies whose X-Forwarded-* headers are believed. */
  trustedProxies: string[]
  /** Base of absolute links; else what the client itself called. */
  publicUrl?: string
  /** Where each request has a line: the log unless said, nowhere if false. Failures are in the log all the same. */
  accessLog?: boolean | Logger
  /** Folder of the application that is the community's front, once one is built there (`npm run web`). */
  built?: string
  /** Folder of the console for administrators, and what is waited for before it is looked at: null, or why there is none. */
  console?: { folder: string; ready(): Promise<string | null> }
  /** Where traces of requests are kept, if anywhere. */
  tracing?: Tracing
  /** Checks every answer against its declaration: for tests and development. */
  checkAnswers?: boolean
}

/** What the product gives the kernel: who calls, a context for each request, and what words in paths stand for. */
export type Product<Ctx> = {
  /** The member whose token a request carries, null without one. Throws 401. Every request costs it: asks no database about what a stranger made up. */
  identify(request: FastifyRequest): Promise<number | null>
  /** @param member what `identify` gave */
  open(member: number | null, request: FastifyRequest): Promise<Ctx>
  alias(ctx: Ctx): Alias
  /** The act of an endpoint with whatever is done about every act; asked once, as the endpoint is mounted. */
  acting?(endpoint: Endpoint<Ctx>): Endpoint<Ctx>['declaration']['act']
  /** A refusal as a page, for a person who looks at one with a browser. */
  pageOf(refusal: Refusal, request: FastifyRequest): Page
}

/** A page, and what it needs a browser to know. */
export type Page = { html: string; headers: Record<string, string> }

declare module 'fastify' {
  interface FastifyInstance {
    /** Closes all it listens with, as `closesGently` says: `localhost` may be two addresses. */
    closeGently(most: number): Promise<unknown>
  }
  interface FastifyRequest {
    /** The member of a token that is good. */
    caller?: number
    /** What an endpoint found out before the body was read. */
    admitted: unknown
    /** Why the request is not answered, found before its headers for other origins were written. */
    refusal: Refusal | null
    /** What an act said in headers, for the log. */
    said?: Record<string, string>
    /** What was sent that nobody knows, for the log and a header. */
    ignored?: string
  }
  interface FastifyContextConfig {
    /** Answered without any limit of rate. */
    always?: boolean
    /** A socket: browsers send the token as a sub-protocol, because they can send it in no other way. */
    socket?: boolean
    /** Only reads: a replica may answer. */
    reads?: boolean
    /** Says what form refusals have here, and who calls. */
    standard?: Standard
  }
}

export const methods: Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** What pages of other origins may read of every answer. */
export const exposedHeaders = ['X-Request-Id', 'Retry-After', 'X-Kith-Ignored']

/** A server that endpoints can be mounted on. */
export type Server = {
  app: FastifyInstance
  rates: Rates
  /** What is offered where: whatever else is asked of these addresses is answered 405. */
  offered: Offered
  /** Which requests are for another protocol than HTTP. */
  upgrades: ((incoming: IncomingMessage) => boolean)[]
  /** Why nothing is answered at an address that a request named. */
  nothingAt(request: FastifyRequest): Refusal
  /** What to tell of an error; one that nobody meant is logged with its cause. */
  explain(error: unknown, request: FastifyRequest): Refusal
}

/** Endpoints read and write for themselves: without these, Fastify loads two compilers as it starts. */
const noSchemas = () => () => {
  throw new Error('A route has no schema: it is declared as an endpoint.')
}

/**
 * A server with everything that holds for every address, and no address yet. Whatever can be refused by the first lines
 * of a request is refused before its body is read: a bad token, too many requests, an address that is not there.
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
    // Whoever is still connected gets an answer: see close.ts.
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

  // Before all others: what they do is a part of the request.
  if (options.tracing) traceRequests(app, options.tracing)
  app.decorate('closeGently', (most: number) => Promise.all(closing.map((close) => close(most))))

  function explain(error: unknown, request: FastifyRequest): Refusal {
    const refusal = toRefusal(error)
    // A refusal without a cause is meant; the line about the answer says enough of it.
    if (refusal.status >= 500 && (error !== refusal || refusal.cause))
      log.error({ id: request.id, method: request.method, url: maskSecrets(request.url), err: error }, 'failed')
    return refusal
  }

  function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const refusal = explain(error, request)
    passOver(request)
    // A server that closes says so on every answer, those that refuse as well: see close.ts.
    const { standard, socket } = request.routeOptions.config ?? {}
    const closes = reply.raw.getHeader('connection') === 'close' || request.headers.expect || socket
    reply
      .code(refusal.status)
      .headers({ ...refusal.headers, 'X-Request-Id': request.id, 'Cache-Control': 'no-store' })
      // What is left of the body is passed over, so the connection stays; but who asks before sending waits for a word,
      // and who asked for a socket is not read any more.
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

  /** What can be said of a request by its first lines alone. */
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
    // As long as the act goes on, its body is in memory.
    if (request.method !== 'GET') reply.raw.once('close', () => budget.give(clientKey(request), request.held))
    request.refusal = await findRefusal(request, reply)
    // Browsers ask first whether they may send what they are about to; nothing of it is answered further down.
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

/** Whether somebody looks at this with a browser: whatever is of the API is answered in JSON all the same. */
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

/** A query with more pairs than anybody means is not looked through by every field that may be in it. */
function findExcess(url: string): Refusal | null {
  if (url.length < limits.fields) return null
  const pairs = url.split('&', limits.fields + 1).length
  return pairs > limits.fields ? refused('too_complex', `At most ${limits.fields} fields are taken in a query.`) : null
}

/** Bytes of a query that are no text are not looked for as something else. */
function findQueryFault(url: string): Refusal | null {
  return isWellEncoded(url) ? null : refused('invalid', 'What follows a % in this address is not valid UTF-8.')
}

/** Where each request has a line. */
export const accessOf = ({ log, accessLog = true }: Pick<ServerOptions, 'log' | 'accessLog'>): Logger | null =>
  typeof accessLog === 'object' ? accessLog : accessLog ? log : null

/** An address as it may be logged: values of what sounds like a secret are left out, wherever they were sent. */
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
