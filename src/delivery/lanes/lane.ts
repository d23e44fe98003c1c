import type { Outcome } from '../http/send.ts'
import { createRanges, type Ranges } from '../log/ranges.ts'
import type { LogEvent, Position } from '../log/tail.ts'

/** A webhook endpoint as lanes need to know it. */
export type Receiver = {
  id: number
  version: number
  active: boolean
  origin: string
  path: string
  verify: boolean
  /** The present secret first, then the former one while it still signs. */
  secrets: { secret: string; until: number }[]
  standardHeaders: boolean
  rate: number | null
  concurrency: number | null
  target: string
  /** The types it was subscribed to, from which version of the subscriptions to which. */
  spans: { since: number; until: number; types: Set<string> }[]
  /** All types of the spans: what to look for in the log. */
  types: Set<string>
}

/** One event on its way to one endpoint. */
export type Delivery = {
  event: number
  body: Buffer
  trace: string | null
  /** From the log, or from a row of webhook_delivery: a retry, or a requested repeat. */
  source: 'log' | 'retry' | 'replay'
  run: number
  /** Attempts made in this run. */
  attempts: number
  due: number
  /** Sent to a paused endpoint, to see whether it is back. */
  probe?: boolean
}

/**
 * How a receiver is doing. It is a circuit breaker: while `paused` it is open, and one delivery at a time, the probe,
 * finds out whether it may close.
 */
export type Health = {
  failures: number
  failingSince: number | null
  succeededAt: number | null
  paused: boolean
  probeAt: number | null
}

/**
 * The way to one endpoint: a cursor in the log, the holes below it, and one node at a time that drives it. This is
 * what that node knows of it.
 */
export type Lane = {
  receiver: Receiver
  epoch: number
  health: Health
  /** The state in the database when the lane was taken: events up to `position` are done, except `holes`. */
  base: { position: number; holes: Ranges }
  /** Everything up to here was taken from the log: it is done, under way, or waiting in a queue. */
  readTo: number
  /** The reading of the log that it waits for; another or null once it no longer wants it. */
  reading: object | null
  /** The holes it was taken with have been looked up to here. A lane that follows the tail gets the rest from it. */
  holesReadTo: number
  /** Whether it follows the tail of the log; otherwise it takes the parts of the log that are read for lanes behind. */
  atTail: boolean
  /** From the log, in order; `late` holds events that came after later ones. */
  queue: LogEvent[]
  late: LogEvent[]
  retries: Delivery[]
  replays: Delivery[]
  /** Events of rows that wait in a queue or are under way, until their outcome is written. */
  known: Set<number>
  inflight: Set<Delivery>
  /** Requests at a time: grows with success, halves with failure, starts over after a rest. */
  window: number
  turn: number
  /** Nothing begins before this time: the receiver asked for it, or fails at everything. */
  holdUntil: number
  tokens: number
  refilledAt: number
  probeGap: number
  /** It is being handed over: nothing new begins. */
  draining: boolean
  /** More rows are due than were loaded. */
  moreDue: boolean
  /** Its receiver takes long to answer: its requests must not keep others waiting. */
  slow: boolean
  /** The position last written. */
  saved: number
  /** Where its row has been since then: ctid. */
  row: string | null
}

export const rules = {
  window: 32,
  /** Failures in a row before an endpoint counts as failing; before it is paused, if they last; before it is slowed. */
  failing: 5,
  pausing: 20,
  pausingAfter: 60_000,
  spacing: 1_000,
  probeFirst: 5_000,
  probeLast: 300_000,
  queue: 64,
  maxHold: 300_000,
  maxRetryAfter: 3_600_000,
}

export function createLane(receiver: Receiver, epoch: number, base: Lane['base'], health: Health): Lane {
  return {
    receiver,
    epoch,
    health,
    base,
    readTo: base.position,
    reading: null,
    holesReadTo: 0,
    atTail: false,
    queue: [],
    late: [],
    retries: [],
    replays: [],
    known: new Set(),
    inflight: new Set(),
    window: 1,
    turn: 0,
    holdUntil: 0,
    tokens: receiver.rate ?? 0,
    refilledAt: 0,
    probeGap: rules.probeFirst,
    draining: false,
    moreDue: false,
    slow: false,
    saved: base.position,
    row: null,
  }
}

/** Whether an endpoint was subscribed to an event when it happened. */
export function listens({ spans }: Receiver, event: Pick<LogEvent, 'type' | 'audience'>): boolean {
  for (let i = spans.length - 1; i >= 0; i--) {
    const span = spans[i] as Receiver['spans'][number]
    if (event.audience < span.since) continue
    return event.audience < span.until && span.types.has(event.type)
  }
  return false
}

