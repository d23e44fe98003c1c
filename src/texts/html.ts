import { createRequire } from 'node:module'
import type * as htmlparser2 from 'htmlparser2'
import type sanitizeHtml from 'sanitize-html'
import { cutApart, graphemesOf } from '../platform/text.ts'
import { escapeMarkup, escaping } from './escape.ts'
import { keepStrayBrackets } from './tags.ts'

// Loaded with the first text: a server that only reads does without, and that is 12 MB.
const require = createRequire(import.meta.url)
const loaded =
  <T>(name: string, kept?: T) =>
  (): T => {
    kept ??= require(name) as T
    return kept
  }
const sanitizer = loaded<typeof sanitizeHtml>('sanitize-html')
const parser = loaded<typeof htmlparser2>('htmlparser2')

/** The longest text that is taken, in characters as `length` counts them. Who calls refuses what is longer. */
export const maxHtml = 100_000

/**
 * Letters that are taken apart to be searched become up to eleven times as long; of a text that is too long then, in
 * bytes, the beginning can be found.
 */
const maxSearched = 700_000

/** How many characters of a text its summary shows: as many as in the recorded answers of the documented server. */
export const summaryLength = 180

/** A member as a client named them in a text, and the words to show if there is no such member. */
export type Mention = { id: number | null; extId: string | null; words: string }

/** A text that has been cleaned, with a gap wherever a member is mentioned. */
export type ReadHtml = {
  mentions: Mention[]
  /** The names behind `#`, of those that the client marked as hashtags. */
  hashtags: string[]
  html: (string | Mention)[]
  text: (string | Mention)[]
}

/** A member who was found. */
export type Mentioned = { id: number; ext_id: string | null; username: string }

export type WrittenHtml = {
  html: string
  /** All there is to read, a line for every paragraph. */
  text: string
  /** As much of it as can be searched. */
  words: string
  /** The beginning of it with its characters escaped: clients insert it as HTML. */
  summary: string
  /** The ids of those mentioned, each once. */
  mentioned: number[]
}

/**
 * Cleans a text that a client sent. The members it mentions are looked up next, all at once, for `writeHtml`.
 *
 * What is kept is what the official editor makes: paragraphs, headings, quotes, lists, rules, bold and the like, links,
 * images, mentions, hashtags. Of anything else the words are kept, where it has words. A text without any tag is read as
 * lines, each of which becomes a paragraph, as it does in the editor; and what cannot be a tag is text. Entities are decoded there too: clients that have
 * no editor tend to escape what they send.
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

/** Of a text whose tags are open within each other deeper than anybody means: parsers look through all of those. */
export class TooDeep extends Error {}
const deepestSent = 1_000

/**
 * Writes a text that was read, with the members who were found. Whoever was not stays as plain words.
 *
 * A mention is written as the editor writes it. To make a link of it the official client looks for ` id="..."` and for
 * `@name` right behind the tag. It reads no `ext-id`, in whatever spelling: that is for other clients, under the name
 * the editor gives it, and of members who have none it is left out, where the editor says "null".
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
    // An editor that was opened and left sends an empty paragraph: nothing to see is nothing at all.
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
/** The tags that words are formatted by, each with the one it is written as. */
const formats: Record<string, string> = {
  ...{ a: 'a', b: 'strong', strong: 'strong', i: 'em', em: 'em', u: 'u', ins: 'u', s: 's', strike: 's', del: 's' },
  ...{ code: 'code', sub: 'sub', sup: 'sup' },
}
/** These are not kept, but the words before, in and behind them must not run together. */
const dividers = [
  ...all('address article aside body center dd details dialog div dl dt fieldset figcaption figure footer form header'),
  ...all('legend main nav pre section summary table td th tr'),
]
const blocks = new Set([...containers, ...paragraphs, ...dividers])
const voids = all('br hr img')

/** The editor writes the first and reads the second; the others are seen in what it has not written. */
const extIds = all('ext-id ext_id extid data-ext-id')

/** The guard. Nothing passes but these tags and attributes, and no address of another scheme, however it is spelled. */
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
  // What is in these is not meant to be read, or a browser reads it as something else than it looks like.
  nonTextTags: [
    ...all('audio canvas head iframe math noembed noframes noscript object option plaintext script select style svg'),
    ...all('template textarea title video xmp'),
  ],
  nestingLimit: 100,
}

