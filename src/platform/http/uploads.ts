import { randomUUID } from 'node:crypto'
import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Busboy, type BusboyHeaders } from '@fastify/busboy'
import type { FastifyRequest } from 'fastify'
import { badField, refused, tooLarge, unavailable } from '../errors.ts'
import type { Budget } from './body.ts'
import { limits } from './limits.ts'
import { clientKey } from './rate.ts'

/** A file of a multipart body. */
export class Upload {
  readonly filename: string
  readonly type: string
  bytes = 0
  /** The path of the file until the request is answered; empty if the endpoint takes none and it was discarded. */
  path = ''

  constructor(filename: string | undefined, type: string) {
    this.filename = filename ?? ''
    this.type = type
  }

  /** As forms send a file input without a file. */
  get isEmpty(): boolean {
    return !this.filename && this.bytes === 0
  }
}

/** The file fields of an endpoint, and how large each file may be, in bytes. */
export type UploadRules = { fields: string[]; bytes: number }

/** How much of a body is parsed at a time: it may have thousands of tiny parts. */
const slice = 8 * 1024
/** Bytes on the disk for the files of all requests together; one client may use a quarter of them. */
export const uploadBudget = 2 * 1024 ** 3

export const malformed = () =>
  refused('parse_error', 'The multipart body cannot be read. Check its boundary and that it is complete.')
export const tooManyFields = () =>
  refused('too_complex', `At most ${limits.fields} fields are taken. Send less at once.`)
const busy = () => unavailable('Too much is being sent to Kith at the moment. Try again in a moment.')

/** Fields by name; a repeated field is a list. */
export function gather(fields: Map<string, unknown[]>): Record<string, unknown> {
  return Object.fromEntries([...fields].map(([name, values]) => [name, values.length === 1 ? values[0] : values]))
}

/** The parser of a multipart body. `broken` is called if it cannot be read. */
export function multipartParser(type: string, broken: () => void, most = {}): InstanceType<typeof Busboy> {
  try {
    const parser = new Busboy({
      headers: { 'content-type': type } as BusboyHeaders,
      limits: { parts: limits.fields, fields: limits.fields, files: limits.fields, headerPairs: 20, ...most },
    })
    parser.on('error', broken)
    return parser
  } catch {
    throw malformed()
  }
}

/** The folder of uploaded files, the budgets of memory and disk, and the largest text field. */
export type Receiving = { folder: string; memory: Budget; disk: Budget; textBytes: number }

/**
 * Reads a multipart body as it arrives. Files that the endpoint takes are written to the disk piece by piece, and
 * deleted after the answer; other files are counted only.
 */
export async function receive(
  request: FastifyRequest,
  incoming: IncomingMessage,
  rules: UploadRules,
  { folder, memory, disk, textBytes }: Receiving,
): Promise<Record<string, unknown>> {
  const client = clientKey(request)
  const fields = new Map<string, unknown[]>()
  const files: WriteStream[] = []
  const writing: Promise<unknown>[] = []
  let failure: Error | null = null
  let stop = () => {}
  const stopped = new Promise<void>((resolve) => {
    stop = resolve
  })
  const fail = (error: Error) => {
    failure ??= (error as NodeJS.ErrnoException).code === 'ENOSPC' ? full() : error
    stop()
  }
  const add = (name: string, value: unknown) => {
    const values = fields.get(name)
    if (values) values.push(value)
    else fields.set(name, [value])
  }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const most = { files: 20, fileSize: rules.bytes, fieldSize: textBytes }
  const broken = () => fail(malformed())
  const parser = multipartParser(request.headers['content-type'] ?? '', broken, most)

  parser.on('field', (name, value, _nameCut, valueCut) => {
    if (valueCut) return fail(tooLarge(textBytes))
    if (`${name}${value}`.includes('\ufffd')) return fail(refused('parse_error', 'The body is not valid UTF-8.'))
    const bytes = Buffer.byteLength(value)
    if (request.held + bytes > textBytes) return fail(tooLarge(textBytes))
    if (!memory.take(client, bytes)) return fail(busy())
    request.held += bytes
    add(name, value)
  })
  parser.on('file', (name, stream, filename, _encoding, mime) => {
    const upload = new Upload(filename, mime)
    add(name, upload)
    stream.on('error', broken)
    stream.on('limit', () =>
      fail(badField(name, 'too_large', `This file is larger than the ${rules.bytes} bytes taken here.`)),
    )
    stream.on('data', (chunk: Buffer) => {
      upload.bytes += chunk.length
    })
    if (!rules.fields.includes(name)) return
    upload.path = join(folder, randomUUID())
    request.uploads.push(upload)
    const file = createWriteStream(upload.path, { mode: 0o600 })
    files.push(file)
    writing.push(pipeline(stream, file).catch(fail))
  })
  for (const limit of ['partsLimit', 'fieldsLimit', 'filesLimit'] as const)
    parser.on(limit, () => fail(tooManyFields()))
  const parsed = new Promise<void>((resolve) => {
    parser.once('finish', resolve)
    parser.once('error', () => resolve())
  })

  const mostBytes = rules.bytes * rules.fields.length + textBytes
  try {
    let length = 0
    for await (const chunk of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > mostBytes) throw tooLarge(mostBytes)
      if (!disk.take(client, chunk.length)) throw busy()
      request.stored += chunk.length
      for (let at = 0; at < chunk.length && !failure; at += slice) {
        if (parser.write(chunk.subarray(at, at + slice))) continue
        await Promise.race([new Promise<void>((resolve) => parser.once('drain', resolve)), parsed, stopped])
      }
      if (failure) throw failure
    }
    if (!incoming.complete) throw cut()
    parser.end()
    await Promise.race([parsed, stopped])
    if (!failure) await Promise.all(writing)
    if (failure) throw failure
    return gather(fields)
  } catch (error) {
    parser.destroy()
    for (const file of files) file.destroy()
    throw failure ?? ((error as NodeJS.ErrnoException).code === 'ECONNRESET' ? cut() : error)
  }
}

const full = () => unavailable('The disk of this Kith is full. Tell those who run it, and try again later.')
const cut = () => refused('parse_error', 'The body ended before it was complete.')

/** Deletes the uploaded files of a request. */
export async function forgetUploads(request: FastifyRequest): Promise<void> {
  await Promise.all(request.uploads.map(({ path }) => rm(path, { force: true })))
}
