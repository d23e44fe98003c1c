import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { parse as parseQuery } from 'node:querystring'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { refused, tooLarge, unavailable, unsupportedType } from '../errors.ts'
import { readJson } from './json.ts'
import { limits } from './limits.ts'
import { clientKey } from './rate.ts'
import {
  forgetUploads,
  gather,
  malformed,
  multipartParser,
  receive,
  tooManyFields,
  Upload,
  type UploadRules,
  uploadBudget,
} from './uploads.ts'

const notUtf8 = () => refused('parse_error', 'The body is not valid UTF-8.')

/** Whether the bytes that a text writes as %XX are UTF-8. A % that begins no byte, as in 100%, stands for itself. */
export function isWellEncoded(text: string): boolean {
  if (!/%[89a-f]/i.test(text)) return true
  for (const [run] of text.matchAll(/(?:%[\da-f]{2})+/gi)) {
    try {
      decodeURIComponent(run)
    } catch {
      return false
    }
  }
  return true
}

/** Reads `a=1&a=2` and `a[]=1` alike. */
export function readForm(text: string): Record<string, unknown> {
  let pairs = 1
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1))
    if (++pairs > limits.fields) throw tooManyFields()
  if (!isWellEncoded(text)) throw notUtf8()
  return parseQuery(text, '&', '=', { maxKeys: 0 })
}

/** Whether a multipart body has too many parts. The parser would read all of them before it said so. */
function hasManyParts(type: string, body: Buffer): boolean {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type)
  const mark = `--${boundary?.[1] ?? boundary?.[2] ?? ''}`
  let parts = 0
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + mark.length))
    if (++parts > limits.fields + 1) return true
  return false
}

/** Reads a multipart body. Of files it gives names and types only. */
function readMultipart(type: string, body: Buffer): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const broken = () => reject(malformed())
    const tooMany = () => reject(tooManyFields())
    if (hasManyParts(type, body)) return tooMany()
    const isText = isUtf8(body)
    const fields = new Map<string, unknown[]>()
    const add = (name: string, value: unknown) => {
      const values = fields.get(name)
      if (values) values.push(value)
      else fields.set(name, [value])
    }
    const parser = multipartParser(type, broken)
    parser.on('field', (name, value) => {
      if (!isText && `${name}${value}`.includes('\ufffd')) reject(notUtf8())
      add(name, value)
    })
    parser.on('file', (name, stream, filename, _encoding, mime) => {
      const upload = new Upload(filename, mime)
      add(name, upload)
      // A part that ends early is reported here only.
      stream.on('error', broken)
      stream.on('data', (chunk: Buffer) => {
        upload.bytes += chunk.length
      })
    })
    for (const limit of ['partsLimit', 'fieldsLimit', 'filesLimit'] as const) parser.on(limit, tooMany)
    parser.on('finish', () => resolve(gather(fields)))
    parser.end(body)
  })
}

/** The memory for all bodies that are being read or acted on. Beyond it the answer is 503. */
export type Budget = { take(client: string, bytes: number): boolean; give(client: string, bytes: number): void }

/** @param bytes how many may be in memory at once; one client may hold a quarter of them, so that others find room */
export function createBudget(bytes: number): Budget {
  let left = bytes
  const holding = new Map<string, number>()
  return {
    take(client, wanted) {
      const held = (holding.get(client) ?? 0) + wanted
      if (wanted > left || held > bytes / 4) return false
      left -= wanted
      holding.set(client, held)
      return true
    },
    give(client, back) {
      if (back === 0) return
      left += back
      const held = (holding.get(client) ?? 0) - back
      if (held > 0) holding.set(client, held)
      else holding.delete(client)
    },
  }
}

/** Reads a body as it arrives, up to the limit. */
function collect(request: FastifyRequest, incoming: IncomingMessage, limit: number, budget: Budget): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    let pieces = 0
    const stop = (why: Error) => {
      incoming.off('data', take)
      reject(why)
    }
    const take = (chunk: Buffer) => {
      length += chunk.length
      if (length > limit) return stop(tooLarge(limit))
      if (++pieces > limits.pieces)
        return stop(refused('too_complex', `At most ${limits.pieces} pieces of a body are taken. Send larger ones.`))
      if (!budget.take(clientKey(request), chunk.length))
        return stop(unavailable('Too much is being sent to Kith at the moment. Try again in a moment.'))
      request.held += chunk.length
      chunks.push(chunk)
    }
    const cut = () => stop(refused('parse_error', 'The body ended before it was complete.'))
    incoming.on('data', take)
    incoming.once('end', () => {
      incoming.off('close', cut)
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks))
    })
    incoming.once('error', cut)
    incoming.once('close', cut)
  })
}

