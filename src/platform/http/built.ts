import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyReply, FastifyRequest } from 'fastify'
import Negotiator from 'negotiator'
import { notFound } from '../errors.ts'
import type { Server } from './server.ts'

/** An application built for browsers. Paths are relative to the address it is served at. */
export type Built = {
  build: string
  script: string
  styles: string[]
  /** Other files the first page needs, so that browsers ask for all of them at once. */
  preloads: string[]
}

const types: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  woff2: 'font/woff2',
}

/** How often to look for a newer build, in ms. */
const fresh = 1_000

/**
 * Returns the build that `current.json` of a folder names; null while there is none. A newer build is found when it
 * comes.
 */
export function watchBuilt(folder: string): () => Promise<Built | null> {
  const file = join(folder, 'current.json')
  let known: { at: number; changed: number; built: Promise<Built | null> } | null = null
  return async () => {
    const now = performance.now()
    if (known && now - known.at < fresh) return known.built
    const changed = (await stat(file).catch(() => null))?.mtimeMs ?? 0
    if (known?.changed !== changed) {
      const built = changed
        ? readFile(file, 'utf8').then(
            (text) => JSON.parse(text) as Built,
            () => null,
          )
        : null
      known = { at: now, changed, built: Promise.resolve(built) }
    } else known.at = now
    return known.built
  }
}

/** Compressed forms that a file may have beside it, smallest first. */
const packed = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

/**
 * Serves the files of every build that is still in a folder: a page opened before a newer build goes on with its own.
 * The content of an address never changes, so browsers keep it.
 */
export function serveBuilt({ app, rates }: Server, path: string, folder: string): void {
  const count = rates.of({ name: 'web', perMinute: 6_000 })
  app.get(`${path}*`, { config: { always: true } }, async (request, reply) => {
    const tooMany = await count(request, reply)
    if (tooMany) throw tooMany
    const name = (request.params as { '*': string })['*']
    const type = types[/\.([a-z0-9]+)$/.exec(name)?.[1] ?? '']
    // File names are ours: letters, digits, and never two dots.
    if (!type || !/^[\w-]+\/[\w-]+(?:[./@][\w-]+)*$/.test(name)) throw notFound('There is no such file.')
    return sendFile(request, reply, join(folder, name), type)
  })
}

async function sendFile(request: FastifyRequest, reply: FastifyReply, file: string, type: string) {
  const takes = new Negotiator(request.raw).encodings()
  for (const [encoding, ending] of [...packed.filter(([each]) => takes.includes(each)), [null, ''] as const]) {
    const body = await readFile(`${file}${ending}`).catch(() => null)
    if (!body) continue
    reply.headers({
      'Content-Type': type,
      'Cache-Control': 'public, max-age=31536000, immutable',
      Vary: 'Accept-Encoding, Origin',
      ...(encoding && { 'Content-Encoding': encoding }),
    })
    return reply.send(body)
  }
  throw notFound('There is no such file.')
}
