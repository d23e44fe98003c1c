import type { Db } from '../../platform/db/database.ts'
import { bodySql } from '../../platform/events/body.ts'
import { type Row, statement } from '../../platform/sql/statement.ts'
import type { Ranges } from './ranges.ts'

/** An event as lanes deliver it. */
export type LogEvent = {
  id: number
  type: string
  /** The version of webhook_listening it was emitted under. */
  audience: number
  /** The bytes that are sent: the same at every attempt. */
  body: Buffer
  /** The trace of the request that emitted it, if there is one. */
  trace: string | null
}

/** How far the log was read: everything up to `last`, except `gaps`. */
export type Position = { last: number; gaps: Ranges }

/** What to read: at most `forward` ids beyond `last`, and whatever fills gaps. */
type Asked = { last: number; forward: number; lows: number[]; highs: number[]; batch: number; types: string[] }

/** A log: entries whose ids are given out before they commit. */
export type Source<Entry> = {
  /** In the order of ids; `entry` is null if its type is not wanted. */
  read(db: Db, asked: Asked): Promise<{ rows: { id: number; late: boolean; entry: Entry | null }[]; version: number }>
  /** The transactions that may still commit an id given out before now. */
  writers(db: Db): Promise<string[]>
}

export type Step<Entry = LogEvent> = {
  /** In the order of ids; `late` ones fill a gap. */
  events: Entry[]
  late: Entry[]
  /** There is more to read at once. */
  more: boolean
  /** The version of the subscriptions, from the same snapshot. */
  version: number
  /** Moves the tail on. What was read must reach the lanes in the same step. */
  apply(): void
}

export type Tail<Entry = LogEvent> = Position & {
  /** The last id read before the log was continued on another server, if that point was passed. */
  before: number | null
  /**
   * @param types the events whose bodies are wanted; others are skipped
   * @param forward false looks at the gaps alone
   */
  read(types: string[], forward: boolean): Promise<Step<Entry>>
}

const batch = 1_000

const event = { id: 'bigint', type: 'text', audience: 'int?', body: 'text?', trace: 'text?' } as const

const reading = statement({
  name: 'delivery: read on in the log',
  takes: {
    ...{ last: 'bigint', forward: 'bigint', lows: 'bigint[]', highs: 'bigint[]' },
    ...{ batch: 'bigint', types: 'text[]' },
  },
  gives: { ...event, late: 'boolean' },
  variants: () => [{ unheard: false }, { unheard: true }],
  sql: ($, { unheard }) => `select id, type, audience,
    case when ${unheard ? '' : 'audience is not null and '}type = any(${$.types}) then (${bodySql('body')})::text end as body, trace, late
  from (
    (select e.* from unnest(${$.lows}, ${$.highs}) gap(low, high) cross join lateral (
      select id, type, audience, body, trace, true as late from event
      where id between gap.low and gap.high order by id limit ${$.batch}) e
      order by id limit ${$.batch})
    union all
    (select id, type, audience, body, trace, false from event where id > ${$.last} order by id limit ${$.forward})
    union all
    (select -1, '', version, null, null, false from webhook_listening)
  ) e order by id`,
})

// Writers hold this lock from before they take an id until they end.
const findingWriters = statement({
  name: 'delivery: who writes to a log',
  takes: { log: 'text' },
  gives: { writer: 'text' },
  sql: ($) => `select virtualtransaction as writer from pg_locks
  where locktype = 'relation' and relation = ${$.log}::regclass and mode = 'RowExclusiveLock'
    and database = (select oid from pg_database where datname = current_database())`,
})

/** The writers of a log, which is a table. */
export const writersTo =
  (log: string): Source<unknown>['writers'] =>
  async (db) =>
    (await findingWriters.rows(db, { log })).map(({ writer }) => writer)

/**
 * The event log as a source.
 * @param entryOf makes an entry of an event that was read
 * @param unheard includes events that no webhook listened to
 */
export const eventSource = <Entry>(entryOf: (row: Row<typeof event>) => Entry, unheard = false): Source<Entry> => ({
  async read(db, asked) {
    const read = { rows: [] as { id: number; late: boolean; entry: Entry | null }[], version: 0 }
    for (const { late, ...row } of await reading.rows(db, asked, { unheard })) {
      if (row.id < 0) read.version = row.audience as number
      else read.rows.push({ id: row.id, late, entry: row.body === null ? null : entryOf(row) })
    }
    return read
  },
  writers: writersTo('event'),
})

/**
 * A jump of this many ids only happens where a log was continued on another server, 2^24 beyond what was known there.
 */
export const passedOver = 2 ** 23

/**
 * Reads a log forward as its entries commit.
 *
 * Ids are given out before commit. So an id that is missing below one that is there may still come, or may belong to
 * a transaction that was rolled back. Such a gap stays open until it is filled, or until every transaction that could
 * have taken the id has ended: those at work at some moment after the gap was first seen.
 */
