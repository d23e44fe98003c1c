import { setTimeout as sleep } from 'node:timers/promises'
import { failpoint } from '../../platform/failpoint.ts'
import { isOpen, type Lane, listens, rules } from '../lanes/lane.ts'
import { readVersion } from '../lanes/load-receivers.ts'
import { failed, nowOf, type State } from '../state.ts'
import { type Blocks, createBlocks } from './blocks.ts'
import { createRanges, type Ranges } from './ranges.ts'
import { type LogEvent, readRange, type Step, type Tail } from './tail.ts'

/** The tail reads on while a lane follows it, or is at most this many ids behind. */
const near = 512

/** Reads the log as it grows, and earlier parts of it for lanes that are behind. */
export function createFollowing(state: State) {
  const { db, poll = 500 } = state.options
  let byType: Map<string, Lane[]> | null = null
  let blocks: Blocks | null = null
  let following = false
  let again = false
  /** The tail has more to read, and waits for a lane to come near. */
  let tailWaits = false
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

  /** The lanes by the types they want, and the parts of the log that they read. */
  function prepared(tail: Tail): { byType: Map<string, Lane[]>; blocks: Blocks } {
    blocks ??= createBlocks(db, tail, failed(state, 'the event log could not be read'))
    if (!byType) {
      byType = new Map()
      for (const lane of state.lanes.values()) {
        for (const each of lane.receiver.types) {
          const there = byType.get(each)
          if (there) there.push(lane)
          else byType.set(each, [lane])
        }
      }
      blocks.hold(byType.keys())
    }
    return { byType, blocks }
  }

  async function readOn(tail: Tail): Promise<void> {
    const { types } = prepared(tail).blocks
    // Without such a lane nobody would take what is read, and it would be read again.
    const forward = isWanted(tail)
    const step = await tail.read(types, forward)
    failpoint('claim')
    while (step.version > state.known && !state.stopping) await state.refresh()
    // The log was continued elsewhere: what was read is useless.
    if (state.tail !== tail) {
      again = true
      return
    }
    // It was read for lanes that wanted fewer types than the present ones.
    if (types !== prepared(tail).blocks.types) {
      again = true
      return
    }
    route(step, tail)
    // Gaps are looked at again soon: most of them are transactions about to commit.
    if (!tail.gaps.isEmpty())
      gapTimer ??= setTimeout(() => {
        gapTimer = null
        kick()
      }, 25)
    tailWaits = !forward
    if (step.more) again = true
    // Events in quick succession are read together: a look at the log costs the same for one as for a hundred.
    else if (again) await sleep(1)
  }

  function isWanted({ last }: Tail): boolean {
    for (const lane of state.lanes.values()) if (lane.atTail || lane.readTo > last - near) return true
    return false
  }

  /** Without lanes there is nothing to read; but there may be an endpoint now. */
  async function lookAtVersion(): Promise<void> {
    if ((await readVersion(db)) > state.known) await state.refresh()
  }

  /**
   * Brings what was read to the lanes that want it. Lanes with enough to do read on by themselves later. The tail
   * must move in the same step: a lane's own reading relies on where the tail is.
   */
  function route({ events, late, apply }: Step, tail: Tail): void {
    const before = tail.last
    const { byType, blocks } = prepared(tail)
    apply()
    blocks.put(late, before)
    blocks.put(events, before)
    const touched = new Set<Lane>()
    for (const event of late) {
      for (const lane of byType.get(event.type) ?? [])
        if (wants(lane, event) && bringLate(lane, event, before)) touched.add(lane)
    }
    for (const event of events) {
      for (const lane of byType.get(event.type) ?? [])
        if (lane.atTail && wants(lane, event)) {
          bring(lane, event)
          touched.add(lane)
        }
    }
    for (const lane of touched) state.dispatch(lane)
  }

  const wants = (lane: Lane, event: LogEvent) => isOpen(lane, event.id) && listens(lane.receiver, event)

  /** Brings an event that fills a gap to a lane that has passed it; others will find it in its place. */
  function bringLate(lane: Lane, event: LogEvent, before: number): boolean {
    if (event.id > (lane.atTail ? before : lane.readTo)) return false
    lane.late.push(event)
    // It need not be looked up again.
    lane.base.holes.delete(event.id)
    return true
  }

  function bring(lane: Lane, event: LogEvent): void {
    lane.queue.push(event)
    if (lane.queue.length < rules.queue) return
    lane.atTail = false
    lane.readTo = Math.max(lane.readTo, event.id)
    lane.holesReadTo = event.id
  }

  /** Takes more of the log for a lane behind the tail, or starts to read it. */
  function refill(lane: Lane): void {
    const { tail } = state
    const { health, receiver } = lane
    if (lane.atTail || lane.reading || lane.draining || !receiver.active || !tail || state.stopping) return
    // A probe needs one event, when it is time.
    const most = health.paused ? 1 : rules.queue
    if (health.paused && (lane.queue.length || lane.late.length || nowOf(state) < (health.probeAt ?? 0))) return
    // The tail brings what it has yet to read, and what fills its gaps.
    const holes = lane.holesReadTo < lane.base.position ? holesBelow(lane, tail) : null
    if (holes && !holes.isEmpty()) {
      lookUp(lane, holes, tail).catch(failed(state, 'the event log could not be read'))
      return
    }
    lane.holesReadTo = Math.max(lane.holesReadTo, tail.last)
    const { blocks } = prepared(tail)
    while (lane.queue.length < most) {
      if (lane.readTo >= tail.last) {
        lane.atTail = true
        break
      }
      const found = blocks.after(lane.readTo)
      if (!found) {
        readFirst(lane, blocks)
        break
      }
      take(lane, found, most)
    }
    // Reads ahead, while the lane is busy with what it has.
    if (lane.queue.length >= most && lane.readTo < tail.last && !blocks.after(lane.readTo)) blocks.load(lane.readTo)
    if (tailWaits && lane.readTo > tail.last - near) kick()
  }

  function holesBelow({ base, holesReadTo }: Lane, { last, gaps }: Tail): Ranges {
    const holes = createRanges(base.holes.parts(holesReadTo + 1, last))
    for (const [from, to] of gaps.parts()) holes.delete(from, to)
    return holes
  }

  function take(lane: Lane, { events, from, upTo }: NonNullable<ReturnType<Blocks['after']>>, most: number): void {
    for (let at = from; at < events.length; at++) {
      const event = events[at] as LogEvent
      if (!wants(lane, event)) continue
      lane.queue.push(event)
      if (lane.queue.length < most) continue
      lane.readTo = event.id
      return
    }
    lane.readTo = upTo
  }

  function readFirst(lane: Lane, blocks: Blocks): void {
    const reading = {}
    lane.reading = reading
    blocks.load(lane.readTo).then((read) => {
      if (lane.reading !== reading) return
      lane.reading = null
      if (read) state.dispatch(lane)
    })
  }

  /** The events in the holes that a lane was taken with. */
  async function lookUp(lane: Lane, holes: Ranges, { last }: Tail): Promise<void> {
    const reading = {}
    lane.reading = reading
    try {
      const found = await readRange(db, holes)
      if (lane.reading !== reading) return
      lane.late.push(...found.filter((event) => wants(lane, event)))
      lane.holesReadTo = Math.max(lane.holesReadTo, last)
    } finally {
      if (lane.reading === reading) lane.reading = null
    }
    state.dispatch(lane)
  }

  const timer = setInterval(kick, poll)

  return {
    kick,
    refill,
    /** Lanes have come or gone, or want something else. */
    lanesChanged(): void {
      byType = null
    },
    /** Discards everything that was read. */
    forget(): void {
      byType = null
      blocks = null
    },
    stop(): void {
      clearInterval(timer)
      if (gapTimer) clearTimeout(gapTimer)
    },
  }
}
