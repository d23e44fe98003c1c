// SQL that slices compose may come in two texts, in three ways: the full rendering, and a light one with a reference for each
// cached fragment (here); what is seldom there, and what usually holds (`usual.ts`); what each row renders, and what the page has
// once (`referred.ts`). Both travel together until it is known which is sent.

/** The characters before, between and behind the parts of a fork: a head, which says what it is about, and two texts. */
export type Marks = { begin: string; middle: string; end: string; any: RegExp }

export const marksOf = ([begin = '', middle = '', end = '']: string[]): Marks => ({
  ...{ begin, middle, end },
  any: new RegExp(`([${begin}${middle}${end}])`),
})

/** A fork. Either text may contain other forks. */
export const forked = ({ begin, middle, end }: Marks, head: string, one: string, other: string) =>
  begin + [head, one, other].join(middle) + end

/**
 * SQL with one text of each fork.
 * @param which which of the two, by the head; it is only asked of forks that are in what is taken
 */
export function choose(sql: string, { begin, middle, end, any }: Marks, which: (head: string) => 1 | 2): string {
  if (!sql.includes(begin)) return sql
  let taken = ''
  /** Of each fork around this place: which part of it this is, and which is taken. */
  const around: { part: number; taken: number }[] = []
  const isTaken = ({ part, taken }: { part: number; taken: number }) => part === taken
  for (const piece of sql.split(any)) {
    const last = around.at(-1)
    if (piece === begin) around.push({ part: 0, taken: -1 })
    else if (piece === end) around.pop()
    else if (piece === middle && last) last.part++
    else if (last?.part === 0) last.taken = around.slice(0, -1).every(isTaken) ? which(piece) : -1
    else if (around.every(isTaken)) taken += piece
  }
  return taken
}

const depths = marksOf(['⟪', '⟨', '⟫'])

/** SQL with two texts, for a page that is filled from the cache and for one that is not. */
export const fork = (light: string, full: string) => forked(depths, '', light, full)

/** Whether SQL has two such texts. */
export const isForked = (sql: string) => sql.includes(depths.begin)

/** One of the two texts: the full rendering, or the one with references. */
export const take = (which: 'light' | 'full', sql: string): string =>
  choose(sql, depths, () => (which === 'light' ? 1 : 2))
