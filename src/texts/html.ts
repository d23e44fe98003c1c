import { createRequire } from 'node:module'
import type * as htmlparser2 from 'htmlparser2'
import type sanitizeHtml from 'sanitize-html'
import { cutApart, graphemesOf } from '../platform/text.ts'
import { escapeMarkup, escaping } from './escape.ts'
import { keepStrayBrackets } from './tags.ts'

// Loaded with the first text: a server that only reads does without its 12 MB.
const require = createRequire(import.meta.url)
const loaded =
  <T>(name: string, kept?: T) =>
  (): T => {
    kept ??= require(name) as T
    return kept
  }
const sanitizer = loaded<typeof sanitizeHtml>('sanitize-html')
const parser = loaded<typeof htmlparser2>('htmlparser2')

/** The longest text that is accepted, in units of `length`. The caller refuses longer ones. */
export const maxHtml = 100_000

/**
 * Letters that are decomposed for the search become up to eleven times as long. If a text exceeds this size in bytes,
 * only its beginning can be found.
 */
const maxSearched = 700_000

/** How many characters of a text its summary shows: as many as in the recorded answers of the documented server. */
export const summaryLength = 180

/** A member as a client named them in a text, and the words to show if there is no such member. */
export type Mention = { id: number | null; extId: string | null; words: string }

/** A cleaned text: pieces of HTML, and a mention between them for each member mentioned. */
export type ReadHtml = {
  mentions: Mention[]
  /** The names behind `#`, for those that the client marked as hashtags. */
  hashtags: string[]
  html: (string | Mention)[]
  text: (string | Mention)[]
}

/** A member who was found. */
export type Mentioned = { id: number; ext_id: string | null; username: string }

export type WrittenHtml = {
  html: string
  /** All of its text, one line per paragraph. */
  text: string
  /** The part of it that can be searched. */
  words: string
  /** Its beginning, with characters escaped: clients insert it as HTML. */
  summary: string
  /** The ids of the members mentioned, each once. */
  mentioned: number[]
}

/**
 * Cleans a text that a client sent. The caller then looks up all members it mentions, for `writeHtml`.
 *
 * It keeps what the official editor makes: paragraphs, headings, quotes, lists, rules, bold and the like, links,
 * images, mentions, hashtags. Of anything else it keeps the words, if there are any. A text without any tag is read
 * as lines, each of which becomes a paragraph, as in the editor; whatever cannot be a tag is text. Entities are
 * decoded there too: clients without an editor tend to escape what they send.
 */
export function readHtml(sent: string): ReadHtml {
  const text = printable(sent.toWellFormed().replace(/\r\n?/g, '\n'))
  let depth = 0
  const options: sanitizeHtml.IOptions = {
    ...cleaning,
    onOpenTag() {
      if (++depth > deepestSent) throw new TooDeep()
    },
    onCloseTag() {
      depth--
    },
  }
  const { html, tagged } = keepStrayBrackets(text)
  return shape(sanitizer()(tagged ? html : paragraphsOf(html), options))
}

/** The tags of a text are nested deeper than anybody means: parsers search through all open tags. */
export class TooDeep extends Error {}
const deepestSent = 1_000

/**
 * Writes a text that was read, with the members who were found. Others stay as plain words.
 *
 * A mention is written as the editor writes it. To make a link of it, the official client looks for ` id="..."` and
 * for `@name` right behind the tag. It does not read `ext-id`, in whatever spelling: that is for other clients, under
 * the name the editor uses, and is left out for members who have none, where the editor says "null".
 */