/** Lists and quotes are nested this deep; those within are flattened. */
const deepest = 12
/** Bold around a thousand paragraphs is written a thousand times, but all of that is not longer than this. */
const longestRepetition = maxHtml
const longestAddress = 2_000
/** Whoever is mentioned behind so many others stays as plain words. */
const maxMentions = 100

type Tag = { name: string; start: string; written: boolean; item?: Tag }
type Attributes = Record<string, string | undefined>

/**
 * Writes clean HTML in the one form that parsing and serialising gives back unchanged: words are in a paragraph, a
 * heading, an item or a quote, items are in lists, paragraphs hold no blocks, links no links, and no tag is opened for
 * nothing. So a browser repairs nothing, cleaning twice is cleaning once, and the editor, which drops bare words as it
 * loads a text, keeps them all.
 *
 * Nothing is written when a tag begins, only when there is something to put in it: `write` compares the tags that ought
 * to be around with those that are open, closes and opens what differs, and so it does not matter how what was sent was
 * nested.
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
  /** The item or quote that was written to last, if without a paragraph; and whether a block has ended in it since. */
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

  /** Where the next words belong: in which lists and quotes, in which paragraph, formatted how. */
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
    // The client makes it a link of its own.
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

/** The same with all that stands between two mentions as one: it may be sent to another thread. */
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
  // A link that leads nowhere is words.
  if (name === 'a') return { name: '', start: '', written: false }
  const direction = /^(ltr|rtl|auto)$/.test(dir) ? dir : null
  const number = name === 'ol' ? attribute('start', counted(start)) : attribute('value', counted(value))
  const written = formats[name] ?? name
  return { name: written, start: `<${written}${attribute('dir', direction)}${number}>`, written: false }
}

const counted = (sent: string) => (/^\d{1,6}$/.test(sent) ? String(Number(sent)) : null)

/** Positive, and few enough digits for a number to hold. */
const idOf = (sent = '') => (/^\d{1,15}$/.test(sent) && Number(sent)) || null

/** Clients that have none say "null" or "undefined", having made a word of it. */
function extIdOf(attributes: Attributes): string | null {
  const sent = extIds.map((name) => printable(attributes[name] ?? '').trim())
  return sent.find((id) => id && id.length <= 255 && id !== 'null' && id !== 'undefined') ?? null
}

/** An address in the one spelling that every reader understands alike, or nothing if it cannot be one. */
function addressOf(sent = ''): string {
  const url = URL.parse(sent)
  return url && /^(https?|mailto):$/.test(url.protocol) && url.href.length <= longestAddress ? url.href : ''
}

/** A run of empty lines is one empty paragraph. */
function paragraphsOf(text: string): string {
  const lines = text.trim().split('\n')
  const trimmed = lines.map((line) => line.trim())
  const kept = trimmed.filter((line, i) => line || trimmed[i - 1])
  return kept.map((line) => `<p>${line || '<br>'}</p>`).join('')
}

/** The documented server ends what it cut like this, and escapes before it inserts: both kinds of quotes too. */
function summarise(text: string): string {
  const line = text.replaceAll('\n', ' ')
  let end = 0
  for (let n = 0; n < summaryLength && end < line.length; n++)
    end += String.fromCodePoint(line.codePointAt(end) ?? 0).length
  if (end === line.length) return escapeMarkup(line)
  // Not within what is read as one character, unless it is longer than a summary.
  const boundary = graphemesOf(line.slice(0, end + 2)).containing(end)?.index
  return `${escapeMarkup(line.slice(0, boundary || end).trimEnd())} ...`
}

// As browsers serialise.
const escapeText = escaping(/[&<>\u00a0]/g)
const escapeAttribute = escaping(/[&<>"\u00a0]/g)
const attribute = (name: string, value: string | null) => (value === null ? '' : ` ${name}="${escapeAttribute(value)}"`)

/** PostgreSQL takes no NUL, and nobody reads the others. */
const printable = (text: string) => text.replace(/[^\P{Cc}\t\n\f]/gu, '')
