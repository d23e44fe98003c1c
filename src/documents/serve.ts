import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { html } from '../pages/html.ts'
import type { Server } from '../platform/http/server.ts'
import { indexParts } from './find.ts'
import { type Document, listDocuments, root, type Site } from './list.ts'
import { documentPage, policy, sitePage, style } from './page.ts'
import { type Rendered, render } from './render.ts'

type Kept = { body: string; etag: string }

const keep = (body: string): Kept => ({
  body,
  etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
})

/**
 * Serves Kith's documents at `/docs`, as pages and as Markdown. A page is rendered on its first request, and cached.
 * They can be searched without scripts and without anybody else.
 */
export function serveDocuments({ app, nothingAt }: Server): void {
  let site: Site | undefined
  const rendered = new Map<string, Promise<Rendered>>()
  const pages = new Map<string, Kept>()
  const documents = () => {
    site ??= listDocuments()
    return site
  }

  function read(document: Document): Promise<Rendered> {
    const known = rendered.get(document.file)
    if (known) return known
    const made = readFile(join(root, document.file), 'utf8').then((text) => render(text, document.file, documents()))
    rendered.set(document.file, made)
    // What could not be read is tried again.
    made.catch(() => rendered.delete(document.file))
    return made
  }

  function send(request: FastifyRequest, reply: FastifyReply, { body, etag }: Kept, type: string) {
    reply.headers({ 'Content-Security-Policy': policy, 'Cache-Control': 'public, max-age=300', ETag: etag })
    if (request.headers['if-none-match'] === etag) return reply.code(304).send()
    return reply.type(`${type}; charset=utf-8`).send(body)
  }

  async function show(request: FastifyRequest, reply: FastifyReply, at: string) {
    const document = documents().byAddress.get(at)
    if (!document) throw nothingAt(request)
    const page = pages.get(at) ?? keep(documentPage(documents(), document, await read(document)))
    pages.set(at, page)
    return send(request, reply, page, 'text/html')
  }

  async function showSource(request: FastifyRequest, reply: FastifyReply, file: string) {
    const { byFile, sources } = documents()
    if (!byFile.has(file) && !sources.has(file)) throw nothingAt(request)
    const known = pages.get(file) ?? keep(await readFile(join(root, file), 'utf8'))
    pages.set(file, known)
    return send(request, reply, known, file.endsWith('.md') ? 'text/markdown' : 'text/plain')
  }

  type Search = Awaited<ReturnType<typeof indexParts>>
  let searching: Promise<Search> | null = null
  async function makeIndex(): Promise<Search> {
    const parts: [Document, Rendered['parts']][] = []
    for (const document of documents().byFile.values()) {
      parts.push([document, (await read(document)).parts])
      // Other requests are answered in between.
      await new Promise((resolve) => setImmediate(resolve))
    }
    return indexParts(parts)
  }

  async function find(asked: string): Promise<string> {
    searching ??= makeIndex().catch((error) => {
      searching = null
      throw error
    })
    const found = asked ? (await searching)(asked) : []
    const said = found.length
      ? html`<ul class="found">${found.map(
          ({ at, page, title, excerpt }) =>
            html`<li><a href="${at}">${title}</a>${title !== page && html` <small>${page}</small>`}<p>${{ html: excerpt }}</p></li>\n`,
        )}</ul>`
      : html`<p>${asked ? 'Nothing is found. Try fewer words, or another one.' : 'Write a word or two above.'}</p>`
    return sitePage(documents(), {
      title: 'Search',
      current: '/docs/search',
      asked,
      main: html`<h1>Search</h1>${said}`,
    })
  }

  app.get('/docs', (request, reply) => show(request, reply, '/docs'))
  app.get('/docs/style.css', async (request, reply) => send(request, reply, keep(style), 'text/css'))
  app.get('/docs/search', async (request, reply) => {
    const { q } = request.query as { q?: string | string[] }
    const asked = String(Array.isArray(q) ? q[0] : (q ?? ''))
    return send(request, reply, keep(await find(asked.trim().slice(0, 100))), 'text/html')
  })
  app.get('/docs/source/*', (request, reply) => showSource(request, reply, (request.params as { '*': string })['*']))
  app.get('/docs/:page', (request, reply) => {
    const { page } = request.params as { page: string }
    // As in the repository: docs/webhooks.md is also /docs/webhooks.md.
    const { byFile, byAddress } = documents()
    const file = page.endsWith('.md')
      ? (byFile.get(`docs/${page}`) ?? byAddress.get(`/docs/${page.slice(0, -3)}`))?.file
      : null
    return file ? showSource(request, reply, file) : show(request, reply, `/docs/${page}`)
  })
  app.get('/docs/decisions/:page', (request, reply) =>
    show(request, reply, `/docs/decisions/${(request.params as { page: string }).page}`),
  )
}
