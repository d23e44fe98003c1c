import { createRequire } from 'node:module'
import type * as htmlparser2 from 'htmlparser2'
import type { Kith } from '../context.ts'
import type { Fetched } from '../files/fetch.ts'
import { type Part, type Put, pathOf, putPictures } from '../files/keep.ts'

/** For a whole preview, in ms: a client waits ten seconds. */
const patience = 6_000
/** Bytes that are read of a page, of its description, and of its picture. */
const most = { page: 512 * 1024, described: 64 * 1024, picture: 5 * 1024 * 1024 }

/** What a page says of itself, and its picture in our storage. */
export type Preview = {
  title: string
  description: string
  url: string
  type: string
  site_name: string
  picture: Put | null
}

const require = createRequire(import.meta.url)
let parser: typeof htmlparser2 | undefined

/** The head of a page: meta elements by name, its title, and the address of its oEmbed description. */
export type Head = { meta: Map<string, string>; title: string; described: string | null }

/** Reads the head of a page, and nothing behind it. */
export function readHead(html: string): Head {
  parser ??= require('htmlparser2') as typeof htmlparser2
  const head: Head = { meta: new Map(), title: '', described: null }
  let inTitle = false
  let over = false
  const reading = new parser.Parser({
    onopentag(name, attributes) {
      if (over) return
      if (name === 'body') over = true
      else if (name === 'title') inTitle = true
      else if (name === 'meta') {
        const key = (attributes.property ?? attributes.name ?? '').toLowerCase()
        if (key && attributes.content && !head.meta.has(key) && head.meta.size < 200)
          head.meta.set(key, attributes.content)
      } else if (name === 'link' && attributes.type === 'application/json+oembed')
        head.described ??= attributes.href ?? null
    },
    ontext(text) {
      if (inTitle && !over && head.title.length < 1_000) head.title += text
    },
    onclosetag(name) {
      if (name === 'title') inTitle = false
      if (name === 'head') over = true
    },
  })
  for (let at = 0; at < html.length && !over; at += 16_384) reading.write(html.slice(at, at + 16_384))
  return head
}

/** A line of a stranger's text: no markup, no control characters, none that turns the direction of writing. */
export const lineOf = (text: unknown, longest: number): string =>
  typeof text !== 'string'
    ? ''
    : text
        .slice(0, longest * 4)
        .replace(/\s+/g, ' ')
        .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '')
        .trim()
        .slice(0, longest)
        .toWellFormed()

function decode({ body, charset }: Fetched): string {
  const named =
    charset || /charset\s*=\s*["']?([\w-]+)/i.exec(body.subarray(0, 2_048).toString('latin1'))?.[1] || 'utf-8'
  try {
    return new TextDecoder(named).decode(body)
  } catch {
    return body.toString('utf8')
  }
}

const isWeb = (url: URL | null): url is URL => url?.protocol === 'http:' || url?.protocol === 'https:'

/**
 * The preview of a link: Open Graph, else oEmbed, else its title; and its picture, copied here, so that its server
 * does not learn who looks at it. A page that cannot be had, and one that may not be fetched, have the same empty
 * preview.
 */
export async function previewOf(kith: Kith, owner: number, link: string): Promise<Preview> {
  const preview: Preview = { title: '', description: '', url: link, type: 'website', site_name: '', picture: null }
  const signal = AbortSignal.timeout(patience)
  try {
    const page = await kith.files.fetch(link, {
      accept: 'text/html,*/*;q=0.5',
      bytes: most.page,
      beginning: true,
      signal,
    })
    if (page.type.startsWith('image/')) {
      preview.type = 'photo'
      preview.picture = await bring(kith, owner, link, signal)
    } else if (page.type === 'text/html' || page.type === 'application/xhtml+xml') {
      await describe(preview, kith, owner, page, signal)
    }
  } catch {
    // What was found so far is all there is.
  }
  preview.title ||= new URL(link).hostname
  return preview
}

async function describe(
  preview: Preview,
  kith: Kith,
  owner: number,
  page: Fetched,
  signal: AbortSignal,
): Promise<void> {
  const { meta, title, described } = readHead(decode(page))
  const said = (...names: string[]) => names.map((name) => meta.get(name)).find(Boolean)
  preview.title = lineOf(said('og:title', 'twitter:title') ?? title, 300)
  preview.description = lineOf(said('og:description', 'twitter:description', 'description'), 1_000)
  preview.type = lineOf(said('og:type'), 50) || 'website'
  preview.site_name = lineOf(said('og:site_name'), 100)
  let image = said('og:image:secure_url', 'og:image', 'og:image:url', 'twitter:image', 'twitter:image:src')
  if (described && (!preview.title || !image)) {
    const address = URL.parse(described, page.url.href)
    const more: Record<string, unknown> = isWeb(address)
      ? await readDescription(kith, address.href, signal).catch(() => ({}))
      : {}
    preview.title ||= lineOf(more.title, 300)
    preview.site_name ||= lineOf(more.provider_name, 100)
    if (typeof more.thumbnail_url === 'string') image ??= more.thumbnail_url
  }
  const address = image ? URL.parse(image, page.url.href) : null
  if (isWeb(address)) preview.picture = await bring(kith, owner, address.href, signal)
}

/** The oEmbed description of a page. Its HTML is a stranger's, and is not used. */
async function readDescription(kith: Kith, url: string, signal: AbortSignal): Promise<Record<string, unknown>> {
  const { body } = await kith.files.fetch(url, { accept: 'application/json', bytes: most.described, signal })
  const read: unknown = JSON.parse(body.toString('utf8'))
  return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : {}
}

async function bring(kith: Kith, owner: number, url: string, signal: AbortSignal): Promise<Put | null> {
  try {
    const { body } = await kith.files.fetch(url, { accept: 'image/*', bytes: most.picture, signal })
    return await putPictures(kith, { owner }, 'image', body, [
      { name: 'preview', width: 1_200, height: 1_200, fit: 'inside' },
    ])
  } catch {
    return null
  }
}

/** The picture of a preview as clients read it. */
export const imagesOf = (put: Put | null): { url: string; width?: number; height?: number }[] =>
  (put?.parts ?? []).map((part: Part) => ({ url: pathOf(put as Put, part), width: part.width, height: part.height }))
