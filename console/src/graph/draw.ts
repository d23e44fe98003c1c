import type { Neighbours } from './communities.ts'

export type Drawn = {
  n: number
  from: Int32Array
  to: Int32Array
  directed: boolean
  names: string[]
  /** All connections of each, here or not: the more, the larger. */
  connections: number[]
}

/** What it is drawn in; the last colour is of all small communities. */
export type Colours = { back: string; ink: string; line: string; accent: string; communities: string[] }

type Listener = {
  /** Somebody is pointed at; null for nobody. */
  onPoint(member: number | null, x: number, y: number): void
  onSelect(member: number | null): void
  onOpen(member: number): void
}

/** How much of the edges is drawn at once, in ms: whoever moves the picture is not to wait for it. */
const slice = 7
/** Edges of one stroke. */
const batch = 250
/** The picture of the edges is larger than what is seen, so that some of it can be moved in. */
const around = 1.5
const mostLabels = 28

const other = (colours: Colours) => colours.communities.length - 1

/**
 * The graph on a canvas. Members are drawn in every frame; edges once, beside, and moved and stretched with the rest until
 * the picture rests, when they are drawn anew, a little in each frame.
 */
export class GraphView {
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D
  readonly #graph: Drawn
  readonly #listener: Listener
  #colours: Colours
  #positions: Float32Array
  #communities: Int32Array
  #neighbours: Neighbours | null = null
  /** Members by community, so that each colour is set once. */
  #byColour: number[][] = []
  /** Edges by colour, and by size of members who are labelled first. */
  #edges: { colour: number; edges: Int32Array }[] = []
  #byRank: Int32Array
  #scale = 1
  #x = 0
  #y = 0
  #width = 0
  #height = 0
  #ratio = 1
  /** Whether somebody has moved it: until then it fits by itself. */
  #moved = false
  #dirty = false
  #ended = false
  #picture: { canvas: OffscreenCanvas; scale: number; x: number; y: number } | null = null
  #drawing: {
    canvas: OffscreenCanvas
    context: OffscreenCanvasRenderingContext2D
    scale: number
    x: number
    y: number
    group: number
    at: number
  } | null = null
  #rest: ReturnType<typeof setTimeout> | undefined
  #settled = false
  #selected: number | null = null
  #pointed: number | null = null
  readonly #watch: ResizeObserver
  readonly #stop = new AbortController()

  constructor(canvas: HTMLCanvasElement, graph: Drawn, colours: Colours, listener: Listener) {
    this.#canvas = canvas
    this.#context = canvas.getContext('2d') as CanvasRenderingContext2D
    this.#graph = graph
    this.#colours = colours
    this.#listener = listener
    this.#positions = new Float32Array(graph.n * 2)
    this.#communities = new Int32Array(graph.n)
    this.#byRank = Int32Array.from(graph.connections.keys()).sort(
      (a, b) => (graph.connections[b] as number) - (graph.connections[a] as number),
    )
    this.#watch = new ResizeObserver(() => this.#resize())
    this.#watch.observe(canvas)
    this.#listen()
    this.#resize()
  }

  end(): void {
    this.#ended = true
    this.#watch.disconnect()
    this.#stop.abort()
    clearTimeout(this.#rest)
  }

  /** Where members are by now. */
  move(positions: Float32Array, done: boolean): void {
    this.#positions = positions
    if (!this.#moved) this.fit()
    this.#picture = null
    this.#drawing = null
    this.#settled = done
    this.#stale()
    this.redraw()
  }

  setCommunities(communities: Int32Array, neighbours: Neighbours): void {
    this.#communities = communities
    this.#neighbours = neighbours
    this.#group()
  }

  setColours(colours: Colours): void {
    this.#colours = colours
    this.#picture = null
    this.#drawing = null
    this.#group()
    this.#stale()
    this.redraw()
  }

  /** Members and edges by what they are drawn in. */
  #group() {
    const last = other(this.#colours)
    const of = (i: number) => Math.min(this.#communities[i] as number, last)
    this.#byColour = Array.from({ length: last + 1 }, () => [])
    for (let i = 0; i < this.#graph.n; i++) this.#byColour[of(i)]?.push(i)
    const groups: number[][] = Array.from({ length: last + 1 }, () => [])
    const { from, to } = this.#graph
    for (let e = 0; e < from.length; e++) {
      const [a, b] = [of(from[e] as number), of(to[e] as number)]
      groups[a === b ? a : last]?.push(e)
    }
    // What leads from one community to another lies below.
    this.#edges = groups.map((edges, colour) => ({ colour, edges: Int32Array.from(edges) })).reverse()
  }

  #resize() {
    const { width, height } = this.#canvas.getBoundingClientRect()
    const ratio = Math.min(window.devicePixelRatio || 1, 2)
    if (width === this.#width && height === this.#height && ratio === this.#ratio) return
    ;[this.#width, this.#height, this.#ratio] = [width, height, ratio]
    this.#canvas.width = Math.max(1, Math.round(width * ratio))
    this.#canvas.height = Math.max(1, Math.round(height * ratio))
    this.#picture = null
    this.#drawing = null
    if (!this.#moved) this.fit()
    this.#stale()
    this.redraw()
  }

  /** Shows all of it. */
  fit(): void {
    const p = this.#positions
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
    for (let i = 0; i < this.#graph.n; i++) {
      const [x, y] = [p[2 * i] as number, p[2 * i + 1] as number]
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y)
    }
    if (!this.#graph.n || !this.#width) return
    const room = Math.min(this.#width, this.#height) < 420 ? 20 : 44
    this.#scale = Math.min(
      (this.#width - 2 * room) / Math.max(right - left, 1),
      (this.#height - 2 * room) / Math.max(bottom - top, 1),
      150,
    )
    this.#x = this.#width / 2 - ((left + right) / 2) * this.#scale
    this.#y = this.#height / 2 - ((top + bottom) / 2) * this.#scale
    this.#moved = false
    this.#stale()
    this.redraw()
  }

  zoom(by: number, x = this.#width / 2, y = this.#height / 2): void {
    const scale = Math.min(Math.max(this.#scale * by, 0.005), 300)
    const real = scale / this.#scale
    this.#x = x - (x - this.#x) * real
    this.#y = y - (y - this.#y) * real
    this.#scale = scale
    this.#moved = true
    this.#stale()
    this.redraw()
  }

  #pan(dx: number, dy: number) {
    this.#x += dx
    this.#y += dy
    this.#moved = true
    this.#stale()
    this.redraw()
  }

  select(member: number | null, { show = false } = {}): void {
    this.#selected = member
    if (member !== null && show) this.#show(member)
    this.redraw()
  }

  /** Brings a member into the picture, and most of their friends with them. */
  #show(member: number) {
    const [x, y] = this.#at(member)
    const margin = 60
    const inside = (px: number, py: number) =>
      px > margin && py > margin && px < this.#width - margin && py < this.#height - margin
    const friends = this.near(member)
    const seen = friends.filter((each) => inside(...this.#at(each))).length
    if (inside(x, y) && seen >= friends.length / 3) return
    // So near that three of four friends are in it; those who are far from all others do not count.
    const far = friends
      .map((each) => Math.hypot(...(this.#at(each).map((at, axis) => at - (axis ? y : x)) as [number, number])))
      .sort((a, b) => a - b)[Math.floor(friends.length * 0.75)]
    if (far) this.#scale *= Math.min(Math.max((Math.min(this.#width, this.#height) / 2 - margin) / far, 0.01), 100)
    this.#scale = Math.min(Math.max(this.#scale, 0.005), 8)
    this.#x = this.#width / 2 - (this.#positions[2 * member] as number) * this.#scale
    this.#y = this.#height / 2 - (this.#positions[2 * member + 1] as number) * this.#scale
    this.#moved = true
    this.#stale()
  }

  /** The friend who stands most in a direction, seen from a member. */
  towards(member: number, dx: number, dy: number): number | null {
    const [x, y] = this.#at(member)
    let best: number | null = null
    let least = Infinity
    for (const other of this.near(member)) {
      const [ox, oy] = this.#at(other)
      const along = (ox - x) * dx + (oy - y) * dy
      if (along <= 0) continue
      const aside = Math.abs((ox - x) * dy) + Math.abs((oy - y) * dx)
      const cost = along + 2 * aside
      if (cost < least) [best, least] = [other, cost]
    }
    return best
  }

  near(member: number): number[] {
    const { start, to } = this.#neighbours ?? { start: [0], to: new Int32Array(0) }
    if (!this.#neighbours) return []
    return [...new Set(to.subarray(start[member], start[member + 1]))]
  }

  /** The member with most connections. */
  get first(): number | null {
    return this.#byRank[0] ?? null
  }

  #at(i: number): [number, number] {
    return [
      (this.#positions[2 * i] as number) * this.#scale + this.#x,
      (this.#positions[2 * i + 1] as number) * this.#scale + this.#y,
    ]
  }

  #radius(i: number): number {
    const size = 1.6 + Math.log2(1 + (this.#graph.connections[i] as number)) * 0.7
    return Math.min(Math.max(size * this.#scale ** 0.5 * 1.6, 1.4), 14)
  }

  #memberAt(x: number, y: number): number | null {
    let best: number | null = null
    let least = 14 * 14
    for (let i = 0; i < this.#graph.n; i++) {
      const [mx, my] = this.#at(i)
      const d = (mx - x) ** 2 + (my - y) ** 2
      if (d < least) [best, least] = [i, d]
    }
    return best
  }

  #listen() {
    const canvas = this.#canvas
    const { signal } = this.#stop
    const pointers = new Map<number, { x: number; y: number }>()
    let travelled = 0
    let spread = 0
    const place = (event: PointerEvent | WheelEvent | MouseEvent) => {
      const { left, top } = canvas.getBoundingClientRect()
      return { x: event.clientX - left, y: event.clientY - top }
    }
    const on = <Type extends keyof HTMLElementEventMap>(
      type: Type,
      act: (event: HTMLElementEventMap[Type]) => void,
      passive = true,
    ) => canvas.addEventListener(type, act, { signal, passive })

    on('pointerdown', (event) => {
      canvas.setPointerCapture(event.pointerId)
      pointers.set(event.pointerId, place(event))
      travelled = 0
      spread = 0
    })
    on('pointermove', (event) => {
      const at = place(event)
      const before = pointers.get(event.pointerId)
      if (!before) {
        const found = this.#memberAt(at.x, at.y)
        if (found !== this.#pointed) {
          this.#pointed = found
          this.redraw()
        }
        this.#listener.onPoint(found, at.x, at.y)
        return
      }
      pointers.set(event.pointerId, at)
      travelled += Math.abs(at.x - before.x) + Math.abs(at.y - before.y)
      if (pointers.size === 1) {
        if (travelled > 4) this.#pan(at.x - before.x, at.y - before.y)
        return
      }
      const [one, two] = [...pointers.values()] as [typeof at, typeof at]
      const now = Math.hypot(one.x - two.x, one.y - two.y)
      if (spread > 0) this.zoom(now / spread, (one.x + two.x) / 2, (one.y + two.y) / 2)
      spread = now
    })
    const up = (event: PointerEvent) => {
      const at = pointers.get(event.pointerId)
      pointers.delete(event.pointerId)
      if (at && event.type === 'pointerup' && travelled <= 4 && pointers.size === 0) {
        const found = this.#memberAt(at.x, at.y)
        this.select(found)
        this.#listener.onSelect(found)
      }
    }
    on('pointerup', up)
    on('pointercancel', up)
    on('pointerleave', () => {
      this.#pointed = null
      this.#listener.onPoint(null, 0, 0)
      this.redraw()
    })
    on('dblclick', (event) => {
      const { x, y } = place(event)
      const found = this.#memberAt(x, y)
      if (found !== null) this.#listener.onOpen(found)
    })
    on(
      'wheel',
      (event) => {
        event.preventDefault()
        const { x, y } = place(event)
        this.zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.002)), x, y)
      },
      false,
    )
  }

  /** Edges are drawn anew once the picture has rested for a moment. */
  #stale() {
    clearTimeout(this.#rest)
    this.#drawing = null
    if (!this.#settled) return
    this.#rest = setTimeout(() => this.#begin(), this.#picture ? 180 : 0)
  }

  #begin() {
    if (this.#ended || !this.#width) return
    const large = this.#width * this.#height * this.#ratio ** 2 > 1_500_000 ? 1.15 : around
    const width = Math.round(this.#width * this.#ratio * large)
    const height = Math.round(this.#height * this.#ratio * large)
    const canvas = new OffscreenCanvas(width, height)
    const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D
    // In its middle is what is seen.
    const x = this.#x + (width / this.#ratio - this.#width) / 2
    const y = this.#y + (height / this.#ratio - this.#height) / 2
    context.scale(this.#ratio, this.#ratio)
    this.#drawing = { canvas, context, scale: this.#scale, x, y, group: 0, at: 0 }
    this.redraw()
  }

  #strokeSome() {
    const drawing = this.#drawing
    if (!drawing) return
    const { context, scale, x, y } = drawing
    const { from, to } = this.#graph
    const p = this.#positions
    const until = performance.now() + slice
    const last = other(this.#colours)
    // The more edges there are, the fainter each is.
    const alpha = Math.min(0.5, Math.max(0.1, 14 / Math.sqrt(from.length + 1)))
    while (performance.now() < until) {
      const group = this.#edges[drawing.group]
      if (!group) {
        this.#picture = drawing
        this.#drawing = null
        break
      }
      const { colour, edges } = group
      context.strokeStyle = this.#colours.communities[colour] as string
      context.globalAlpha = colour === last ? alpha * 0.6 : alpha
      context.lineWidth = 0.7
      context.beginPath()
      const end = Math.min(drawing.at + batch, edges.length)
      for (; drawing.at < end; drawing.at++) {
        const e = edges[drawing.at] as number
        const [a, b] = [from[e] as number, to[e] as number]
        context.moveTo((p[2 * a] as number) * scale + x, (p[2 * a + 1] as number) * scale + y)
        context.lineTo((p[2 * b] as number) * scale + x, (p[2 * b + 1] as number) * scale + y)
      }
      context.stroke()
      if (drawing.at >= edges.length) {
        drawing.group++
        drawing.at = 0
      }
    }
  }

  /** Draws a frame, soon. */
  redraw(): void {
    if (this.#dirty || this.#ended) return
    this.#dirty = true
    requestAnimationFrame(() => {
      this.#dirty = false
      if (this.#ended) return
      this.#strokeSome()
      this.#frame()
      if (this.#drawing) this.redraw()
    })
  }

  #frame() {
    const context = this.#context
    const { n, names, directed } = this.#graph
    const [width, height] = [this.#width, this.#height]
    context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0)
    context.globalAlpha = 1
    context.fillStyle = this.#colours.back
    context.fillRect(0, 0, width, height)
    const chosen = this.#selected ?? this.#pointed
    const lit = chosen === null ? null : new Set(this.near(chosen))
    // Whom the two have in common, while somebody else is pointed at.
    const common =
      lit && this.#selected !== null && this.#pointed !== null && this.#pointed !== this.#selected
        ? new Set(this.near(this.#pointed).filter((each) => lit.has(each)))
        : null

    const picture = this.#picture ?? (this.#drawing && this.#drawing.group > 0 ? this.#drawing : null)
    if (picture) {
      const by = this.#scale / picture.scale
      context.globalAlpha = lit ? (n > 100 ? 0.3 : 0.6) : 1
      context.drawImage(
        picture.canvas,
        this.#x - picture.x * by,
        this.#y - picture.y * by,
        (picture.canvas.width / this.#ratio) * by,
        (picture.canvas.height / this.#ratio) * by,
      )
    }

    const seen = (x: number, y: number) => x > -20 && y > -20 && x < width + 20 && y < height + 20
    const disc = (i: number, x: number, y: number) => {
      const r = this.#radius(i)
      if (r < 2.2) context.rect(x - r, y - r, 2 * r, 2 * r)
      else {
        context.moveTo(x + r, y)
        context.arc(x, y, r, 0, 2 * Math.PI)
      }
    }
    context.globalAlpha = lit ? 0.25 : 1
    this.#byColour.forEach((members, colour) => {
      context.fillStyle = this.#colours.communities[colour] as string
      context.beginPath()
      for (const i of members) {
        const [x, y] = this.#at(i)
        if (seen(x, y)) disc(i, x, y)
      }
      context.fill()
    })

    context.globalAlpha = 1
    if (chosen !== null && lit) {
      const [cx, cy] = this.#at(chosen)
      context.strokeStyle = this.#colours.accent
      context.lineWidth = 1.25
      context.globalAlpha = lit.size > 150 ? 0.35 : 0.7
      context.beginPath()
      for (const i of lit) {
        const [x, y] = this.#at(i)
        context.moveTo(cx, cy)
        context.lineTo(x, y)
      }
      context.stroke()
      if (directed) this.#arrows(chosen)
      if (common && this.#pointed !== null) {
        const [px, py] = this.#at(this.#pointed)
        context.beginPath()
        for (const i of common) {
          const [x, y] = this.#at(i)
          context.moveTo(px, py)
          context.lineTo(x, y)
        }
        context.stroke()
      }
      context.globalAlpha = 1
      for (const i of lit) {
        const [x, y] = this.#at(i)
        if (!seen(x, y)) continue
        context.fillStyle = this.#colours.communities[
          Math.min(this.#communities[i] as number, other(this.#colours))
        ] as string
        context.beginPath()
        disc(i, x, y)
        context.fill()
        if (common?.has(i)) {
          context.lineWidth = 2
          context.strokeStyle = this.#colours.ink
          context.stroke()
        }
      }
      for (const i of [chosen, ...(common && this.#pointed !== null ? [this.#pointed] : [])]) {
        const [x, y] = this.#at(i)
        const r = Math.max(this.#radius(i), 5)
        context.fillStyle = this.#colours.accent
        context.strokeStyle = this.#colours.ink
        context.lineWidth = 2
        context.beginPath()
        context.arc(x, y, r + 1, 0, 2 * Math.PI)
        context.fill()
        context.stroke()
      }
    }
    this.#labels(n, names, chosen, lit, common)
  }

  /** Which way the edges of a member lead: a small head at the end of each. */
  #arrows(chosen: number) {
    const { from, to } = this.#graph
    const context = this.#context
    context.fillStyle = this.#colours.accent
    context.beginPath()
    for (let e = 0; e < from.length; e++) {
      if (from[e] !== chosen && to[e] !== chosen) continue
      const [ax, ay] = this.#at(from[e] as number)
      const [bx, by] = this.#at(to[e] as number)
      const far = Math.hypot(bx - ax, by - ay)
      if (far < 16) continue
      const [dx, dy] = [(bx - ax) / far, (by - ay) / far]
      const back = this.#radius(to[e] as number) + 2
      const [x, y] = [bx - dx * back, by - dy * back]
      context.moveTo(x, y)
      context.lineTo(x - dx * 7 - dy * 3.5, y - dy * 7 + dx * 3.5)
      context.lineTo(x - dx * 7 + dy * 3.5, y - dy * 7 - dx * 3.5)
    }
    context.fill()
  }

  #labels(n: number, names: string[], chosen: number | null, lit: Set<number> | null, common: Set<number> | null) {
    const context = this.#context
    context.font = '12px system-ui, sans-serif'
    context.textBaseline = 'middle'
    context.textAlign = 'center'
    const taken: [number, number, number, number][] = []
    let drawn = 0
    const label = (i: number, strong: boolean) => {
      const [x, y] = this.#at(i)
      if (x < 0 || y < 0 || x > this.#width || y > this.#height) return
      const name = names[i] as string
      const text = [...name].length > 22 ? `${[...name].slice(0, 21).join('')}…` : name
      const half = context.measureText(text).width / 2 + 3
      const middle = Math.min(Math.max(x, half), this.#width - half)
      const above = y - this.#radius(i) - (strong ? 14 : 10)
      const box: [number, number, number, number] = [middle - half, above - 9, middle + half, above + 9]
      const free = taken.every(([l, t, r, b]) => box[2] < l || box[0] > r || box[3] < t || box[1] > b)
      if (!free && !strong) return
      taken.push(box)
      drawn++
      context.globalAlpha = 0.82
      context.fillStyle = this.#colours.back
      context.fillRect(box[0], box[1], box[2] - box[0], 18)
      context.globalAlpha = 1
      context.fillStyle = this.#colours.ink
      context.fillText(text, middle, above + 1)
    }
    if (chosen !== null) label(chosen, true)
    if (this.#pointed !== null && this.#pointed !== chosen) label(this.#pointed, true)
    const most = this.#width < 500 ? 12 : mostLabels
    let looked = 0
    for (const i of common ?? lit ?? this.#byRank) {
      if (drawn >= most || ++looked > 400 || looked > n) break
      label(i, false)
    }
  }

  /** What is on the screen, as a file. */
  picture(): Promise<Blob | null> {
    return new Promise((resolve) => this.#canvas.toBlob(resolve))
  }
}