export function createTail<Entry>(db: Db, from: Position, source: Source<Entry>): Tail<Entry> {
  /** Gaps, when each was first seen, and the transactions that may fill it, once they were looked up. */
  let open: Gap[] = [...from.gaps.parts()].map(([low, high]) => ({ low, high, seen: 0, writers: null }))
  let looked = 0
  const tail: Tail<Entry> = { last: from.last, before: null, gaps: from.gaps, read }

  /** The gaps that nobody can fill any more, unless the next reading shows them. */
  async function findDead(now: number): Promise<Set<Gap>> {
    const dead = new Set<Gap>()
    const old = open.filter((gap) => now - gap.seen > 20)
    if (!old.length || now - looked < 20) return dead
    looked = now
    const writers = new Set(await source.writers(db))
    for (const gap of old) {
      if (gap.writers) for (const each of gap.writers) if (!writers.has(each)) gap.writers.delete(each)
      gap.writers ??= new Set(writers)
      if (!gap.writers.size) dead.add(gap)
    }
    return dead
  }

  async function read(types: string[], forward: boolean): Promise<Step<Entry>> {
    const now = performance.now()
    const dead = await findDead(now)
    const lows = open.map(({ low }) => low)
    const highs = open.map(({ high }) => high)
    const asked = { last: tail.last, forward: forward ? batch : 0, lows, highs, batch, types }
    const { rows, version } = await source.read(db, asked)
    const step = { events: [] as Entry[], late: [] as Entry[], version }
    const seen: number[] = []
    const filled: number[] = []
    for (const { id, late, entry } of rows) {
      ;(late ? filled : seen).push(id)
      if (entry !== null) (late ? step.late : step.events).push(entry)
    }
    const apply = () => {
      // If more gaps were filled than were read, it is not known yet which of the rest are dead.
      if (filled.length < batch) {
        open = open.filter((gap) => !dead.has(gap))
        for (const { low, high } of dead) tail.gaps.delete(low, high)
      }
      if (filled.length) open = without(open, filled)
      for (const id of filled) tail.gaps.delete(id)
      for (const id of seen) {
        if (id > tail.last + 1) {
          if (id - tail.last >= passedOver) tail.before = tail.last
          open.push({ low: tail.last + 1, high: id - 1, seen: now, writers: null })
          tail.gaps.add(tail.last + 1, id - 1)
        }
        tail.last = id
      }
    }
    return { ...step, more: seen.length === batch || filled.length === batch, apply }
  }

  return tail
}

type Gap = { low: number; high: number; seen: number; writers: Set<string> | null }

/** What is left of gaps when some of their ids have come; both in order. */
function without(gaps: Gap[], filled: number[]): Gap[] {
  const left: Gap[] = []
  let at = 0
  for (const gap of gaps) {
    let { low } = gap
    while (at < filled.length && (filled[at] as number) < low) at++
    for (let id = filled[at]; id !== undefined && id <= gap.high; id = filled[++at]) {
      if (id > low) left.push({ ...gap, low, high: id - 1, writers: gap.writers && new Set(gap.writers) })
      low = id + 1
    }
    if (low <= gap.high) left.push(low === gap.low ? gap : { ...gap, low })
  }
  return left
}

const readingBetween = statement({
  name: 'delivery: events of a stretch of the log',
  takes: { after: 'bigint', upTo: 'bigint', types: 'text[]', limit: 'bigint' },
  gives: event,
  sql: ($) => `select id, type, audience, (${bodySql('body')})::text as body, trace from event
  where id > ${$.after} and id <= ${$.upTo} and audience is not null and type = any(${$.types})
  order by id limit ${$.limit}`,
})

const readingRanges = statement({
  name: 'delivery: events in ranges of ids',
  takes: { lows: 'bigint[]', highs: 'bigint[]' },
  gives: event,
  sql: ($) => `select e.* from unnest(${$.lows}, ${$.highs}) part(low, high) cross join lateral (
  select id, type, audience, (${bodySql('body')})::text as body, trace from event where id between part.low and part.high
    and audience is not null order by id) e order by id`,
})

const readingThese = statement({
  name: 'delivery: events by id',
  takes: { ids: 'bigint[]' },
  gives: event,
  sql: ($) =>
    `select id, type, audience, (${bodySql('body')})::text as body, trace from event where id = any(${$.ids}) order by id`,
})

const findingNext = statement({
  name: 'delivery: the next id of the log',
  takes: { after: 'bigint' },
  gives: { id: 'bigint' },
  sql: ($) => `select id from event where id > ${$.after} order by id limit 1`,
})

/** An event as it was read, for lanes. */
export const toLogEvent = (row: Row<typeof event>): LogEvent => ({
  id: row.id,
  type: row.type,
  audience: row.audience as number,
  body: Buffer.from(row.body as string),
  trace: row.trace,
})

/** Events of some types between two ids, for lanes that are behind. */
export async function readBetween(
  db: Db,
  after: number,
  upTo: number,
  types: string[],
  limit: number,
): Promise<LogEvent[]> {
  return (await readingBetween.rows(db, { after, upTo, types, limit })).map(toLogEvent)
}

/** Events by id. */
export async function readThese(db: Db, ids: number[]): Promise<LogEvent[]> {
  return (await readingThese.rows(db, { ids })).map(toLogEvent)
}

/** Events in ranges of ids. */
export async function readRange(db: Db, ranges: Ranges): Promise<LogEvent[]> {
  const parts = [...ranges.parts()]
  const ends = { lows: parts.map(([low]) => low), highs: parts.map(([, high]) => high) }
  return (await readingRanges.rows(db, ends)).map(toLogEvent)
}

/** The first event after an id, of whatever type. */
export async function findNext(db: Db, after: number): Promise<number | null> {
  return (await findingNext.row(db, { after }))?.id ?? null
}
