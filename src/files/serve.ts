import type { FastifyReply } from 'fastify'
import type { Kith } from '../context.ts'
import { notFound, Refusal } from '../platform/errors.ts'
import type { Rate } from '../platform/http/limits.ts'
import type { Server } from '../platform/http/server.ts'
import { isKnown } from '../platform/http/tag.ts'
import { statement } from '../platform/sql/statement.ts'
import { keyOf, type Part } from './keep.ts'
import { filesPath } from './paths.ts'

/** The same as for pictures that Kith draws: a page shows a hundred of them. */
const downloads: Rate = { name: 'files', perMinute: 6_000 }

const finding = statement({
  name: 'files: at an address',
  takes: { token: 'text' },
  gives: { parts: 'json' },
  // A file that only deleted contributions show is not served until one is restored. The author of a draft sees its
  // files.
  sql: ($) => `select f.parts from file f where f.token = ${$.token} and f.state = 'kept'
    and (select coalesce(bool_or(c.id is null or not c.deleted or not c.published and not c.erased), true)
      from media m left join contribution c on c.id = m.contribution_id where m.file_id = f.id)`,
})

const nothingHere = () => notFound('There is no file at this address, or no more.')

/**
 * Serves files at `/files/{token}/{name}`. Knowing the address is enough, because feeds show pictures without a
 * token; the address ends with what shows the file. No file can act for Kith: browsers take its declared type, run
 * nothing in it, and save whatever is no picture.
 */
export function serveFiles({ app, rates }: Server, { db, files }: Kith): void {
  const count = rates.of(downloads)
  app.get(`${filesPath}:token/:name`, { config: { always: true } }, async (request, reply) => {
    const tooMany = await count(request, reply)
    if (tooMany) throw tooMany
    const { token, name } = request.params as { token: string; name: string }
    if (!/^[A-Za-z0-9_-]{27}$/.test(token)) throw nothingHere()
    const row = await finding.row(db, { token })
    const part = (row?.parts as Part[] | undefined)?.find((each) => each.name === name)
    if (!part) throw nothingHere()
    reply.headers(headersOf(part, token))
    // The content of an address never changes.
    if (isKnown(request, `"${token}"`)) return reply.code(304).send()
    const range = readRange(request.headers.range, part.bytes)
    if (range === 'none')
      throw new Refusal(416, [{ code: 'invalid', message: `This file has ${part.bytes} bytes.` }], {
        'Content-Range': `bytes */${part.bytes}`,
      })
    if (request.method === 'HEAD') return reply.header('Content-Length', part.bytes).send()
    const body = await files.storage.get(keyOf(token, name), range ?? undefined)
    if (!body) throw nothingHere()
    // Whoever asked may be gone by now, or go before the end.
    reply.raw.once('close', () => body.destroy())
    if (reply.raw.destroyed) body.destroy()
    return sendPart(reply, part, range).send(body)
  })
}

function headersOf({ type, name, filename }: Part, token: string): Record<string, string> {
  const isPicture = type.startsWith('image/')
  const saved = encodeURIComponent(filename ?? name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)
  return {
    'Content-Type': type,
    'Content-Disposition': isPicture ? 'inline' : `attachment; filename*=UTF-8''${saved}`,
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Accept-Ranges': 'bytes',
    ETag: `"${token}"`,
    // Private, and for a day: what is taken down must not live on in shared caches.
    'Cache-Control': 'private, max-age=86400',
  }
}

type Range = { first: number; last: number }

function sendPart(reply: FastifyReply, { bytes }: Part, range: Range | null): FastifyReply {
  if (!range) return reply.header('Content-Length', bytes)
  return reply.code(206).headers({
    'Content-Range': `bytes ${range.first}-${range.last}/${bytes}`,
    'Content-Length': range.last - range.first + 1,
  })
}

/** One range of bytes; null for the whole file, also if several are asked for; 'none' if it lies outside. */
function readRange(header: string | undefined, bytes: number): Range | 'none' | null {
  const asked = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '')
  if (!asked || (!asked[1] && !asked[2])) return null
  const [first, last] = asked[1]
    ? [Number(asked[1]), Math.min(asked[2] ? Number(asked[2]) : bytes - 1, bytes - 1)]
    : [Math.max(0, bytes - Number(asked[2])), bytes - 1]
  return first <= last ? { first, last } : 'none'
}
