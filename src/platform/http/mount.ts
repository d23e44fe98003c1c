import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import { conformingTo } from '../conform.ts'
import { notAcceptable, Refusal, readAll } from '../errors.ts'
import { takesJson } from './accept.ts'
import { baseOf } from './address.ts'
import { passOver } from './closing.ts'
import type { Endpoint, FileOut, Json } from './endpoint.ts'
import { maxEntries, uploadsOf } from './input.ts'
import { keep, keptWith, sendKept } from './kept.ts'
import { limits } from './limits.ts'
import { alsoLineTypes, linesReader, lineTypes, sendLines } from './lines.ts'
import { isFarOff, type PageRows, readPage, writePage } from './page.ts'
import { compileReader } from './reader.ts'
import { exposedHeaders, type Product, type Server, type ServerOptions } from './server.ts'
import { createShare, type Share } from './share.ts'
import { giveBack } from './slabs.ts'

/** Serves every declared endpoint at its address. */
export function mount<Ctx>(
  server: Server,
  endpoints: Endpoint<Ctx>[],
  product: Product<Ctx>,
  options: ServerOptions,
): void {
  const { app } = server
  const heavy = createShare(options.heavyAtOnce)
  for (const endpoint of endpoints) {
    const url = endpoint.path.replace(/\{(\w+)\}/g, ':$1')
    server.offered.add(endpoint.method, url)
    app.route({
      method: endpoint.method,
      url,
      config: {
        // The size of lines is limited as they are read.
        bodyLimit:
          endpoint.declaration.lines?.bytes ??
          Math.min(endpoint.declaration.bodyLimit ?? limits.body, options.bodyLimit),
        uploads: endpoint.declaration.uploads && { ...endpoint.declaration.uploads, fields: uploadsOf(endpoint.takes) },
        lines: endpoint.declaration.lines && [...lineTypes, ...alsoLineTypes],
        standard: endpoint.declaration.standard,
        reads: endpoint.reads,
        values: limits.values + Math.max(0, ...Object.values(endpoint.takes).map(maxEntries)),
      },
      ...answer(endpoint, product, options, server, heavy),
    })
  }
}

/** The admitted caller and the values of the path, known before the body is read. */
type Admitted<Ctx> = { ctx: Ctx; input: Record<string, unknown> }

/** If the body took longer than this, in ms, the caller and the time are looked at again. */
const aged = 1_000

/** Computes something once per declaration: tests mount the same ones on many servers, and compiling takes a while. */
function once<Of extends WeakKey, Made>(make: (of: Of) => Made): (of: Of) => Made {
  const made = new WeakMap<Of, Made>()
  return (of) => {
    const known = made.get(of) ?? make(of)
    made.set(of, known)
    return known
  }
}

type Inputs = Pick<Endpoint<unknown>, 'takes' | 'pathNames'> & { declaration: { bare?: string; anyBody?: TSchema } }
const readerOf = once(({ takes, pathNames, declaration: { bare, anyBody } }: Inputs) =>
  compileReader(takes, { pathNames, bare, anyBody: Boolean(anyBody) }),
)
const conformingOf = once((schema: TSchema) => conformingTo(schema))

