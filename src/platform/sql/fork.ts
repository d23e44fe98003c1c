// A view's SQL comes in two texts: the full rendering, and a light one with a reference for each cached fragment.
// Both travel together in the SQL that slices compose, until it is known which one is sent.

const [begin, middle, end] = ['⟪', '⟨', '⟫']

/** SQL with two texts. Either may contain other forks. */
export const fork = (light: string, full: string) => `${begin}${light}${middle}${full}${end}`

/** Whether SQL has two texts. */
export const isForked = (sql: string) => sql.includes(begin)

/** One of the two texts: the full rendering, or the one with references. */
export function take(which: 'light' | 'full', sql: string): string {
  if (!isForked(sql)) return sql
  let taken = ''
  /** For each fork around this place: whether this text is left out. */
  const left: boolean[] = []
  for (const part of sql.split(/([⟪⟨⟫])/)) {
    if (part === begin) left.push(which !== 'light')
    else if (part === middle) left.push(!left.pop())
    else if (part === end) left.pop()
    else if (!left.includes(true)) taken += part
  }
  return taken
}
