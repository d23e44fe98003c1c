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

/**
 * How often the logs are read without a wake-up, and how soon again while an id is missing (ms). A missing id is
 * usually there within milliseconds.
 */
const [poll, soon] = [500, 25]
/** Reading pauses while more entries than this wait to be told. */
const mostUntold = 5_000
/** How long reading goes on after the last page was closed (ms). */
const lingering = 30_000

export type Following = {
  /** Once this resolves, no entry is missed. */
  begin(): Promise<void>
  /** No page is open any more. */
  rest(): void
  stop(): Promise<void>
}

export type FollowingOptions = {
  /** The database that the logs are read from. */
  db: Database
  /** Event types and kinds of signals to read. */
  types: string[]
  /** Tells open pages what has happened. If the database fails, it is called with the same entries again. */
  tell(entries: Entry[]): Promise<void>
  /** Whether to listen for commits of other nodes. */
  listen: boolean
  log: Pick<Logger, 'error' | 'warn'>
}

/**
 * Reads the event log and the signals as they grow, from where they end when the first page is opened. Everything
 * committed after that is told once, in order, whichever node committed it.
 */
export function createFollowing(kith: Pick<Kith, 'db'>, { db, types, tell, listen, log }: FollowingOptions): Following {
  let tails: Tail<Entry>[] | null = null
  let beginning: Promise<void> | null = null
  let looking: Promise<void> | null = null
  let again = false
  /** Entries that were read and are not told yet, in order. */
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
        // Something was committed between the last look and now.
        if (again) setTimeout(kick, soon).unref()
      })
  }

  async function lookOn(): Promise<void> {
    while (again && tails && !stopped && untold.length < mostUntold) {
      again = false
      const reading: Tail<Entry>[] = tails
      const steps = await Promise.all(reading.map((tail) => tail.read(types, true)))
      // The last page was closed meanwhile; the next reading begins elsewhere.
      if (tails !== reading) return
      const entries = steps.flatMap(({ late, events }) => [...late, ...events].sort((a, b) => a.id - b.id))
      for (const step of steps) step.apply()
      untold.push(...entries)
      tellOn()
      if (steps.some(({ more }) => more)) again = true
      if (!reading.every(({ gaps }) => gaps.isEmpty())) gapTimer ??= setTimeout(lookAtGaps, soon)
    }
  }

  /** Tells what was read while the next entries are already being read. */
  function tellOn(): void {
    if (!untold.length || stopped) return
    telling ??= tellAll()
      .catch((error) => log.error({ err: error }, 'open pages could not be told; trying again'))
      .finally(() => {
        telling = null
        if (again) kick()
      })
  }

  /**
   * After a failure of the database the entries are tried again. An entry that fails by itself is dropped, so that it
   * does not hold up those behind it.
   */
  async function tellAll(): Promise<void> {
    while (untold.length && !stopped) {
      const some = untold
      untold = []
      try {
        await tell(some)
      } catch (error) {
        if (error instanceof Refusal) {
          // None of it was sent.
          if (tails) untold = [...some, ...untold]
          throw error
        }
        const types = [...new Set(some.map(({ type }) => type))]
        log.error({ err: error, types }, 'open pages were not told of some events')
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
  /** Listens for commits of other nodes. If that fails, the next poll finds them. */
  function hear(): void {
    if (!listen || ear || connecting || !tails) return
    connecting = true
    open()
      .catch((error) => log.warn({ why: error.message }, 'commits of other nodes are not heard; the log is polled'))
      .finally(() => {
        connecting = false
      })
  }
  async function open(): Promise<void> {
    const client = await db.connect()
    client.once('end', () => {
      if (ear === client) ear = null
    })
    // Notifications of this process itself are ignored: it knows already.
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
