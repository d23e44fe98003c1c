import { add } from './add.ts'
import { findCommunities, type Neighbours, neighboursOf } from './communities.ts'

/** How coarsely the many who are far are taken as one. */
const coarse = 1.1
const golden = Math.PI * (3 - Math.sqrt(5))

/**
 * Where members are drawn: all push each other away, friends draw each other near, so who has much to do with each other
 * comes to be in one place. The same graph is always drawn the same.
 */
export class Layout {
  readonly n: number
  readonly positions: Float32Array
  readonly communities: Int32Array
  readonly neighbours: Neighbours
  readonly #from: ArrayLike<number>
  readonly #to: ArrayLike<number>
  readonly #mass: Float32Array
  /** Those who have friends here; the others are put around them at the end. */
  readonly #moving: Int32Array
  #force: Float32Array
  #before: Float32Array
  #speed = 1
  // A tree of squares: four children each, or one member.
  #child = new Int32Array(0)
  #tree = new Float64Array(0)

  constructor(n: number, from: ArrayLike<number>, to: ArrayLike<number>) {
    this.n = n
    this.#from = from
    this.#to = to
    this.neighbours = neighboursOf(n, from, to)
    this.communities = findCommunities(n, this.neighbours)
    const { start } = this.neighbours
    this.#mass = Float32Array.from({ length: n }, (_, i) => 1 + (start[i + 1] as number) - (start[i] as number))
    this.#moving = Int32Array.from(Array.from({ length: n }, (_, i) => i).filter((i) => (this.#mass[i] as number) > 1))
    this.positions = new Float32Array(2 * n)
    this.#force = new Float32Array(2 * n)
    this.#before = new Float32Array(2 * n)
    this.#begin()
  }

