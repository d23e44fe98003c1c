import { posix } from 'node:path'
import { Marked, type Token, type Tokens } from 'marked'
import { escapeMarkup } from '../texts/escape.ts'
import type { Site } from './list.ts'

/** A part of a document below a heading of its own, as the search finds it. */
export type Part = { anchor: string; title: string; text: string }

export type Rendered = {
  title: string
  html: string
  headings: { depth: number; anchor: string; html: string }[]
  parts: Part[]
}

/** The anchor of a heading, as repository hosts make it, so that one link works in both. */
function anchors() {
  const seen = new Map<string, number>()
  return (text: string): string => {
    const anchor = text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-')
    const before = seen.get(anchor) ?? 0
    seen.set(anchor, before + 1)
    return before ? `${anchor}-${before}` : anchor
  }
}

/** Where a link in a document leads on the site; null for a file that is only in the repository. */
export function leadsTo(href: string, file: string, { byFile, sources }: Site): string | null {
  // Examples on the reader's own machine become links of this site.
  const here = /^http:\/\/127\.0\.0\.1:8000(\/.*)$/.exec(href)?.[1]
  if (here) return here
  if (/^(https?:|mailto:|#)/.test(href)) return href
  const [path = '', fragment] = href.split('#')
  const target = posix.join(posix.dirname(file), path).replace(/\/$/, '')
  const document = byFile.get(target) ?? byFile.get(`${target}/README.md`)
  const suffix = fragment ? `#${fragment}` : ''
  if (document) return `${document.at}${suffix}`
  const source = sources.has(target) ? target : `${target}/README.md`
  return sources.has(source) ? `/docs/source/${source}` : null
}

/** The words of some Markdown, without markup. */
const wordsOf = (tokens: Token[] | undefined): string =>
  (tokens ?? [])
    .map((token) => {
      if (token.type === 'table') {
        const { header, rows } = token as Tokens.Table
        return [header, ...rows].map((row) => row.map((cell) => wordsOf(cell.tokens)).join(' ')).join('\n')
      }
      if (token.type === 'list') return (token as Tokens.List).items.map((item) => wordsOf(item.tokens)).join('\n')
      if (token.type === 'code') return `${token.text}\n`
      const within = 'tokens' in token && token.tokens ? wordsOf(token.tokens) : 'text' in token ? token.text : ''
      return /^(paragraph|heading|blockquote)$/.test(token.type) ? `${within}\n` : within
    })
    .join('')

/** A document as HTML, with its table of contents. HTML in a document is shown as text. */
export function render(markdown: string, file: string, site: Site): Rendered {
  const anchorOf = anchors()
  const headings: Rendered['headings'] = []
  const parts: Part[] = [{ anchor: '', title: '', text: '' }]
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }) {
        const html = this.parser.parseInline(tokens)
        const anchor = anchorOf(wordsOf(tokens))
        headings.push({ depth, anchor, html: html.replace(/<\/?a\b[^>]*>/g, '') })
        const link = depth === 1 ? '' : ` <a class="anchor" href="#${anchor}" aria-hidden="true" tabindex="-1">#</a>`
        return `<h${depth} id="${anchor}">${html}${link}</h${depth}>\n`
      },
      link({ href, tokens }) {
        const to = leadsTo(href, file, site)
        const html = this.parser.parseInline(tokens)
        return to === null
          ? `<span title="In the repository">${html}</span>`
          : `<a href="${escapeMarkup(to)}">${html}</a>`
      },
      // Documents have no pictures, and these pages show none from elsewhere.
      image: ({ text }) => escapeMarkup(text),
      html: ({ text }) => escapeMarkup(text),
      table(token) {
        const cell = (tag: string) => (each: Tokens.TableCell) =>
          `<${tag}>${this.parser.parseInline(each.tokens)}</${tag}>`
        const head = token.header.some(({ text }) => text)
          ? `<thead><tr>${token.header.map(cell('th')).join('')}</tr></thead>`
          : ''
        const rows = token.rows.map((row) => `<tr>${row.map(cell('td')).join('')}</tr>`).join('\n')
        return `<div class="wide" tabindex="0" role="group" aria-label="Table">
<table>${head}<tbody>\n${rows}\n</tbody></table></div>\n`
      },
      code: ({ text }) => `<pre tabindex="0"><code>${escapeMarkup(text)}</code></pre>\n`,
    },
  })
  const tokens = marked.lexer(markdown)
  const html = marked.parser(tokens)
  let at = 0
  for (const token of tokens) {
    if (token.type === 'heading') {
      const { anchor = '' } = headings[at++] ?? {}
      parts.push({ anchor: token.depth === 1 ? '' : anchor, title: wordsOf(token.tokens).trim(), text: '' })
    } else {
      const part = parts.at(-1) as Part
      part.text += `${wordsOf([token])}\n`
    }
  }
  const title = parts.find(({ title }) => title)?.title ?? file
  return { title, html, headings, parts: parts.filter(({ title, text }) => title || text.trim()) }
}
