import { escapeMarkup } from '../texts/escape.ts'

/** The content of a mail, apart from its appearance. */
export type Letter = {
  subject: string
  greeting: string
  /** Paragraphs. */
  says: string[]
  /** A link for the reader's next step. */
  link?: { words: string; address: string }
  /** A code to copy instead. */
  code?: { words: string; code: string }
  /** Below all of it, smaller: why this came, and what to do if it was not wanted. */
  ends: string[]
}

/** A paragraph as HTML. */
const paragraph = (text: string) => `<p>${escapeMarkup(text)}</p>`

/** A letter as text and as simple HTML: no pictures, nothing that is loaded, nothing that tracks readers. */
export function compose({ subject, greeting, says, link, code, ends }: Letter): {
  subject: string
  text: string
  html: string
} {
  const text = [
    greeting,
    ...says,
    ...(link ? [`${link.words}:\n${link.address}`] : []),
    ...(code ? [`${code.words}:\n${code.code}`] : []),
    `-- \n${ends.join('\n')}`,
  ].join('\n\n')
  const html = `<!doctype html>
<html><head><meta charset="utf-8"><title>${escapeMarkup(subject)}</title></head>
<body style="font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:1rem auto;padding:0 1rem">
${[greeting, ...says].map(paragraph).join('\n')}
${link ? `<p><a href="${escapeMarkup(link.address)}" style="display:inline-block;padding:.5rem 1.25rem;border:2px solid">${escapeMarkup(link.words)}</a></p><p style="font-size:.85rem">${escapeMarkup(link.address)}</p>` : ''}
${code ? `${paragraph(`${code.words}:`)}<pre style="white-space:pre-wrap;word-break:break-all">${escapeMarkup(code.code)}</pre>` : ''}
<hr><p style="font-size:.85rem">${ends.map(escapeMarkup).join('<br>')}</p>
</body></html>
`
  return { subject, text: `${text}\n`, html }
}