/** Whether the lane still has to deliver this event, judged by its state when it was taken. */
export const isOpen = ({ base }: Lane, id: number) => id > base.position || base.holes.has(id)

/** Whether the receiver answered well the last time. Only such lanes send from the main delivery thread. */
export const isProven = ({ health }: Lane) => health.failures === 0 && health.succeededAt !== null

function limitOf(lane: Lane): number {
  if (lane.health.paused) return 1
  const most = lane.receiver.concurrency ?? rules.window
  return Math.min(most, isProven(lane) ? lane.window : 2)
}

/**
 * A token bucket that lets no more than `rate` through in any second: its size and one second's refill are less than
 * one more. It holds what comes in between two ticks, so that nothing is lost.
 */
const bucketOf = (rate: number) => ({ size: 1 + rate / 50, refill: rate - rate / 50 })

/** When the lane can begin something: a time in ms, or null if time alone changes nothing. */
export function waitsUntil(lane: Lane, now: number): number | null {
  if (!lane.receiver.active || lane.draining) return null
  if (lane.inflight.size >= limitOf(lane)) return null
  const never = Number.POSITIVE_INFINITY
  const fresh = lane.queue.length || lane.late.length ? now : never
  const first = Math.min(fresh, lane.retries[0]?.due ?? never, lane.replays[0]?.due ?? never)
  if (first === never) return null
  let at = Math.max(first, lane.health.paused ? (lane.health.probeAt ?? 0) : lane.holdUntil)
  if (lane.receiver.rate !== null && lane.tokens < 1)
    at = Math.max(at, lane.refilledAt + ((1 - lane.tokens) / bucketOf(lane.receiver.rate).refill) * 1000)
  return at
}

/** New events come before retries, and retries before requested repeats; but each gets a turn. */
const turns = ['log', 'log', 'retry', 'log', 'replay'] as const

/** Takes the next delivery to begin now; null if there is none, or not yet. */
export function takeNext(lane: Lane, now: number): Delivery | null {
  const { receiver, health } = lane
  if (!receiver.active || lane.draining || lane.inflight.size >= limitOf(lane)) return null
  if (health.paused ? now < (health.probeAt ?? 0) : now < lane.holdUntil) return null
  if (receiver.rate !== null) {
    const { size, refill } = bucketOf(receiver.rate)
    lane.tokens = Math.min(size, lane.tokens + ((now - lane.refilledAt) / 1000) * refill)
    lane.refilledAt = now
    if (lane.tokens < 1) return null
  }
  const taken = health.paused ? takeOldest(lane, now) : takeByTurn(lane, now)
  if (!taken) return null
  if (receiver.rate !== null) lane.tokens--
  taken.probe = health.paused
  lane.inflight.add(taken)
  return taken
}

function takeByTurn(lane: Lane, now: number): Delivery | null {
  const turn = turns[lane.turn++ % turns.length] as Delivery['source']
  return (
    (turn === 'retry' ? firstDue(lane.retries, now) : turn === 'replay' ? firstDue(lane.replays, now) : null) ??
    fromLog(lane) ??
    firstDue(lane.retries, now) ??
    firstDue(lane.replays, now)
  )
}

/** Retries and repeats wait until they are due: a repeat that failed is retried as well. */
const firstDue = (waiting: Delivery[], now: number) =>
  (waiting[0]?.due ?? Number.POSITIVE_INFINITY) <= now ? (waiting.shift() as Delivery) : null

const takeOldest = (lane: Lane, now: number) =>
  firstDue(lane.retries, now) ?? fromLog(lane) ?? firstDue(lane.replays, now)

function fromLog(lane: Lane): Delivery | null {
  // The smaller id first: a later event must not be done while an earlier one waits, or a crash would forget it.
  const first = lane.queue[0]
  const late = lane.late[0]
  const next = late && (!first || late.id < first.id) ? lane.late.shift() : lane.queue.shift()
  return next
    ? { event: next.id, body: next.body, trace: next.trace, source: 'log', run: 0, attempts: 0, due: 0 }
    : null
}

/** The consequences of an attempt. */
export type Verdict = {
  /** What becomes of this delivery's row: it is deleted, or due again. Null if it has none and needs none. */
  row: { gone: true } | { gone: false; attempts: number; due: number } | null
  nextRetry: number | null
  /** It was the last attempt of its run, and failed. */
  gaveUp: boolean
  /** A change in the endpoint's health that has an event. */
  turn: 'failing' | 'paused' | 'recovered' | null
  /**
   * Failures in a row and since when: including this attempt, or those that it ended. More may follow before this is
   * written.
   */
  failures: number
  failingSince: number | null
}

