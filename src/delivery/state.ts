import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/db/database.ts'
import { type Delivery, type Endpoint, isProven, type Lane, type Verdict } from './lane.ts'
import { createRanges } from './ranges.ts'
import type { Outcome, Sender } from './send.ts'
import type { Position, Tail } from './tail.ts'

/** What the engine says while it works. */
export type DeliveryLog = Record<'info' | 'warn' | 'error', (about: object, message: string) => void>

export type EngineOptions = {
  /** A pool of its own: it must not wait behind requests. */
  db: Database
  clock: Clock
  log: DeliveryLog
  /** For receivers that answered well the last time, and for all others. */
  sender: Sender
  quarantine: Sender
  /** Seconds before each retry. */
  schedule: number[]
  /** How long a request may take, in ms: a stop waits for it. */
  timeout: number
  /** False where PostgreSQL is behind a pooler: no LISTEN, and no session to tell that this node lives. */
  listen?: boolean
  /** Looks every so often (ms) whether a wake-up got lost. */
  poll?: number
  /** Goes on with what an endpoint asked to be told again. */
  recover?: (db: Database, endpoint: number, now: Date) => Promise<unknown>
  /**
   * Which break of the log was the last: after another one, what was read before it may be there no more.
   * @param read the highest id that was read
   */
  lastBreak?: (db: Database, read: number) => Promise<number>
}

/** An attempt that was made, to be written down. */
export type Attempt = {
  lane: Lane
  delivery: Delivery
  outcome: Outcome
  verdict: Verdict
  sentAt: number
  digests: string
}

/** What the parts of the engine share, and what each does for the others. */
export type State = {
  options: EngineOptions
  /** This node's name among others. */
  node: string
  endpoints: Map<number, Endpoint>
  /** The lanes this node drives, by endpoint. */
  lanes: Map<number, Lane>
  /** The version of the subscriptions that `endpoints` is of. */
  known: number
  tail: Tail | null
  /** The last break of the log when the lanes were taken; null before that is known. */
  lastBreak: number | null
  /** Members who were being erased at the last look; null before that. */
  erasing: Set<number> | null
  stopping: boolean
  /** Until then (on the monotonic clock) the lanes are surely ours. */
  validUntil: number
  /** Requests under way, by what they may cost others. */
  inflight: Record<Kind, number>
  /** Outcomes not written down yet. */
  unwritten: number

  /** pump.ts: begins whatever a lane may begin now. */
  pump(lane: Lane): void
  /** write.ts: an outcome, to be written soon; or everything so far, with the standing of these lanes. */
  push(attempt: Attempt): void
  write(lanes: Lane[]): Promise<void>
  /** follow.ts: reads on in the log, for all lanes or for one that is behind. */
  kick(): void
  refill(lane: Lane): void
  /** due.ts: loads what is due; forgets what was written. */
  loadDue(): void
  forget(attempts: Attempt[]): void
  /** lanes.ts: which lanes there are. */
  refresh(): Promise<void>
  settle(): Promise<void>
  drop(lane: Lane): void
  handOver(lane: Lane): void
}

/**
 * To receivers that answer well and soon, to those that answer well, and to all others. Each has its own room: those that
 * answer last would leave none.
 */
export type Kind = 'quick' | 'slow' | 'others'

/** Outcomes not written down, at most: what a crash may send twice, beside what was under way. */
export const unwrittenMost = 1_024
/** Requests under way at most. More at a time to those that answer at once would only wait here, and cost memory. */
export const inflightMost: Record<Kind, number> = { quick: 192, slow: 1_024, others: 2_048 }
/** An answer that takes longer (ms) is slow. */
export const slowAfter = 250

export const holds = ({ lanes }: State, lane: Lane) => lanes.get(lane.endpoint.id) === lane

/** Whether this node may begin a request of a kind. */
export const mayBegin = ({ stopping, inflight, unwritten, validUntil }: State, kind: Kind) =>
  !stopping && inflight[kind] < inflightMost[kind] && unwritten < unwrittenMost && performance.now() < validUntil

export const kindOf = (lane: Lane): Kind => (isProven(lane) ? (lane.slow ? 'slow' : 'quick') : 'others')

export const nowOf = ({ options }: State) => options.clock.now().getTime()

/** Where the reading of the log stands. */
export const standing = ({ tail }: State): Position => tail ?? { last: 0, gaps: createRanges() }

/** Brings lanes that follow the tail up to it. */
export function reach({ tail }: State, some: Iterable<Lane>): void {
  for (const lane of some) if (lane.attached && tail) lane.readTo = Math.max(lane.readTo, tail.last)
}

/** Says that something failed; at the end of everything that is no news. */
export const failed = (state: State, what: string) => (error: unknown) => {
  if (!state.stopping) state.options.log.warn({ err: error }, what)
}
