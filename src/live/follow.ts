import type pg from 'pg'
import type { Logger } from 'pino'
import type { Kith } from '../context.ts'
import { channel, here } from '../delivery/channel.ts'
import { createRanges } from '../delivery/log/ranges.ts'
import { createTail, type Tail } from '../delivery/log/tail.ts'
import type { Database } from '../platform/db/database.ts'
import { Refusal } from '../platform/errors.ts'
import { events, findEnds, signals } from './source.ts'
import type { Entry } from './telling.ts'

/** Without being woken the logs are looked at so often, in ms; and gaps in them, which most likely are about to be filled. */
const [poll, soon] = [500, 25]
/** Nothing more is read while so much waits to be told. */
const mostUntold = 5_000
/** So long after the last page was closed the reading ends, in ms. */
const lingering = 30_000

export type Following = {
  /** From when this resolves nothing is missed. */
  begin(): Promise<void>
  /** Nobody is there to be told. */
  rest(): void
  stop(): Promise<void>
}

export type FollowingOptions = {
  /** Where the logs are read. */
  db: Database
  /** Types of events and kinds of signals that are wanted. */
  types: string[]
  /** Tells what has happened. If the database is away, it is given the same again. */
  tell(entries: Entry[]): Promise<void>
  /** Whether other nodes say when something was committed there. */
  listen: boolean
  log: Pick<Logger, 'error' | 'warn'>
}

/**
 * Reads the event log and the signals as they grow, from where they end as the first page is opened: what is committed
 * after that is told once, in its order, whichever node it was committed on.
 */
export function createFollowing(kith: Pick<Kith, 'db'>, { db, types, tell, listen, log }: FollowingOptions): Following {
  let tails: Tail<Entry>[] | null = null
  let beginning: Promise<void> | null = null
  let looking: Promise<void> | null = null
  let again = false
  /** What was read and is not told yet, in its order. */
  let untold: Entry[] = []
  let telling: Promise<void> | null = null
  let stopped = false
  let gapTimer: NodeJS.Timeout | null = null
  let restTimer: NodeJS.Timeout | null = null
  let pollTimer: NodeJS.Timeout | null = null
  let ear: pg.Client | null = null

  function kick(): void {
    again = true
    if (!tails || stopped) return
    looking ??= lookOn()
      .catch((error) => log.error({ err: error }, 'open pages could not be told; trying again'))
      .finally(() => {
        looking = null
        // What came between its last look and this.
        if (again) setTimeout(kick, soon).unref()
      })
  }

  async function lookOn(): Promise<void> {
    while (again && tails && !stopped && untold.length < mostUntold) {
      again = false
      const reading: Tail<Entry>[] = tails
      const steps = await Promise.all(reading.map((tail) => tail.read(types, true)))
      // The last page was closed meanwhile; what is read for the next begins elsewhere.
      if (tails !== reading) return
      const entries = steps.flatMap(({ late, events }) => [...late, ...events].sort((a, b) => a.id - b.id))
      for (const step of steps) step.apply()
      untold.push(...entries)
      tellOn()
      if (steps.some(({ more }) => more)) again = true
      if (!reading.every(({ gaps }) => gaps.isEmpty())) gapTimer ??= setTimeout(lookAtGaps, soon)
    }
  }

  /** While some is told, what comes next is read: it waits for its turn to be told, and for nothing else. */
  function tellOn(): void {
    if (!untold.length || stopped) return
    telling ??= tellAll()
      .catch((error) => log.error({ err: error }, 'open pages could not be told; trying again'))
      .finally(() => {
        telling = null
        if (again) kick()
      })
  }

  /** What the database keeps from being told is tried again; what cannot be told at all must not hold up all that follows. */
  async function tellAll(): Promise<void> {
    while (untold.length && !stopped) {
      const some = untold
      untold = []
      try {
        await tell(some)
      } catch (error) {
        if (error instanceof Refusal) {
          // Nothing of it was sent.
          if (tails) untold = [...some, ...untold]
          throw error
        }
        const types = [...new Set(some.map(({ type }) => type))]
        log.error({ err: error, types }, 'open pages are not told of something')
      }
    }
  }

  function lookAtGaps(): void {
    gapTimer = null
    kick()
  }

  kith.db.onEventsCommitted(kick)

  async function begin(): Promise<void> {
    const ends = await findEnds(db)
    if (stopped) return
    const at = ({ last, missing }: (typeof ends)['events']) => ({ last, gaps: createRanges(missing) })
    tails = [createTail(db, at(ends.events), events), createTail(db, at(ends.signals), signals)]
    pollTimer = setInterval(() => {
      tellOn()
      kick()
      hear()
    }, poll)
    hear()
  }

  let connecting = false
  /** Hears of other nodes at once. Where that fails, the next look makes up for it. */
  function hear(): void {
    if (!listen || ear || connecting || !tails) return
    connecting = true
    open()
      .catch((error) => log.warn({ why: error.message }, 'other nodes are not heard'))
      .finally(() => {
        connecting = false
      })
  }
  async function open(): Promise<void> {
    const client = await db.connect()
    client.once('end', () => {
      if (ear === client) ear = null
    })
    // What this process says to others it knows already.
    client.on('notification', ({ payload }) => void (payload === here || kick()))
    await client.query(`listen ${channel}`)
    if (tails) ear = client
    else await client.end()
  }

  function end(): void {
    tails = null
    untold = []
    beginning = null
    if (pollTimer) clearInterval(pollTimer)
    if (gapTimer) clearTimeout(gapTimer)
    gapTimer = null
    const client = ear
    ear = null
    client?.end().catch(() => {})
  }

  return {
    begin() {
      if (restTimer) clearTimeout(restTimer)
      restTimer = null
      beginning ??= begin().catch((error) => {
        beginning = null
        throw error
      })
      return beginning
    },
    rest() {
      restTimer ??= setTimeout(end, lingering).unref()
    },
    async stop() {
      stopped = true
      if (restTimer) clearTimeout(restTimer)
      end()
      await Promise.all([looking, telling])
    },
  }
}
