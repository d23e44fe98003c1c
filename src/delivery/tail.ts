import type { Db } from '../platform/db/database.ts'
import { bodySql } from '../platform/events/body.ts'
import type { Ranges } from './ranges.ts'

/** An event as lanes deliver it. */
export type Told = {
  id: number
  type: string
  /** The version of webhook_listening it was told under. */
  audience: number
  /** The bytes that are sent: the same at every attempt. */
  body: Buffer
}

/** Where the reading of the log stands: everything up to `last` was seen, except `gaps`. */
export type Position = { last: number; gaps: Ranges }

export type Step = {
  /** In the order of their ids; those that fill a gap are late. */
  told: Told[]
  late: Told[]
  /** There is more to read at once. */
  more: boolean
  /** Of the subscriptions, as the same reading saw it. */
  version: number
  /** Moves the tail on. What was read is to reach the lanes in the same breath. */
  apply(): void
}

export type Tail = Position & {
  /**
   * @param types of which events to bring the bodies: others are passed
   * @param forward false looks at the gaps alone
   */
  read(types: string[], forward: boolean): Promise<Step>
}

type Row = { id: number; type: string; audience: number | null; body: string | null; late?: boolean }

const batch = 1_000

const readText = `select id, type, audience, case when audience is not null and type = any($5) then (${bodySql('body')})::text end as body, late from (
    (select e.* from unnest($2::bigint[], $6::bigint[]) gap(low, high) cross join lateral (
      select id, type, audience, body, true as late from event where id between gap.low and gap.high order by id limit $4) e
      order by id limit $4)
    union all
    (select id, type, audience, body, false from event where id > $1 order by id limit $3)
    union all
    (select -1, '', version, null, false from webhook_listening)
  ) e order by id`

// Whoever tells an event holds this lock on the log from before they take the event's id until they have ended.
const writersText = `select virtualtransaction as writer from pg_locks
  where locktype = 'relation' and relation = 'event'::regclass and mode = 'RowExclusiveLock'
    and database = (select oid from pg_database where datname = current_database())`

/**
 * Reads the event log forward, as soon as events are committed.
 *
 * Ids are given out before commit, so an id that is missing below one that is there may still come, or may belong to a
 * change that was undone. Such a gap stays open until it is filled, or until everybody who could have taken the id has
 * ended: the writers at work at some moment after the gap was seen.
 */
export function createTail(db: Db, from: Position): Tail {
  /** Gaps: when they were first seen, and who may fill them, once that was looked up. */
  let open: Gap[] = [...from.gaps.parts()].map(([low, high]) => ({ low, high, seen: 0, writers: null }))
  let looked = 0
  const tail: Tail = { last: from.last, gaps: from.gaps, read }

  /** The gaps that nobody can fill any more, unless the next reading shows them. */
  async function findDead(now: number): Promise<Set<Gap>> {
    const dead = new Set<Gap>()
    const old = open.filter((gap) => now - gap.seen > 20)
    if (!old.length || now - looked < 20) return dead
    looked = now
    const writers = new Set((await db.query<{ writer: string }>(writersText)).map((row) => row.writer))
    for (const gap of old) {
      if (gap.writers) for (const each of gap.writers) if (!writers.has(each)) gap.writers.delete(each)
      gap.writers ??= new Set(writers)
      if (!gap.writers.size) dead.add(gap)
    }
    return dead
  }

  async function read(types: string[], forward: boolean): Promise<Step> {
    const now = performance.now()
    const dead = await findDead(now)
    const lows = open.map(({ low }) => low)
    const highs = open.map(({ high }) => high)
    const rows = await db.query<Row>(readText, [tail.last, lows, forward ? batch : 0, batch, types, highs])
    const step = { told: [] as Told[], late: [] as Told[], version: 0 }
    const seen: number[] = []
    const filled: number[] = []
    for (const row of rows) {
      if (row.id < 0) {
        step.version = row.audience as number
        continue
      }
      ;(row.late ? filled : seen).push(row.id)
      if (row.body !== null) (row.late ? step.late : step.told).push(toTold(row))
    }
    const apply = () => {
      // Where more gaps were filled than were read, nobody can say yet which of the rest are dead.
      if (filled.length < batch) {
        open = open.filter((gap) => !dead.has(gap))
        for (const { low, high } of dead) tail.gaps.delete(low, high)
      }
      if (filled.length) open = without(open, filled)
      for (const id of filled) tail.gaps.delete(id)
      for (const id of seen) {
        if (id > tail.last + 1) {
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

/** What is left of gaps, in their order, when some of their ids are there, in order as well. */
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

const betweenText = `select id, type, audience, (${bodySql('body')})::text as body from event
  where id > $1 and id <= $2 and audience is not null and type = any($3) order by id limit $4`

const rangeText = `select e.* from unnest($1::bigint[], $2::bigint[]) part(low, high) cross join lateral (
  select id, type, audience, (${bodySql('body')})::text as body from event where id between part.low and part.high
    and audience is not null order by id) e order by id`

const theseText = `select id, type, audience, (${bodySql('body')})::text as body from event where id = any($1::bigint[]) order by id`

const toTold = (row: Row): Told => ({
  id: row.id,
  type: row.type,
  audience: row.audience as number,
  body: Buffer.from(row.body as string),
})

/** Events of some types in a stretch of the log, for lanes that are behind. */
export async function readBetween(
  db: Db,
  after: number,
  upTo: number,
  types: string[],
  limit: number,
): Promise<Told[]> {
  return (await db.query<Row>(betweenText, [after, upTo, types, limit])).map(toTold)
}

/** Events by id. */
export async function readThese(db: Db, ids: number[]): Promise<Told[]> {
  return (await db.query<Row>(theseText, [ids])).map(toTold)
}

/** Events in ranges of ids. */
export async function readRange(db: Db, ranges: Ranges): Promise<Told[]> {
  const parts = [...ranges.parts()]
  const rows = await db.query<Row>(rangeText, [parts.map(([low]) => low), parts.map(([, high]) => high)])
  return rows.map(toTold)
}

/** The first event after an id, of whatever type. */
export async function findNext(db: Db, after: number): Promise<number | null> {
  const [row] = await db.query<{ id: number }>('select id from event where id > $1 order by id limit 1', [after])
  return row?.id ?? null
}
