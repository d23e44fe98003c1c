import { failpoint } from '../platform/failpoint.ts'
import { isLow } from './attempts/due.ts'
import { headerLines } from './http/send.ts'
import { fixedHeaders, sign, standardHeaders } from './http/sign.ts'
import { type Delivery, judge, type Lane, rules, takeNext, waitsUntil } from './lanes/lane.ts'
import { holds, kindOf, type LaneKind, mayBegin, nowOf, type State, slowAfter } from './state.ts'

const always = headerLines(fixedHeaders)

/** A request under way. */
type Flight = { lane: Lane; kind: LaneKind; began: number }

const kinds: LaneKind[] = ['quick', 'slow', 'others']
/** Lanes of unproven receivers looked at in a row: one event may be for thousands of them. */
const inARow = 32

/** Begins deliveries, as many as their lanes, this node and the moment allow. */
export function createDispatch(state: State) {
  const { sender, isolated, schedule } = state.options
  /** Lanes that may have something to begin, by kind. They take turns, one delivery each. */
  const ready: Record<LaneKind, Set<Lane>> = { quick: new Set(), slow: new Set(), others: new Set() }
  /** Requests of quick lanes, oldest first. */
  const quick = new Set<Flight>()
  /** Lanes that wait for a certain moment (ms). */
  const timed = new Map<Lane, number>()
  let ticker: NodeJS.Timeout | null = null
  let looked = 0

  function dispatch(lane: Lane): void {
    if (!holds(state, lane)) return
    const kind = kindOf(lane)
    ready[kind].add(lane)
    drain(kind)
  }

  function drain(kind: LaneKind): void {
    const waiting = ready[kind]
    for (const lane of waiting) {
      if (!mayBegin(state, kind) || (kind === 'others' && !mayLook())) return
      waiting.delete(lane)
      if (!holds(state, lane)) continue
      if (kindOf(lane) !== kind) {
        dispatch(lane)
        continue
      }
      const now = nowOf(state)
      const delivery = takeNext(lane, now)
      if (delivery) {
        // To the end of the queue. A Set iterates over what is added during the iteration.
        waiting.add(lane)
        begin(lane, delivery, kind, now)
      }
      if (lane.queue.length < rules.queue / 4) state.refill(lane)
      if (!delivery) rest(lane, now)
    }
  }

  function mayLook(): boolean {
    if (looked === 0)
      setImmediate(() => {
        looked = 0
        drain('others')
      })
    return ++looked <= inARow
  }

  /** Sets aside a lane that can begin nothing more: for now, or until a certain moment. */
  function rest(lane: Lane, now: number): void {
    if (lane.moreDue && isLow(lane)) state.loadDue()
    if (lane.draining) state.handOver(lane)
    const at = waitsUntil(lane, now)
    if (at === null) timed.delete(lane)
    else timed.set(lane, at)
    watch()
  }

  const watch = () => {
    if (timed.size || quick.size) ticker ??= setInterval(tick, 20)
  }

  /** Begins what was waiting for its time, and moves slow receivers out of the way of others. */
  function tick(): void {
    const now = nowOf(state)
    // A copy: what cannot begin yet is put back while this runs.
    for (const [lane, at] of [...timed]) {
      if (at > now) continue
      timed.delete(lane)
      dispatch(lane)
    }
    const before = performance.now() - slowAfter
    let freed = false
    for (const flight of quick) {
      if (flight.began > before) break
      quick.delete(flight)
      move(flight, 'slow')
      flight.lane.slow = true
      freed = true
    }
    if (freed) drain('quick')
    if (!timed.size && !quick.size) stop()
  }

  function move(flight: Flight, to: LaneKind): void {
    state.inflight[flight.kind]--
    state.inflight[to]++
    flight.kind = to
  }

  function stop(): void {
    if (ticker) clearInterval(ticker)
    ticker = null
  }

  function begin(lane: Lane, delivery: Delivery, kind: LaneKind, sentAt: number): void {
    const { origin, path, verify, secrets, version } = lane.receiver
    const { event, body } = delivery
    const seconds = Math.floor(sentAt / 1000)
    const keys = secrets.filter(({ until }) => until > sentAt).map(({ secret }) => secret)
    const { header, digests } = sign(body, keys, seconds)
    let headers = `${always}selfcommunity-signature: ${header}\r\n`
    const standard = lane.receiver.standardHeaders ? standardHeaders(body, keys, seconds, event) : null
    if (standard) headers += standard.headers
    failpoint('sign')
    const traced = delivery.trace === null ? null : (state.options.follow?.(lane, delivery, sentAt) ?? null)
    if (traced) headers += headerLines({ traceparent: traced.context })
    const flight: Flight = { lane, kind, began: performance.now() }
    state.inflight[kind]++
    if (kind === 'quick') {
      quick.add(flight)
      watch()
    }
    const by = kind === 'others' ? isolated : sender
    by.send({ origin, path, verify, headers, body }, (outcome) => {
      quick.delete(flight)
      state.inflight[flight.kind]--
      traced?.end(outcome)
      // A lane that passed to another node is sent again there.
      if (holds(state, lane)) {
        lane.slow = outcome.ms >= slowAfter
        const verdict = judge(lane, delivery, outcome, nowOf(state), schedule)
        state.push({ lane, delivery, outcome, verdict, sentAt, digests, version, standard: standard?.digests ?? '' })
        dispatch(lane)
      }
      drain(flight.kind)
    })
  }

  return {
    dispatch,
    /** Lets lanes try again that had to wait for this node. */
    unblock(): void {
      for (const kind of kinds) drain(kind)
    },
    forgetLane(lane: Lane): void {
      for (const kind of kinds) ready[kind].delete(lane)
      timed.delete(lane)
    },
    stop,
  }
}
