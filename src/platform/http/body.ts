import { Readable } from 'node:stream'
import { Busboy, type BusboyHeaders } from '@fastify/busboy'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { refused, tooLarge, unsupportedType } from '../errors.ts'

/** A file of a multipart body, whole. */
export type Upload = { filename: string; type: string; bytes: Buffer }

/** Adds a value under a name; a name that comes again makes a list. */
function add(into: Record<string, unknown>, name: string, value: unknown): void {
  const there = into[name]
  if (there === undefined) into[name] = value
  else if (Array.isArray(there)) there.push(value)
  else into[name] = [there, value]
}

/** Reads `a=1&a=2` and `a[]=1` alike. */
export function readForm(text: string): Record<string, unknown> {
  const form: Record<string, unknown> = Object.create(null)
  for (const [name, value] of new URLSearchParams(text)) add(form, name, value)
  return form
}

function readMultipart(type: string, body: Buffer): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const malformed = () =>
      reject(refused('parse_error', 'The multipart body cannot be read. Check its boundary and that it is complete.'))
    const form: Record<string, unknown> = Object.create(null)
    let parser: InstanceType<typeof Busboy>
    try {
      parser = new Busboy({ headers: { 'content-type': type } as BusboyHeaders })
    } catch {
      return malformed()
    }
    parser.on('field', (name, value) => add(form, name, value))
    parser.on('file', (name, stream, filename, _encoding, mime) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => add(form, name, { filename, type: mime, bytes: Buffer.concat(chunks) } satisfies Upload))
    })
    parser.on('error', malformed)
    parser.on('finish', () => resolve(form))
    Readable.from([body]).pipe(parser)
  })
}

/**
 * Makes the server take JSON, forms and multipart alike, and nothing at all under any type: the official client
 * sends `Content-Type: application/json` with no body on every act.
 */
export function readBodies(app: FastifyInstance, limit: number): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: limit },
    async (request: FastifyRequest, body: Buffer) => {
      if (body.length === 0) return undefined
      if (body.length > limit) throw tooLarge(limit)
      const header = request.headers['content-type'] ?? ''
      const type = header.split(';', 1)[0]?.trim().toLowerCase() ?? ''
      if (type === 'application/json' || type.endsWith('+json')) {
        try {
          return JSON.parse(body.toString('utf8'))
        } catch (error) {
          throw refused('parse_error', `The body is not valid JSON: ${(error as Error).message}.`)
        }
      }
      if (type === 'application/x-www-form-urlencoded') return readForm(body.toString('utf8'))
      if (type === 'multipart/form-data') return readMultipart(header, body)
      throw unsupportedType(type)
    },
  )
}
