import { add } from './add.ts'

/** Who is connected with whom: the neighbours of member i are `to[start[i]]` up to `to[start[i + 1]]`. */
export type Neighbours = { start: Int32Array; to: Int32Array }

/** Both ends of every edge, by member. */
export function neighboursOf(n: number, from: ArrayLike<number>, to: ArrayLike<number>): Neighbours {
  const start = new Int32Array(n + 1)
  for (let e = 0; e < from.length; e++) {
    add(start, (from[e] as number) + 1, 1)
    add(start, (to[e] as number) + 1, 1)
  }
  for (let i = 0; i < n; i++) add(start, i + 1, start[i] as number)
  const at = start.slice(0, n)
  const all = new Int32Array(from.length * 2)
  for (let e = 0; e < from.length; e++) {
    const [a, b] = [from[e] as number, to[e] as number]
    all[at[a] as number] = b
    all[at[b] as number] = a
    add(at, a, 1)
    add(at, b, 1)
  }
  return { start, to: all }
}

type Weighted = { n: number; start: Int32Array; to: Int32Array; weight: Float64Array }

/** One level of Louvain: each moves to the community of neighbours that gains most, until nobody moves. */
function move({ n, start, to, weight }: Weighted): Int32Array {
  const of = Int32Array.from({ length: n }, (_, i) => i)
  const degree = new Float64Array(n)
  let total = 0
  for (let i = 0; i < n; i++)
    for (let k = start[i] as number; k < (start[i + 1] as number); k++) {
      add(degree, i, weight[k] as number)
      total += weight[k] as number
    }
  const sum = degree.slice()
  const links = new Float64Array(n)
  const near: number[] = []
  for (let round = 0, moved = true; moved && round < 20; round++) {
    moved = false
    for (let i = 0; i < n; i++) {
      const own = of[i] as number
      near.length = 0
      near.push(own)
      for (let k = start[i] as number; k < (start[i + 1] as number); k++) {
        const other = to[k] as number
        if (other === i) continue
        const c = of[other] as number
        if (links[c] === 0 && c !== own) near.push(c)
        add(links, c, weight[k] as number)
      }
      add(sum, own, -(degree[i] as number))
      let best = own
      let most = Number.NEGATIVE_INFINITY
      for (const c of near) {
        const gain = (links[c] as number) - ((sum[c] as number) * (degree[i] as number)) / (total || 1)
        if (gain > most + 1e-9) [best, most] = [c, gain]
      }
      for (const c of near) links[c] = 0
      add(sum, best, degree[i] as number)
      if (best !== own) {
        of[i] = best
        moved = true
      }
    }
  }
  return of
}

/** The same with each community as one. */
function merge({ n, start, to, weight }: Weighted, of: Int32Array, size: number): Weighted {
  const rows = Array.from({ length: size }, () => new Map<number, number>())
  for (let i = 0; i < n; i++) {
    const row = rows[of[i] as number] as Map<number, number>
    for (let k = start[i] as number; k < (start[i + 1] as number); k++) {
      const c = of[to[k] as number] as number
      row.set(c, (row.get(c) ?? 0) + (weight[k] as number))
    }
  }
  const merged = new Int32Array(size + 1)
  rows.forEach((row, i) => {
    merged[i + 1] = (merged[i] as number) + row.size
  })
  const ends = rows.flatMap((row) => [...row])
  return {
    n: size,
    start: merged,
    to: Int32Array.from(ends, ([c]) => c),
    weight: Float64Array.from(ends, ([, w]) => w),
  }
}

/** Numbers them anew from 0. */
function renumber(of: Int32Array): number {
  const known = new Map<number, number>()
  for (let i = 0; i < of.length; i++) {
    const c = of[i] as number
    let number = known.get(c)
    if (number === undefined) {
      number = known.size
      known.set(c, number)
    }
    of[i] = number
  }
  return known.size
}

/** Which community each member is of: those who have more to do with each other than with the rest. The largest is 0. */
export function findCommunities(n: number, { start, to }: Neighbours): Int32Array {
  let level: Weighted = { n, start, to, weight: new Float64Array(to.length).fill(1) }
  const found = Int32Array.from({ length: n }, (_, i) => i)
  for (let depth = 0; depth < 10; depth++) {
    const of = move(level)
    const size = renumber(of)
    for (let i = 0; i < n; i++) found[i] = of[found[i] as number] as number
    if (size === level.n) break
    level = merge(level, of, size)
  }
  const sizes = new Int32Array(n)
  for (const c of found) add(sizes, c, 1)
  const ranks = new Int32Array(n)
  Array.from(sizes.keys())
    .sort((a, b) => (sizes[b] as number) - (sizes[a] as number) || a - b)
    .forEach((c, rank) => {
      ranks[c] = rank
    })
  return found.map((c) => ranks[c] as number)
}
