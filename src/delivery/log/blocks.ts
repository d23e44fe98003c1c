import type { Db } from '../../platform/db/database.ts'
import { createRanges, type Range } from './ranges.ts'
import { findNext, type LogEvent, readBetween, type Tail } from './tail.ts'

/** Ids of the log that are kept or dropped together. */
const size = 256
/** Largest reading: blocks, or events, which are more than fit in one block. */
const reading = { blocks: 64, events: 2 * size }
/** Largest size of all blocks in bytes; an event counts its body and its overhead. */
const maxBytes = 8 * 1024 * 1024
const overhead = 256

type Block = { events: LogEvent[]; bytes: number }
/** `until`: nothing was brought meanwhile between its last id and this. */
type Loading = { first: number; end: number; brought: LogEvent[]; until: number; done: Promise<boolean> }

/**
 * Parts of the log for lanes behind the tail, read once for all of them and kept in memory: after an outage a
 * thousand receivers want the same events.
 *
 * A block here is complete: it has every event of these types that the tail has passed, except in the tail's gaps.
 * Whatever the tail brings is added to it in the same step.
 */
export type Blocks = {
  /** The events after `id`, up to the end of one block; null if they have to be read first. */
  after(id: number): { events: LogEvent[]; from: number; upTo: number } | null
  /** Reads what comes after `id`; false if that failed. */
  load(id: number): Promise<boolean>
  /** Adds what the tail brought in one step, from `before` to where it is now. */
  put(events: LogEvent[], before: number): void
  /** Makes blocks hold the events of these types. */
  hold(types: Iterable<string>): void
  /** The types that blocks hold; a new list once they hold more. */
  types: string[]
}

export function createBlocks(db: Db, tail: Tail, failed: (error: unknown) => void): Blocks {
  /** Least recently used first, as a Map keeps its keys. */
  const kept = new Map<number, Block>()
  const loadings = new Set<Loading>()
  /** Stretches without events that are longer than one reading. */
  const empty = createRanges()
  let bytes = 0

  const indexOf = (id: number) => Math.floor(id / size)

  function keep(index: number, events: LogEvent[]): void {
    const block = { events, bytes: overhead }
    for (const { body } of events) block.bytes += body.length + overhead
    bytes += block.bytes
    kept.set(index, block)
    for (const [oldest, { bytes: less }] of kept) {
      if (bytes <= maxBytes || oldest === index) break
      kept.delete(oldest)
      bytes -= less
    }
  }

  function insert(block: Block, event: LogEvent): void {
    const { events } = block
    events.splice(firstAfter(events, event.id), 0, event)
    block.bytes += event.body.length + overhead
    bytes += event.body.length + overhead
  }

  async function read(loading: Loading): Promise<void> {
    const { first, end, brought } = loading
    const { types } = blocks
    const upTo = Math.min(end * size - 1, tail.last)
    const gaps = createRanges(tail.gaps.parts(undefined, upTo))
    const { last } = tail
    const rows = await readBetween(db, first * size - 1, upTo, types, reading.events)
    if (!rows.length && upTo < last) {
      const next = Math.min((await findNext(db, upTo)) ?? last + 1, last + 1, loading.until)
      empty.add(upTo + 1, next - 1)
    }
    // It was read for other types than are wanted by now.
    if (types !== blocks.types) return
    const whole = rows.length < reading.events ? end : indexOf((rows.at(-1) as LogEvent).id)
    // Events in gaps come from the tail, now or later.
    const all = [...rows.filter(({ id }) => !gaps.has(id)), ...brought].sort((a, b) => a.id - b.id)
    let at = 0
    for (let index = first; index < whole; index++) {
      const from = at
      while (at < all.length && indexOf((all[at] as LogEvent).id) === index) at++
      keep(index, all.slice(from, at))
    }
  }

  const blocks: Blocks = {
    types: [],
    after(id) {
      if (empty.has(id + 1)) {
        const [first] = empty.parts(id + 1)
        return { events: [], from: 0, upTo: (first as Range)[1] }
      }
      const index = indexOf(id + 1)
      const block = kept.get(index)
      if (!block) return null
      kept.delete(index)
      kept.set(index, block)
      return {
        events: block.events,
        from: firstAfter(block.events, id),
        upTo: Math.min((index + 1) * size - 1, tail.last),
      }
    },
    load(id) {
      const first = indexOf(id + 1)
      for (const each of loadings) if (first >= each.first && first < each.end) return each.done
      let end = first + 1
      const last = indexOf(tail.last)
      const starts = [...loadings].map((each) => each.first).filter((each) => each > first)
      const limit = Math.min(last + 1, first + reading.blocks, ...starts)
      while (end < limit && !kept.has(end)) end++
      const loading: Loading = { first, end, brought: [], until: Number.POSITIVE_INFINITY, done: Promise.resolve(true) }
      loadings.add(loading)
      loading.done = read(loading)
        .then(
          () => true,
          (error) => {
            failed(error)
            return false
          },
        )
        .finally(() => loadings.delete(loading))
      return loading.done
    },
    put(events, before) {
      for (const event of events) {
        const index = indexOf(event.id)
        empty.delete(event.id)
        for (const loading of loadings) {
          if (index >= loading.first && index < loading.end) loading.brought.push(event)
          else if (index >= loading.end) loading.until = Math.min(loading.until, event.id)
        }
        const block = kept.get(index)
        if (block) insert(block, event)
        // All of this block was seen by the tail, so it need not be read.
        else if (index * size > before) keep(index, [event])
      }
    },
    hold(types) {
      const wanted = new Set(types)
      for (const each of blocks.types) wanted.delete(each)
      if (!wanted.size) return
      blocks.types = [...blocks.types, ...wanted]
      kept.clear()
      bytes = 0
    },
  }
  return blocks
}

/** Where the events after `id` begin in a block. */
export function firstAfter(events: LogEvent[], id: number): number {
  let from = 0
  let to = events.length
  while (from < to) {
    const middle = (from + to) >> 1
    if ((events[middle] as LogEvent).id <= id) from = middle + 1
    else to = middle
  }
  return from
}