/**
 * Judges an attempt: only 2xx is a success.
 * @param schedule seconds to wait before each retry; after the last retry a delivery is given up
 */
export function judge(lane: Lane, delivery: Delivery, outcome: Outcome, now: number, schedule: number[]): Verdict {
  const { health } = lane
  lane.inflight.delete(delivery)
  const hasRow = delivery.source !== 'log'
  if (outcome.code !== null && outcome.code >= 200 && outcome.code < 300) {
    const { failures, failingSince } = health
    const turn = failures >= rules.failing || health.paused ? 'recovered' : null
    health.failures = 0
    health.failingSince = null
    health.succeededAt = now
    health.paused = false
    health.probeAt = null
    lane.probeGap = rules.probeFirst
    const idle = !lane.inflight.size && !lane.queue.length && !lane.late.length
    lane.window = idle ? 1 : Math.min(lane.window + 1, lane.receiver.concurrency ?? rules.window)
    return { row: hasRow ? { gone: true } : null, nextRetry: null, gaveUp: false, turn, failures, failingSince }
  }

  // A request that was under way when the endpoint was paused is no probe.
  const probed = delivery.probe === true && health.paused
  health.failures++
  health.failingSince ??= now
  lane.window = Math.max(1, Math.floor(lane.window / 2))
  let turn: Verdict['turn'] = health.failures === rules.failing ? 'failing' : null
  if (probed) {
    lane.probeGap = Math.min(lane.probeGap * 2, rules.probeLast)
    health.probeAt = now + lane.probeGap
  } else if (health.failures >= rules.pausing && !health.paused) {
    lane.holdUntil = now + rules.spacing
    if (now - health.failingSince >= rules.pausingAfter) {
      health.paused = true
      health.probeAt = now + rules.probeFirst
      lane.probeGap = rules.probeFirst
      turn = 'paused'
    }
  }
  // The receiver's wish to be left alone can only delay.
  const away = outcome.code === 429 || outcome.code === 503 ? (outcome.retryAfter ?? 0) * 1000 : 0
  if (away) lane.holdUntil = Math.max(lane.holdUntil, now + Math.min(away, rules.maxHold))

  // A probe shows whether the receiver is back; it does not use up the attempts of its delivery.
  const wait = probed ? (health.probeAt as number) - now : schedule[delivery.attempts]
  const { failures, failingSince } = health
  const stand = { turn, failures, failingSince }
  if (wait === undefined) return { row: hasRow ? { gone: true } : null, nextRetry: null, gaveUp: true, ...stand }
  const due = now + Math.max(probed ? wait : wait * 1000, Math.min(away, rules.maxRetryAfter))
  return {
    row: { gone: false, attempts: delivery.attempts + (probed ? 0 : 1), due },
    nextRetry: due,
    gaveUp: false,
    ...stand,
  }
}

/** Drops everything that waits; it is read again when wanted. What is under way goes on. */
export function rewind(lane: Lane, tail: Position): void {
  const { position, holes } = progressOf(lane, tail)
  for (const { source, event } of lane.inflight) if (source === 'log') holes.delete(event)
  for (const { event } of [...lane.retries, ...lane.replays]) lane.known.delete(event)
  Object.assign(lane, { base: { position, holes }, readTo: position, reading: null, atTail: false })
  Object.assign(lane, { holesReadTo: 0, queue: [], late: [], retries: [], replays: [] })
}

/** How far a lane is: everything up to `position` is done, except `holes`. */
export function progressOf(lane: Lane, { last, gaps }: Position): Lane['base'] {
  const { base, queue, late, inflight } = lane
  const position = Math.max(base.position, queue[0] ? queue[0].id - 1 : lane.readTo)
  const holes = createRanges()
  for (const { source, event } of inflight) if (source === 'log' && event <= position) holes.add(event)
  for (const { id } of late) if (id <= position) holes.add(id)
  for (const { id } of queue) {
    if (id > position) break
    holes.add(id)
  }
  for (const [from, to] of gaps.parts(undefined, position)) {
    holes.add(Math.max(from, base.position + 1), to)
    for (const each of base.holes.parts(from, Math.min(to, base.position))) holes.add(...each)
  }
  // Holes it was taken with that nobody has looked up yet.
  const lookedUp = lane.atTail ? last : lane.holesReadTo
  for (const each of base.holes.parts(lookedUp + 1)) holes.add(...each)
  return { position, holes }
}
