import type { FastifyReply, FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import { isKnown, tagOf } from './tag.ts'

/** An answer as it was sent: its bytes, what tells it from others, and what was ignored of the question. */
type Kept = { bytes: Buffer; tag: string; ignored: string | undefined }

/** Number of answers that are kept of one thing: clients ask the same few. */
const most = 100

const kept = new WeakMap<object, LRUCache<string, Kept>>()

/** Answers that follow from one thing and the address that was asked, as long as that thing is there. */
export function keptWith(thing: object): LRUCache<string, Kept> {
  const there = kept.get(thing) ?? new LRUCache<string, Kept>({ max: most })
  kept.set(thing, there)
  return there
}

/** An answer to be kept. */
export function keep(json: string | Buffer, ignored: string | undefined): Kept {
  const bytes = typeof json === 'string' ? Buffer.from(json) : json
  return { bytes, tag: tagOf(bytes), ignored }
}

/** Sends an answer that is kept; to a client that has it, only that it is still the same. */
export function sendKept({ bytes, tag, ignored }: Kept, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  request.ignored = ignored
  reply.headers({ ETag: tag, 'Cache-Control': 'private, no-cache', ...(ignored && { 'X-Kith-Ignored': ignored }) })
  if (isKnown(request, tag)) return reply.code(304).send()
  return reply.header('content-type', 'application/json; charset=utf-8').send(bytes)
}