/** The charset of a body, if Kith does not read it. */
const otherCharset = (header: string) => {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(header)?.[1]?.toLowerCase()
  return charset && !['utf-8', 'utf8', 'us-ascii'].includes(charset) ? charset : null
}

async function readBody(request: FastifyRequest, body: Buffer): Promise<unknown> {
  const header = request.headers['content-type'] ?? ''
  const type = header.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const isJson = type === 'application/json' || type.endsWith('+json')
  const isForm = type === 'application/x-www-form-urlencoded'
  if (!isJson && !isForm && type !== 'multipart/form-data') throw unsupportedType(type)
  const charset = otherCharset(header)
  if (charset) throw unsupportedType(`${type} in ${charset}`)
  if (type === 'multipart/form-data') return readMultipart(header, body)
  if (!isUtf8(body)) throw notUtf8()
  return isJson ? readJson(body, request.routeOptions.config.values) : readForm(body.toString('utf8'))
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Largest body of this address in bytes, and the largest number of values in it. */
    bodyLimit?: number
    values?: number
    /** Types of the body, if it is lines that the endpoint reads itself. */
    lines?: string[]
    /** The files it takes. */
    uploads?: UploadRules
  }
  interface FastifyRequest {
    /** Bytes of the body in memory. */
    held: number
    /** Files of a multipart body, and how many bytes of it are on the disk. */
    uploads: Upload[]
    stored: number
  }
}

/**
 * Makes the server read JSON, forms and multipart alike, and no body at all under any type: the official client sends
 * `Content-Type: application/json` without a body on every act.
 * @param budget memory for all bodies together; when a request is answered, `request.held` is given back
 * @param folder where files are until their request is answered
 */
export function readBodies(app: FastifyInstance, budget: Budget, folder: string): void {
  app.decorateRequest('held', 0)
  app.decorateRequest('stored', 0)
  const disk = createBudget(uploadBudget)
  app.addHook('onRequest', async (request, reply) => {
    request.uploads = []
    if (!request.routeOptions.config?.uploads) return
    reply.raw.once('close', () => {
      disk.give(clientKey(request), request.stored)
      void forgetUploads(request)
    })
  })
  // A client that asks whether to send its body hears yes only once the body is wanted.
  const asking = new WeakMap<IncomingMessage, ServerResponse>()
  app.server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    asking.set(incoming, outgoing)
    app.server.emit('request', incoming, outgoing)
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', async (request: FastifyRequest, incoming: IncomingMessage) => {
    const textBytes = request.routeOptions.config.bodyLimit ?? limits.body
    const isMultipart = /^\s*multipart\/form-data\s*;/i.test(request.headers['content-type'] ?? '')
    const uploads = isMultipart ? request.routeOptions.config.uploads : undefined
    const limit = textBytes + (uploads ? uploads.bytes * uploads.fields.length : 0)
    if (Number(request.headers['content-length']) > limit) throw tooLarge(limit)
    const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
    const encoding = request.headers['content-encoding']?.trim().toLowerCase()
    if (encoding && encoding !== 'identity')
      throw unsupportedType(`${type ?? 'any'} packed as ${encoding}`, 'it unpacked')
    const { lines } = request.routeOptions.config
    if (lines && type && !lines.includes(type)) throw unsupportedType(type, `lines of JSON as ${lines[0]}`)
    asking.get(request.raw)?.writeContinue()
    if (lines) return undefined
    const charset = otherCharset(request.headers['content-type'] ?? '')
    if (uploads && charset) throw unsupportedType(`${type} in ${charset}`)
    if (uploads) return receive(request, incoming, uploads, { folder, memory: budget, disk, textBytes })
    const body = await collect(request, incoming, limit, budget)
    return body.length === 0 ? undefined : readBody(request, body)
  })
}
