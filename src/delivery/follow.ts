import { setTimeout as sleep } from 'node:timers/promises'
import { point } from '../platform/point.ts'
import { isOpen, type Lane, listens, rules } from './lane.ts'
import { failed, nowOf, type State } from './state.ts'
import { readBetween, readThese, type Step, type Tail, type Told } from './tail.ts'

/** A lane that reads for itself looks through so many ids of the log at once. */
const stretch = 20_000

/** Reads the log, as it grows and, for lanes that are behind, as it was. */
export function createFollowing(state: State) {
  const { db, poll = 500 } = state.options
  let byType: Map<string, Lane[]> | null = null
  let following = false
  let again = false
  let gapTimer: NodeJS.Timeout | null = null

  function kick(): void {
    again = true
    if (!following && !state.stopping) follow().catch(failed(state, 'the event log could not be read'))
  }

  async function follow(): Promise<void> {
    following = true
    try {
      while (again && !state.stopping) {
        again = false
        if (state.tail && state.lanes.size) await readOn(state.tail)
        else await lookAtVersion()
      }
    } finally {
      following = false
    }
  }

  async function readOn(tail: Tail): Promise<void> {
    const step = await tail.read()
    point('claim')
    while (step.version > state.known && !state.stopping) await state.refresh()
    route(step, tail)
    // Gaps are looked at again soon: most of them are changes about to be committed.
    if (tail.gaps.size)
      gapTimer ??= setTimeout(() => {
        gapTimer = null
        kick()
      }, 25)
    if (step.more) again = true
    // Many events in a row are read together: a look at the log costs the same for one and for a hundred.
    else if (again) await sleep(1)
  }

  /** Without lanes there is nothing to read; but there may be an endpoint now. */
  async function lookAtVersion(): Promise<void> {
    const [row] = await db.query<{ version: number }>('select version from webhook_listening')
    if (row && row.version > state.known) await state.refresh()
  }

  function lanesOf(type: string): Lane[] {
    if (!byType) {
      byType = new Map()
      for (const lane of state.lanes.values()) {
        for (const each of lane.endpoint.types) {
          const there = byType.get(each)
          if (there) there.push(lane)
          else byType.set(each, [lane])
        }
      }
    }
    return byType.get(type) ?? []
  }

  /**
   * Brings what was read to the lanes that want it. Those that have enough read on by themselves, later. Nothing may
   * come between moving the tail and this: a lane's own reading relies on where the tail is.
   */
  function route({ told, late, apply }: Step, tail: Tail): void {
    const before = tail.last
    apply()
    const touched = new Set<Lane>()
    for (const event of late) {
      for (const lane of lanesOf(event.type))
        if (wants(lane, event) && bringLate(lane, event, before)) touched.add(lane)
    }
    for (const event of told) {
      for (const lane of lanesOf(event.type)) if (wants(lane, event) && bring(lane, event)) touched.add(lane)
    }
    for (const lane of touched) state.pump(lane)
  }

  const wants = (lane: Lane, event: Told) => isOpen(lane, event.id) && listens(lane.endpoint, event)

  /** An event that fills a gap, for a lane that has passed it; others will read it. */
  function bringLate(lane: Lane, event: Told, before: number): boolean {
    if (event.id <= (lane.attached ? before : lane.readTo)) {
      lane.late.push(event)
      // Not to be looked up once more.
      lane.base.holes.delete(event.id)
    } else if (lane.reading && (event.id <= lane.reading.upTo || lane.reading.next)) lane.reading.brought.push(event)
    else return false
    return true
  }

  function bring(lane: Lane, event: Told): boolean {
    if (lane.reading?.next) {
      lane.reading.next.push(event)
      // More than it could take: it reads these for itself.
      if (lane.reading.next.length >= rules.queue) lane.reading.next = null
    }
    if (!lane.attached) return false
    lane.queue.push(event)
    if (lane.queue.length >= rules.queue) {
      lane.attached = false
      lane.readTo = Math.max(lane.readTo, event.id)
      lane.holesReadTo = event.id
    }
    return true
  }

  function refill(lane: Lane): void {
    const { health, queue, late, endpoint } = lane
    if (lane.attached || lane.reading || lane.draining || !endpoint.active || !state.tail || state.stopping) return
    // For a probe one event will do, when it is time.
    if (health.paused && (queue.length || late.length || nowOf(state) < (health.probeAt ?? 0))) return
    readFor(lane, state.tail).catch(failed(state, 'the event log could not be read'))
  }

  /** Reads on for a lane that does not follow the tail, until it does. */
  async function readFor(lane: Lane, tail: Tail): Promise<void> {
    const { last } = tail
    const gaps = new Set(tail.gaps)
    const upTo = Math.max(lane.readTo, Math.min(lane.readTo + stretch, last))
    const reading: NonNullable<Lane['reading']> = { upTo, brought: [], next: upTo >= last ? [] : null }
    lane.reading = reading
    try {
      // The tail brings what it has yet to read, and what fills its gaps.
      const holes = [...lane.base.holes].filter((id) => id > lane.holesReadTo && id <= last && !gaps.has(id))
      const found = holes.length ? await readThese(db, holes) : []
      if (lane.reading !== reading) return
      lane.late.push(...found.filter((event) => wants(lane, event)))
      lane.holesReadTo = Math.max(lane.holesReadTo, last)
      if (upTo > lane.readTo) {
        const limit = lane.health.paused ? 1 : rules.queue
        const rows = await readBetween(db, lane.readTo, upTo, [...lane.endpoint.types], limit)
        if (lane.reading !== reading) return
        if (rows.length === limit) reading.next = null
        const reached = rows.length === limit ? (rows.at(-1) as Told).id : upTo
        lane.queue.push(...rows.filter((event) => !gaps.has(event.id) && wants(lane, event)))
        lane.readTo = reached
      }
      if (reading.next) {
        lane.queue.push(...reading.next)
        lane.readTo = Math.max(lane.readTo, tail.last)
        lane.holesReadTo = tail.last
        lane.attached = lane.queue.length < rules.queue
      }
      // What filled gaps below, also those that were only seen since this began.
      lane.late.push(...reading.brought.filter(({ id }) => id <= lane.readTo))
    } finally {
      if (lane.reading === reading) lane.reading = null
    }
    state.pump(lane)
  }

  const timer = setInterval(kick, poll)

  return {
    kick,
    refill,
    /** Lanes have come or gone, or want something else. */
    lanesChanged(): void {
      byType = null
    },
    stop(): void {
      clearInterval(timer)
      if (gapTimer) clearTimeout(gapTimer)
    },
  }
}