export function writeHtml(read: ReadHtml, members: Mentioned[]): WrittenHtml {
  const byId = new Map(members.map((member) => [member.id, member]))
  const byExtId = new Map(members.map((member) => [member.ext_id, member]))
  const find = ({ id, extId }: Mention) =>
    (id !== null && byId.get(id)) || (extId !== null && byExtId.get(extId)) || undefined

  const html = read.html.map((piece) => {
    if (typeof piece === 'string') return piece
    const member = find(piece)
    return member
      ? `<mention id="${member.id}"${attribute('ext-id', member.ext_id)}>@${escapeText(member.username)}</mention>`
      : escapeText(piece.words)
  })
  const text = read.text.map((piece) => {
    if (typeof piece === 'string') return piece
    const member = find(piece)
    return member ? `@${member.username}` : piece.words
  })
  const plain = text
    .join('')
    .replace(/[^\S\n]+/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .join('\n')
  return {
    // An editor that was opened and left sends an empty paragraph: a text with nothing to see is empty.
    html: plain || read.html.some((piece) => typeof piece === 'string' && piece.includes('<img ')) ? html.join('') : '',
    text: plain,
    words: cutApart(plain, maxSearched),
    summary: summarise(plain),
    mentioned: [...new Set(read.mentions.flatMap((mention) => find(mention)?.id ?? []))],
  }
}

const all = (names: string) => names.split(' ')
const containers = all('blockquote li ol ul')
const paragraphs = all('h1 h2 h3 h4 h5 h6 p')
/** The tags that format words, each with the tag it is written as. */
const formats: Record<string, string> = {
  ...{ a: 'a', b: 'strong', strong: 'strong', i: 'em', em: 'em', u: 'u', ins: 'u', s: 's', strike: 's', del: 's' },
  ...{ code: 'code', sub: 'sub', sup: 'sup' },
}
/** These tags are dropped, but the words before, in and behind them must not run together. */
const dividers = [
  ...all('address article aside body center dd details dialog div dl dt fieldset figcaption figure footer form header'),
  ...all('legend main nav pre section summary table td th tr'),
]
const blocks = new Set([...containers, ...paragraphs, ...dividers])
const voids = all('br hr img')

/** The editor writes the first and reads the second; the others occur in texts of other origin. */
const extIds = all('ext-id ext_id extid data-ext-id')

/** The guard: only these tags and attributes pass, and only these schemes of addresses, however they are spelled. */
const cleaning: sanitizeHtml.IOptions = {
  allowedTags: [...blocks, ...voids, ...Object.keys(formats), 'mention', 'hashtag'],
  allowedAttributes: {
    ...Object.fromEntries([...containers, ...paragraphs].map((name) => [name, ['dir']])),
    ol: ['dir', 'start'],
    li: ['dir', 'value'],
    a: ['href', 'target'],
    img: ['src', 'alt'],
    mention: ['id', 'data-id', ...extIds],
    hashtag: ['id'],
  },
  allowedSchemes: [],
  allowedSchemesByTag: { a: ['http', 'https', 'mailto'], img: ['http', 'https'] },
  allowProtocolRelative: false,
  // The content of these is not meant to be read, or browsers read it as something else than it looks like.
  nonTextTags: [
    ...all('audio canvas head iframe math noembed noframes noscript object option plaintext script select style svg'),
    ...all('template textarea title video xmp'),
  ],
  nestingLimit: 100,
}

/** Lists and quotes may be nested this deep; deeper ones are flattened. */
const deepest = 12
/**
 * Bold around a thousand paragraphs is written a thousand times; the repeated tags together may not be longer than
 * this.
 */
const longestRepetition = maxHtml
const longestAddress = 2_000
/** Further mentions stay as plain words. */
const maxMentions = 100

type Tag = { name: string; start: string; written: boolean; item?: Tag }
type Attributes = Record<string, string | undefined>

/**
 * Writes clean HTML in the one form that parsing and serialising leave unchanged: words are in a paragraph, a
 * heading, an item or a quote, items are in lists, paragraphs hold no blocks, links no links, and no tag is empty. So
 * a browser repairs nothing, cleaning twice is cleaning once, and the editor, which drops bare words when it loads a
 * text, keeps them all.
 *
 * Nothing is written when a tag begins, only when it gets content: `write` compares the tags that should be open with
 * those that are, and closes and opens the difference. So it does not matter how the input was nested.
 */
function shape(clean: string): ReadHtml {
  const html: (string | Mention)[] = []
  const text: (string | Mention)[] = []
  const mentions: Mention[] = []
  const hashtags = new Set<string>()
  /** The tags around what is read, and around what is written. */
  const around: Tag[] = []
  const open: Tag[] = []
  /** The paragraph around words that have none. */
  const bare = tagOf('p')
  /** The mention or hashtag that is being read. */
  let held: { name: string; attributes: Attributes; words: string; depth: number } | null = null
  /** Whether something was written since a block began or ended. */
  let running = false
  /** The item or quote that was last written to without a paragraph; and whether a block has ended in it since. */
  let direct: Tag | undefined
  let ended = false
  /** How much was written because tags were opened again. */
  let repeated = 0

  const goTo = (path: Tag[]) => {
    let same = 0
    while (same < path.length && path[same] === open[same]) same++
    for (const tag of open.splice(same).reverse()) html.push(`</${tag.name}>`)
    for (const tag of path.slice(same)) {
      html.push(tag.start)
      open.push(tag)
      if (tag.written) repeated += tag.start.length
      tag.written = true
    }
  }

  /** Where the next words belong: in which lists and quotes, in which paragraph, with which format. */
  const placeNow = (mayLink: boolean) => {
    const path: Tag[] = []
    const format: Tag[] = []
    let paragraph: Tag | undefined
    const list = () => (path.at(-1)?.name === 'ul' || path.at(-1)?.name === 'ol' ? path.at(-1) : undefined)
    const itemOf = (of: Tag) => (of.item ??= tagOf('li'))
    for (const tag of around) {
      if (paragraphs.includes(tag.name)) paragraph = tag
      else if (containers.includes(tag.name)) {
        const into = list()
        const isItem = tag.name === 'li'
        if (isItem ? !into : path.length + (into ? 2 : 1) > deepest) continue
        if (into && !isItem) path.push(itemOf(into))
        path.push(tag)
        paragraph = undefined
      } else if (tag.name in formats && !format.some(({ name }) => name === tag.name)) {
        const fits = !tag.written || repeated < longestRepetition || open.includes(tag)
        if (fits && (mayLink || tag.name !== 'a')) format.push(tag)
      }
    }
    const into = list()
    if (into) path.push(itemOf(into))
    return { path, paragraph, format }
  }

  const write = (piece: string | Mention, { mayLink = true, mayStandAlone = false } = {}) => {
    const { path, paragraph, format } = placeNow(mayLink)
    const place = path.at(-1)
    if (paragraph) path.push(paragraph)
    else if (place) {
      if (place === direct && ended) html.push('<br>')
    } else if (!mayStandAlone || format.length || open.at(-1) === bare) path.push(bare)
    goTo([...path, ...format])
    html.push(piece)
    direct = paragraph ? undefined : place
    ended = false
    running = open.length > 0
  }

  const divide = () => {
    goTo(open.slice(0, open.findLastIndex(({ name }) => containers.includes(name)) + 1))
    text.push('\n')
    running = false
    ended = true
  }

  const writeHeld = ({ name, attributes, words: sent }: NonNullable<typeof held>) => {
    const words = sent.replace(/\s+/g, ' ').trim()
    const id = idOf(attributes.id) ?? idOf(attributes['data-id'])
    if (name === 'hashtag') {
      const topic = words.replace(/^[#\s]+/, '')
      if (!topic) return
      if (id) hashtags.add(topic)
      // As the editor writes it, and as the composer looks for it: the id is that of a category.
      write(id ? `<hashtag id="${id}">#${escapeText(topic)}</hashtag>` : escapeText(`#${topic}`))
      text.push(`#${topic}`)
      return
    }
    const extId = extIdOf(attributes)
    const mention = { id, extId, words: words || (id || extId ? `@${id ?? extId}` : '') }
    if (!mention.words) return
    if (!(id || extId) || mentions.length === maxMentions) {
      write(escapeText(mention.words))
      text.push(mention.words)
      return
    }
    mentions.push(mention)
    // The client makes its own link of it.
    write(mention, { mayLink: false })
    text.push(mention)
  }

  const { Parser } = parser()
  new Parser({
    onopentag(name, attributes) {
      if (held) held.depth++
      else if (name === 'mention' || name === 'hashtag') held = { name, attributes, words: '', depth: 0 }
      else if (name === 'br') {
        write('<br>')
        text.push('\n')
      } else if (name === 'hr') {
        divide()
        goTo(placeNow(false).path)
        html.push('<hr>')
        direct = undefined
      } else if (name === 'img') {
        const src = addressOf(attributes.src)
        const alt = attributes.alt === 'null' ? '' : printable(attributes.alt ?? '')
        // The editor puts images between paragraphs.
        if (src) write(`<img src="${escapeAttribute(src)}" alt="${escapeAttribute(alt)}">`, { mayStandAlone: true })
      } else {
        if (blocks.has(name)) divide()
        around.push(tagOf(name, attributes))
      }
    },
    ontext(sent) {
      const words = printable(sent)
      if (held) held.words += words
      else if (running || /[^ \t\n\f]/.test(words)) {
        write(escapeText(words))
        text.push(words.replace(/\s/g, ' '))
      }
    },
    onclosetag(name) {
      if (held) {
        if (held.depth--) return
        const whole = held
        held = null
        writeHeld(whole)
      } else if (!voids.includes(name)) {
        around.pop()
        if (blocks.has(name)) divide()
      }
    },
  }).end(clean)
  goTo([])
  return { mentions, hashtags: [...hashtags], html: joined(html), text: joined(text) }
}

/** Joins everything between two mentions into one piece, so that it can be sent to another thread. */
function joined(pieces: (string | Mention)[]): (string | Mention)[] {
  const whole: (string | Mention)[] = []
  let start = 0
  for (let end = 0; end <= pieces.length; end++) {
    const piece = pieces[end]
    if (typeof piece === 'string') continue
    if (end > start) whole.push(pieces.slice(start, end).join(''))
    if (piece) whole.push(piece)
    start = end + 1
  }
  return whole
}

function tagOf(name: string, { dir = '', start = '', value = '', href, target }: Attributes = {}): Tag {
  const link = name === 'a' && addressOf(href)
  if (link) {
    const blank = target === '_blank' ? ' target="_blank"' : ''
    const start = `<a href="${escapeAttribute(link)}"${blank} rel="noopener noreferrer nofollow">`
    return { name, start, written: false }
  }
  // A link without address becomes words.
  if (name === 'a') return { name: '', start: '', written: false }
  const direction = /^(ltr|rtl|auto)$/.test(dir) ? dir : null
  const number = name === 'ol' ? attribute('start', counted(start)) : attribute('value', counted(value))
  const written = formats[name] ?? name
  return { name: written, start: `<${written}${attribute('dir', direction)}${number}>`, written: false }
}

const counted = (sent: string) => (/^\d{1,6}$/.test(sent) ? String(Number(sent)) : null)

/** A positive id with few enough digits for a number. */
const idOf = (sent = '') => (/^\d{1,15}$/.test(sent) && Number(sent)) || null

/** Some clients write "null" or "undefined" for a missing id. */
function extIdOf(attributes: Attributes): string | null {
  const sent = extIds.map((name) => printable(attributes[name] ?? '').trim())
  return sent.find((id) => id && id.length <= 255 && id !== 'null' && id !== 'undefined') ?? null
}

/** The canonical spelling of an address, which every reader understands alike; empty if it is no address. */
function addressOf(sent = ''): string {
  const url = URL.parse(sent)
  return url && /^(https?|mailto):$/.test(url.protocol) && url.href.length <= longestAddress ? url.href : ''
}

/** Makes one empty paragraph of several empty lines. */
function paragraphsOf(text: string): string {
  const lines = text.trim().split('\n')
  const trimmed = lines.map((line) => line.trim())
  const kept = trimmed.filter((line, i) => line || trimmed[i - 1])
  return kept.map((line) => `<p>${line || '<br>'}</p>`).join('')
}

/**
 * The documented server ends a cut text like this. Clients insert summaries as HTML, so both kinds of quotes are
 * escaped.
 */
function summarise(text: string): string {
  const line = text.replaceAll('\n', ' ')
  let end = 0
  for (let n = 0; n < summaryLength && end < line.length; n++)
    end += String.fromCodePoint(line.codePointAt(end) ?? 0).length
  if (end === line.length) return escapeMarkup(line)
  // Never cut within what is read as one character, unless it is longer than a summary.
  const boundary = graphemesOf(line.slice(0, end + 2)).containing(end)?.index
  return `${escapeMarkup(line.slice(0, boundary || end).trimEnd())} ...`
}

// As browsers serialise.
const escapeText = escaping(/[&<>\u00a0]/g)
const escapeAttribute = escaping(/[&<>"\u00a0]/g)
const attribute = (name: string, value: string | null) => (value === null ? '' : ` ${name}="${escapeAttribute(value)}"`)

/** PostgreSQL stores no NUL, and nobody reads the others. */
const printable = (text: string) => text.replace(/[^\P{Cc}\t\n\f]/gu, '')