  /** Each community begins in a place of its own, on a spiral. */
  #begin() {
    const members = new Map<number, number[]>()
    for (const i of this.#moving) {
      const c = this.communities[i] as number
      const list = members.get(c)
      if (list) list.push(i)
      else members.set(c, [i])
    }
    let before = 0
    for (const [c, list] of [...members].sort(([a], [b]) => a - b)) {
      const far = 12 * Math.sqrt(before + list.length / 2)
      const [x, y] = c === 0 ? [0, 0] : [far * Math.cos(c * golden), far * Math.sin(c * golden)]
      list.forEach((i, k) => {
        const r = 6 * Math.sqrt(k + 0.5)
        this.positions[2 * i] = x + r * Math.cos(k * golden)
        this.positions[2 * i + 1] = y + r * Math.sin(k * golden)
      })
      before += list.length
    }
    this.#putOthers()
  }

  /** Who has no friends here stands around the rest. */
  #putOthers() {
    const p = this.positions
    let far = 0
    for (const i of this.#moving) far = Math.max(far, Math.hypot(p[2 * i] as number, p[2 * i + 1] as number))
    const inner = far === 0 ? 0 : ((far + 30) / 14) ** 2
    let k = 0
    for (let i = 0; i < this.n; i++)
      if (this.#mass[i] === 1) {
        const r = 14 * Math.sqrt(inner + k + 0.5)
        p[2 * i] = r * Math.cos(k * golden)
        p[2 * i + 1] = r * Math.sin(k * golden)
        k++
      }
  }

  /** Puts all who move into squares, so that many far away count as one. */
  #plant() {
    const p = this.positions
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
    for (const i of this.#moving) {
      const [x, y] = [p[2 * i] as number, p[2 * i + 1] as number]
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y)
    }
    const size = Math.max(right - left, bottom - top, 1e-3) * 1.01
    const room = this.#moving.length * 8 + 64
    if (this.#tree.length < room * 6) {
      this.#child = new Int32Array(room * 4)
      this.#tree = new Float64Array(room * 6)
    }
    // Of each square: middle x and y, half its size, and the mass and its middle. A child is 0 for none, k for a square, -1-i for a member.
    const [child, tree] = [this.#child, this.#tree]
    let used = 0
    const square = (x: number, y: number, half: number) => {
      const k = used++
      child.fill(0, k * 4, k * 4 + 4)
      tree[k * 6] = x
      tree[k * 6 + 1] = y
      tree[k * 6 + 2] = half
      tree[k * 6 + 3] = tree[k * 6 + 4] = tree[k * 6 + 5] = 0
      return k
    }
    square((left + right) / 2, (top + bottom) / 2, size / 2)
    const put = (i: number) => {
      const [x, y, mass] = [p[2 * i] as number, p[2 * i + 1] as number, this.#mass[i] as number]
      for (let k = 0, depth = 0; ; depth++) {
        add(tree, k * 6 + 3, mass)
        add(tree, k * 6 + 4, mass * x)
        add(tree, k * 6 + 5, mass * y)
        const [cx, cy, half] = [tree[k * 6] as number, tree[k * 6 + 1] as number, tree[k * 6 + 2] as number]
        const quarter = (x > cx ? 1 : 0) + (y > cy ? 2 : 0)
        const there = child[k * 4 + quarter] as number
        if (there === 0) {
          child[k * 4 + quarter] = -1 - i
          return
        }
        if (there > 0) {
          k = there
          continue
        }
        // Two in one place stay one: they part by what draws them elsewhere.
        if (depth > 40 || (used + 1) * 6 > tree.length) return
        const other = -1 - there
        const made = square(cx + (x > cx ? half : -half) / 2, cy + (y > cy ? half : -half) / 2, half / 2)
        child[k * 4 + quarter] = made
        const [ox, oy, om] = [p[2 * other] as number, p[2 * other + 1] as number, this.#mass[other] as number]
        tree[made * 6 + 3] = om
        tree[made * 6 + 4] = om * ox
        tree[made * 6 + 5] = om * oy
        const [mx, my] = [tree[made * 6] as number, tree[made * 6 + 1] as number]
        child[made * 4 + (ox > mx ? 1 : 0) + (oy > my ? 2 : 0)] = there
        k = made
      }
    }
    for (const i of this.#moving) put(i)
  }

  #repel() {
    this.#plant()
    const [p, f, child, tree] = [this.positions, this.#force, this.#child, this.#tree]
    const stack = new Int32Array(256)
    for (const i of this.#moving) {
      const [x, y, mass] = [p[2 * i] as number, p[2 * i + 1] as number, this.#mass[i] as number]
      let [fx, fy] = [0, 0]
      let top = 0
      stack[top++] = 0
      while (top > 0) {
        const k = stack[--top] as number
        const m = tree[k * 6 + 3] as number
        const dx = x - (tree[k * 6 + 4] as number) / m
        const dy = y - (tree[k * 6 + 5] as number) / m
        const d2 = dx * dx + dy * dy
        const side = 2 * (tree[k * 6 + 2] as number)
        if (side * side < coarse * coarse * d2) {
          const by = (10 * mass * m) / d2
          fx += dx * by
          fy += dy * by
          continue
        }
        for (let q = 0; q < 4; q++) {
          const c = child[k * 4 + q] as number
          if (c > 0) stack[top++] = c
          else if (c < 0 && c !== -1 - i) {
            const o = -1 - c
            const ox = x - (p[2 * o] as number)
            const oy = y - (p[2 * o + 1] as number)
            const by = (10 * mass * (this.#mass[o] as number)) / (ox * ox + oy * oy + 0.01)
            fx += ox * by
            fy += oy * by
          }
        }
      }
      // What keeps all of it together.
      const far = Math.hypot(x, y) || 1
      f[2 * i] = fx - (x / far) * mass * 8 - x * mass * 0.02
      f[2 * i + 1] = fy - (y / far) * mass * 8 - y * mass * 0.02
    }
  }

  #attract() {
    const [p, f] = [this.positions, this.#force]
    for (let e = 0; e < this.#from.length; e++) {
      const [a, b] = [this.#from[e] as number, this.#to[e] as number]
      const dx = (p[2 * b] as number) - (p[2 * a] as number)
      const dy = (p[2 * b + 1] as number) - (p[2 * a + 1] as number)
      const d = Math.hypot(dx, dy) || 1e-3
      const by = (30 * Math.log1p(d)) / d
      add(f, 2 * a, dx * by)
      add(f, 2 * a + 1, dy * by)
      add(f, 2 * b, -(dx * by))
      add(f, 2 * b + 1, -(dy * by))
    }
  }

  /** One step nearer to rest: who swings to and fro is slowed down. */
  step(): void {
    if (!this.#moving.length) return
    this.#repel()
    this.#attract()
    const [p, f, before] = [this.positions, this.#force, this.#before]
    const at = (of: Float32Array | Float64Array, i: number) => of[i] as number
    const swingOf = (i: number) =>
      Math.hypot(at(f, 2 * i) - at(before, 2 * i), at(f, 2 * i + 1) - at(before, 2 * i + 1))
    let [swing, pull] = [0, 0]
    for (const i of this.#moving) {
      const mass = at(this.#mass, i)
      swing += mass * swingOf(i)
      pull += (mass * Math.hypot(at(f, 2 * i) + at(before, 2 * i), at(f, 2 * i + 1) + at(before, 2 * i + 1))) / 2
    }
    this.#speed = Math.min(pull / (swing || 1), this.#speed * 1.5)
    for (const i of this.#moving) {
      const [x, y] = [at(f, 2 * i), at(f, 2 * i + 1)]
      const speed = (0.1 * this.#speed) / (1 + this.#speed * Math.sqrt(swingOf(i)))
      const far = Math.hypot(x, y) || 1
      const by2 = Math.min(speed, 10 / far)
      add(p, 2 * i, x * by2)
      add(p, 2 * i + 1, y * by2)
    }
    this.#before = f
    this.#force = before
  }

  /** Puts those without friends around what has come to rest. */
  end(): void {
    this.#putOthers()
  }
}

/** So many steps bring a graph near enough to rest. */
export const stepsFor = (n: number): number => (n > 2_000 ? 220 : n > 500 ? 300 : 400)
