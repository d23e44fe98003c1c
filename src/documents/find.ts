import MiniSearch from 'minisearch'
import { escapeMarkup } from '../texts/escape.ts'
import type { Document } from './list.ts'
import type { Part } from './render.ts'

type Entry = Part & { id: number; page: string; at: string }

export type Found = { at: string; page: string; title: string; excerpt: string }

/** How many characters of a part are shown around a match. */
const around = 90

/** An index of all parts of all documents. It is built in small steps, so that only the first caller waits. */
export async function indexParts(documents: Iterable<[Document, Part[]]>) {
  const entries: Entry[] = []
  for (const [document, parts] of documents)
    for (const { anchor, title, text } of parts)
      entries.push({
        ...{ id: entries.length, page: document.title, title: title || document.title, text, anchor },
        at: anchor ? `${document.at}#${anchor}` : document.at,
      })
  const index = new MiniSearch<Entry>({ fields: ['title', 'page', 'text'] })
  await index.addAllAsync(entries, { chunkSize: 20 })
  return (asked: string, most = 20): Found[] => {
    const options = {
      boost: { title: 4, page: 2 },
      prefix: (word: string) => word.length > 2,
      fuzzy: (word: string) => (word.length > 4 ? 0.2 : false),
      // Decisions say why; a reader who asks how gets the other documents first.
      boostDocument: (id: number) => (entries[id]?.at.startsWith('/docs/decisions/') ? 0.4 : 1),
    }
    // Parts with all words, else with some.
    const all = index.search(asked, { ...options, combineWith: 'AND' })
    const hits = all.length ? all : index.search(asked, options)
    return hits.slice(0, most).map(({ id, terms }) => {
      const { at, page, title, text } = entries[id] as Entry
      return { at, page, title, excerpt: excerptOf(text, terms) }
    })
  }
}

/** Some words around the first match, as HTML. */
function excerptOf(text: string, terms: string[]): string {
  const plain = text.replace(/\s+/g, ' ').trim()
  const escaped = terms.map((term) => term.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const re = new RegExp(`(${escaped.join('|')})`, 'giu')
  const first = terms.length ? Math.max(0, plain.search(re)) : 0
  const begin = first > around ? plain.indexOf(' ', first - around) + 1 : 0
  const end = Math.min(plain.length, first + 2 * around)
  const said = plain.slice(begin, end)
  const html = terms.length
    ? said
        .split(re)
        .map((piece, i) => (i % 2 ? `<mark>${escapeMarkup(piece)}</mark>` : escapeMarkup(piece)))
        .join('')
    : escapeMarkup(said)
  return `${begin ? '… ' : ''}${html}${end < plain.length ? ' …' : ''}`
}
