/** Ids as ranges, both ends included: a million consecutive ids cost as much as one. */
export type Ranges = {
  has(id: number): boolean
  add(from: number, to?: number): void
  delete(from: number, to?: number): void
  /** The ranges in order, as far as they lie between two ids. */
  parts(from?: number, to?: number): Iterable<Range>
  isEmpty(): boolean
}

export type Range = readonly [from: number, to: number]

export function createRanges(initial: Iterable<Range> = []): Ranges {
  /** In order, and never adjacent. */
  const list: Range[] = []

  /** The index of the first range that does not end before an id. */
  function find(id: number): number {
    let from = 0
    let to = list.length
    while (from < to) {
      const middle = (from + to) >> 1
      if ((list[middle] as Range)[1] < id) from = middle + 1
      else to = middle
    }
    return from
  }

  const ranges: Ranges = {
    has(id) {
      const [from] = list[find(id)] ?? [Number.POSITIVE_INFINITY]
      return from <= id
    },
    add(from, to = from) {
      if (from > to) return
      const at = find(from - 1)
      let end = at
      let [low, high] = [from, to]
      for (let range = list[end]; range && range[0] <= to + 1; range = list[++end]) {
        low = Math.min(low, range[0])
        high = Math.max(high, range[1])
      }
      list.splice(at, end - at, [low, high])
    },
    delete(from, to = from) {
      const at = find(from)
      const rest: Range[] = []
      let end = at
      for (let range = list[end]; range && range[0] <= to; range = list[++end]) {
        if (range[0] < from) rest.push([range[0], from - 1])
        if (range[1] > to) rest.push([to + 1, range[1]])
      }
      if (end > at) list.splice(at, end - at, ...rest)
    },
    *parts(from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY) {
      for (let at = find(from), range = list[at]; range && range[0] <= to; range = list[++at])
        yield [Math.max(range[0], from), Math.min(range[1], to)]
    },
    isEmpty: () => list.length === 0,
  }
  for (const [from, to] of initial) ranges.add(from, to)
  return ranges
}

/** Reads a PostgreSQL int8multirange: {[3,5),[9,10)}. */
export const readRanges = (text: string): Ranges =>
  createRanges([...text.matchAll(/\[(\d+),(\d+)\)/g)].map(([, from, to]): Range => [Number(from), Number(to) - 1]))

/** Writes ids as a PostgreSQL int8multirange. */
export const writeRanges = (ranges: Ranges): string =>
  `{${[...ranges.parts()].map(([from, to]) => `[${from},${to}]`).join(',')}}`
