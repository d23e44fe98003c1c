import { escapeMarkup } from '../texts/escape.ts'

/** HTML that may be put into a page as it is. */
export type Html = { html: string }

type Part = Html | Html[] | string | number | null | false | undefined

function write(part: Part): string {
  if (part === null || part === false || part === undefined) return ''
  if (Array.isArray(part)) return part.map((each) => each.html).join('')
  return typeof part === 'object' ? part.html : escapeMarkup(String(part))
}

/** Writes HTML. Whatever is inserted is escaped, unless it was written by this function. Attributes must be quoted. */
export const html = (texts: TemplateStringsArray, ...parts: Part[]): Html => ({
  html: texts.map((text, i) => text + (i < parts.length ? write(parts[i]) : '')).join(''),
})

/** A name for a sentence of ours: one written from right to left affects only itself. */
export const isolated = (name: string): string => (rightToLeft.test(name) ? `\u2068${name}\u2069` : name)

const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u
