import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Lru, lru } from '../lru.ts'
import { isKnown, tagOf } from './tag.ts'

/** A cached answer: its bytes, its ETag, and the inputs that were ignored. */
type Kept = { bytes: Buffer; tag: string; ignored: string | undefined }

/** Largest number of answers cached for one object: clients ask the same few. */
const most = 100

const kept = new WeakMap<object, Lru<string, Kept>>()

/** The cache of answers that depend on one object and the address; it lives as long as the object. */
export function keptWith(thing: object): Lru<string, Kept> {
  const there = kept.get(thing) ?? lru<string, Kept>(most)
  kept.set(thing, there)
  return there
}

/** Makes an answer that can be cached. */
export function keep(json: string | Buffer, ignored: string | undefined): Kept {
  // A copy: a page lies in memory that is larger, and lent.
  const bytes = Buffer.from(json)
  return { bytes, tag: tagOf(bytes), ignored }
}

/** Sends a cached answer; a client that already has it gets 304. */
export function sendKept({ bytes, tag, ignored }: Kept, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  request.ignored = ignored
  reply.headers({ ETag: tag, 'Cache-Control': 'private, no-cache', ...(ignored && { 'X-Kith-Ignored': ignored }) })
  if (isKnown(request, tag)) return reply.code(304).send()
  return reply.header('content-type', 'application/json; charset=utf-8').send(bytes)
}
