import { expect, test } from 'vitest'
import { findCommunities, neighboursOf } from '../../console/src/graph/communities.ts'
import { Layout, stepsFor } from '../../console/src/graph/layout.ts'

/** So many groups of twelve, in which all know each other; each knows one of the next. */
function groups(n: number) {
  const edges: [number, number][] = []
  for (let g = 0; g < n; g++) {
    for (let a = 0; a < 12; a++) for (let b = 0; b < a; b++) edges.push([12 * g + a, 12 * g + b])
    edges.push([12 * g, 12 * ((g + 1) % n) + 1])
  }
  return { n: 12 * n, from: edges.map(([a]) => a), to: edges.map(([, b]) => b) }
}

test('who have much to do with each other are one community, and the largest is the first', () => {
  const { n, from, to } = groups(5)
  const found = findCommunities(n + 1, neighboursOf(n + 1, [...from, 0], [...to, n]))
  for (let g = 0; g < 5; g++) expect(new Set(found.slice(12 * g, 12 * g + 12)).size).toBe(1)
  expect(new Set(found).size).toBe(5)
  expect([found[0], found[n]]).toEqual([0, 0])
})

test('communities are drawn apart from each other, and the same graph is drawn the same', () => {
  const { n, from, to } = groups(5)
  const draw = () => {
    const layout = new Layout(n, from, to)
    for (let i = 0; i < stepsFor(n); i++) layout.step()
    layout.end()
    return layout.positions
  }
  const p = draw()
  const middle = (g: number, axis: number) =>
    Array.from({ length: 12 }, (_, i) => p[2 * (12 * g + i) + axis] as number).reduce((sum, each) => sum + each / 12, 0)
  const far = (i: number, g: number) =>
    Math.hypot((p[2 * i] as number) - middle(g, 0), (p[2 * i + 1] as number) - middle(g, 1))
  for (let i = 0; i < n; i++)
    for (let g = 0; g < 5; g++)
      if (g !== Math.floor(i / 12)) expect(far(i, g)).toBeGreaterThan(far(i, Math.floor(i / 12)))
  expect(draw()).toEqual(p)
})

test('who knows nobody stands around the rest, and a graph of nobody, or of one, is one', () => {
  const { n, from, to } = groups(3)
  const layout = new Layout(n + 20, from, to)
  for (let i = 0; i < 50; i++) layout.step()
  layout.end()
  const far = (i: number) => Math.hypot(layout.positions[2 * i] as number, layout.positions[2 * i + 1] as number)
  const rest = Math.max(...Array.from({ length: n }, (_, i) => far(i)))
  for (let i = n; i < n + 20; i++) expect(far(i)).toBeGreaterThan(rest)
  for (const [size, a, b] of [
    [0, [], []],
    [1, [], []],
    [2, [0], [1]],
  ] as const) {
    const small = new Layout(size, a, b)
    for (let i = 0; i < 10; i++) small.step()
    small.end()
    expect([...small.positions].every(Number.isFinite)).toBe(true)
  }
})
