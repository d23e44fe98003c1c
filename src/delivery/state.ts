import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/db/database.ts'
import type { Outcome, Sender } from './http/send.ts'
import { type Delivery, isProven, type Lane, type Receiver, type Verdict } from './lanes/lane.ts'
import { createRanges } from './log/ranges.ts'
import type { Position, Tail } from './log/tail.ts'

/** Logs what the engine does. */
export type DeliveryLog = Record<'info' | 'warn' | 'error', (about: object, message: string) => void>

export type EngineOptions = {
  /** A pool of its own: it must not wait behind requests. */
  db: Database
  clock: Clock
  log: DeliveryLog
  /** Sends to receivers that answered well the last time, and to all others. */
  sender: Sender
  isolated: Sender
  /** Seconds before each retry. */
  schedule: number[]
  /** How long a request may take, in ms: a stop waits for it. */
  timeout: number
  /** False if PostgreSQL is behind a pooler: no LISTEN, and no session to show that this node lives. */
  listen?: boolean
  /** How often (ms) to check for lost wake-ups. */
  poll?: number
  /** Begins the trace of an attempt that a traced request has caused. */
  follow?: Follow
  /** Continues a recovery of an endpoint. */
  recover?: (db: Database, endpoint: number, now: Date) => Promise<unknown>
  /**
   * The last break of the log. After another one, what was read before it may no longer be there.
   * @param read the highest id that was read
   */
  lastBreak?: (db: Database, read: number) => Promise<number>
}

/** The trace of an attempt: what its receiver is told of it, and its outcome. */
export type Follow = (
  lane: Lane,
  delivery: Delivery,
  began: number,
) => { context: string; end(outcome: Outcome): void } | null

/** An attempt that was made, to be written down. */
export type Attempt = {
  lane: Lane
  delivery: Delivery
  outcome: Outcome
  verdict: Verdict
  sentAt: number
  digests: string
  /** The version of the endpoint as it was sent to. */
  version: number
  /** The additional digests of Standard Webhooks, as in `digests`; empty if there are none. */
  standard: string
}

/** What the parts of the engine share, and what each does for the others. */
export type State = {
  options: EngineOptions
  /** This node's name among others. */
  node: string
  receivers: Map<number, Receiver>
  /** The lanes this node drives, by endpoint. */
  lanes: Map<number, Lane>
  /** The version of the subscriptions that `receivers` has. */
  known: number
  tail: Tail | null
  /** The last break of the log when the lanes were taken; null before that is known. */
  lastBreak: number | null
  /** Members who were being erased at the last look; null before that. */
  erasing: Set<number> | null
  stopping: boolean
  /** Until this time (monotonic clock) the lanes are surely ours. */
  validUntil: number
  /** Requests under way, by kind of lane. */
  inflight: Record<LaneKind, number>
  /** Outcomes not written down yet. */
  unwritten: number

  /** dispatch.ts: begins whatever a lane may begin now. */
  dispatch(lane: Lane): void
  /**
   * attempts/write.ts: takes an outcome to be written soon; or writes everything so far, with how far these lanes
   * are.
   */
  push(attempt: Attempt): void
  write(lanes: Lane[]): Promise<void>
  /** log/read-log.ts: reads on in the log, for all lanes or for one that is behind. */
  kick(): void
  refill(lane: Lane): void
  /** attempts/due.ts: loads what is due; forgets what was written. */
  loadDue(): void
  forget(attempts: Attempt[]): void
  /** lanes/lanes.ts: which lanes there are. */
  refresh(): Promise<void>
  rebalance(): Promise<void>
  drop(lane: Lane): void
  handOver(lane: Lane): void
}

/**
 * Receivers that answer well and soon, those that answer well, and all others. Each kind has its own limit: those
 * that never answer would leave no room.
 */
export type LaneKind = 'quick' | 'slow' | 'others'

/** Largest number of outcomes not written down: a crash may send these twice, beside those under way. */
export const maxUnwritten = 1_024
/**
 * Largest number of requests under way. More to receivers that answer at once would only wait here, and cost memory.
 */
export const maxInflight: Record<LaneKind, number> = { quick: 192, slow: 1_024, others: 2_048 }
/** An answer that takes longer (ms) is slow. */
export const slowAfter = 250

export const holds = ({ lanes }: State, lane: Lane) => lanes.get(lane.receiver.id) === lane

/** Whether this node may begin a request of a kind. */
export const mayBegin = ({ stopping, inflight, unwritten, validUntil }: State, kind: LaneKind) =>
  !stopping && inflight[kind] < maxInflight[kind] && unwritten < maxUnwritten && performance.now() < validUntil

export const kindOf = (lane: Lane): LaneKind => (isProven(lane) ? (lane.slow ? 'slow' : 'quick') : 'others')

export const nowOf = ({ options }: State) => options.clock.now().getTime()

/** How far the log was read. */
export const tailPosition = ({ tail }: State): Position => tail ?? { last: 0, gaps: createRanges() }

/** Moves lanes that follow the tail up to it. */
export function advance({ tail }: State, some: Iterable<Lane>): void {
  for (const lane of some) if (lane.atTail && tail) lane.readTo = Math.max(lane.readTo, tail.last)
}

/** Logs a failure, except while stopping. */
export const failed = (state: State, what: string) => (error: unknown) => {
  if (!state.stopping) state.options.log.warn({ err: error }, what)
}
