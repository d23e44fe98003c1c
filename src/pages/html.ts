/** HTML that may be put into a page as it is. */
export type Html = { html: string }

type Part = Html | Html[] | string | number | null | false | undefined

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escaped = (text: string) => text.replace(/[&<>"']/g, (each) => entities[each] as string)

function write(part: Part): string {
  if (part === null || part === false || part === undefined) return ''
  if (Array.isArray(part)) return part.map((each) => each.html).join('')
  return typeof part === 'object' ? part.html : escaped(String(part))
}

/** Writes HTML. Whatever is put into it is text, unless it was written by this. Attributes are to be in quotes. */
export const html = (texts: TemplateStringsArray, ...parts: Part[]): Html => ({
  html: texts.map((text, i) => text + (i < parts.length ? write(parts[i]) : '')).join(''),
})
