// What a view renders has two texts: in full, and lightly, with a reference where a fragment is kept in the process. Both
// travel together in the SQL that slices compose, until it is known which of them is sent.

const [begin, middle, end] = ['⟪', '⟨', '⟫']

/** SQL that is one of two texts. Either may have others like it within. */
export const fork = (light: string, full: string) => `${begin}${light}${middle}${full}${end}`

/** Whether SQL has two texts. */
export const isForked = (sql: string) => sql.includes(begin)

/** SQL in the text that renders everything, or in the one that refers to what is kept. */
export function take(which: 'light' | 'full', sql: string): string {
  if (!isForked(sql)) return sql
  let taken = ''
  /** For each fork around this place: whether what stands here is of the text that is left out. */
  const left: boolean[] = []
  for (const part of sql.split(/([⟪⟨⟫])/)) {
    if (part === begin) left.push(which !== 'light')
    else if (part === middle) left.push(!left.pop())
    else if (part === end) left.pop()
    else if (!left.includes(true)) taken += part
  }
  return taken
}