/** The two steps of an endpoint: whether this caller is admitted, before any body is read; then the act. */
function answer<Ctx>(
  endpoint: Endpoint<Ctx>,
  product: Product<Ctx>,
  options: ServerOptions,
  { rates, explain }: Server,
  heavy: Share,
) {
  const { declaration } = endpoint
  const { returns, who, onlyIf } = declaration
  const reader = readerOf(endpoint)
  const acting = product.acting?.(endpoint) ?? declaration.act
  const slowly: typeof declaration.act = (...given) => heavy(() => acting(...given))
  const isHeavy = (input: object, ctx: Ctx) =>
    typeof declaration.heavy === 'function'
      ? declaration.heavy(input as never, ctx as never)
      : declaration.heavy === true
  const act: typeof declaration.act = (ctx, input, body) =>
    (isHeavy(input, ctx as never) ? slowly : acting)(ctx, input, body)
  const { schema } = returns
  const { lines } = declaration
  const readLines = lines && linesReader(lines, compileReader(lines.takes, { pathNames: [] }))
  const count = declaration.rate && rates.of(declaration.rate)

  function mustBeDeclared(answer: unknown) {
    if (!options.checkAnswers || !schema) return
    const { conforms, faults } = conformingOf(schema)
    if (conforms(answer)) return
    const why = faults(answer).map((each) => `${each.instancePath} ${each.message}`)
    throw new Error(`The answer of ${endpoint.method} ${endpoint.path} is not as declared: ${why.join('; ')}`)
  }

  async function open(request: FastifyRequest) {
    const ctx = await product.open(request.caller ?? null, request)
    const input = reader.path(request.params as Record<string, string>, product.alias(ctx))
    const asked = who.admit(ctx, input)
    const admitted = asked instanceof Promise ? await asked : asked
    onlyIf?.check(admitted)
    return { ctx: admitted, input }
  }

  /** Reads everything besides the path, and refuses whatever is wrong with it at once. */
  function read(
    ctx: Ctx,
    query: Record<string, unknown>,
    body: unknown,
    input: Record<string, unknown>,
    ofCommunity?: string[],
  ) {
    try {
      return reader.rest(query, body, input, ofCommunity)
    } catch (error) {
      // A body that is no object has no fields to check.
      const ofFields = error instanceof Refusal && error.errors.every((each) => 'field' in each)
      if (!declaration.checks || !ofFields) throw error
      return readAll({ checks: () => declaration.checks?.(ctx, input) }, error) as Promise<never>
    }
  }

  async function onRequest(request: FastifyRequest, reply: FastifyReply) {
    if (!returns.file && !takesJson(request.headers.accept)) throw notAcceptable()
    const tooMany = await count?.(request, reply)
    if (tooMany) throw tooMany
    request.admitted = await open(request)
  }

  async function handler(request: FastifyRequest, reply: FastifyReply) {
    const { ctx, input } =
      (reply.elapsedTime < aged && (request.admitted as Admitted<Ctx> | null)) || (await open(request))
    const kept = declaration.sameWhile && keptWith(declaration.sameWhile(ctx))
    const address = kept ? `${baseOf(request, options.publicUrl)}${request.url}` : ''
    const there = kept?.get(address)
    if (there) return sendKept(there, request, reply)
    const query = request.query as Record<string, unknown>
    const ofCommunity = declaration.ofCommunity?.(ctx)
    request.ignored = reader.ignored(query, request.body, ofCommunity, declaration.notTheirs?.(ctx))
    if (request.ignored) reply.header('X-Kith-Ignored', request.ignored)
    const body = await read(ctx, query, request.body, input, ofCommunity)

    if (returns.page) {
      const asked = readPage(returns.page, input, query)
      const rows = (await (isFarOff(asked) ? slowly : act)(ctx, { ...input, page: asked } as never, body)) as PageRows
      const path = request.url.split('?', 1)[0] as string
      return send(
        writePage(
          `${baseOf(request, options.publicUrl)}${path.endsWith('/') ? path : `${path}/`}`,
          query,
          asked,
          rows,
          returns.page?.begins,
        ),
      )
    }
    if (readLines) input.lines = readLines(request.raw)
    const out = await act(ctx, input as never, body)
    if (returns.lines) {
      const { raw } = request
      const answers = sendLines(
        out as AsyncIterable<object[]>,
        raw.socket,
        (error) => explain(error, request),
        mustBeDeclared,
      )
      // After the answer, the rest of the body is discarded.
      answers.once('end', () => passOver(request))
      return reply.code(returns.status).header('content-type', `${lineTypes[0]}; charset=utf-8`).send(answers)
    }
    if (returns.file) {
      const { name, bytes, content } = out as FileOut
      const file = Readable.from(content, { objectMode: false })
      file.on('error', (error) => request.log.error({ err: error }, 'a file could not be sent to its end'))
      return reply
        .code(returns.status)
        .headers({
          'Content-Length': bytes,
          'Content-Disposition': `attachment; filename="${name}"`,
          'Access-Control-Expose-Headers': [...exposedHeaders, 'Content-Disposition'].join(', '),
        })
        .type(returns.file)
        .send(file)
    }
    if (returns.headers) {
      const given = out as Record<string, string | undefined>
      const names = Object.keys(returns.headers)
      const said = names.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]]))
      request.said = Object.fromEntries(said)
      reply.headers({ ...request.said, 'Access-Control-Expose-Headers': [...exposedHeaders, ...names].join(', ') })
    }
    if (returns.status === 204 || (returns.orNothing && out === undefined))
      return reply.code(204).removeHeader('content-type').send()
    return send(isJson(out) ? out.json : JSON.stringify(out))

    function send(text: string | Buffer) {
      if (options.checkAnswers && schema) mustBeDeclared(JSON.parse(String(text)))
      if (kept) {
        const answer = keep(text, request.ignored)
        kept.set(address, answer)
        return sendKept(answer, request, reply)
      }
      // Emitted when all of it is with the system, or nobody is there to read it.
      if (typeof text !== 'string') reply.raw.once('close', () => giveBack(text))
      return reply.code(returns.status).header('content-type', 'application/json; charset=utf-8').send(text)
    }
  }

  return { onRequest, handler }
}

const isJson = (out: unknown): out is Json =>
  typeof out === 'object' && out !== null && 'json' in out && typeof out.json === 'string'
