import { point } from '../platform/point.ts'
import { dueBatch } from './due.ts'
import { type Delivery, judge, type Lane, rules, takeNext, waitsUntil } from './lane.ts'
import { sign, standardHeaders } from './sign.ts'
import { holds, kindOf, mayBegin, nowOf, type State } from './state.ts'

/** Begins deliveries: as many as their lanes, this node and the moment allow. */
export function createPump(state: State) {
  const { sender, quarantine, schedule } = state.options
  /** Lanes that could begin something, were it not for what this node has to write down first. */
  const blocked = new Set<Lane>()
  /** Lanes that wait for a moment. */
  const timed = new Map<Lane, number>()
  let ticker: NodeJS.Timeout | null = null

  function pump(lane: Lane): void {
    if (!holds(state, lane)) return
    for (;;) {
      if (!mayBegin(state, kindOf(lane))) {
        blocked.add(lane)
        break
      }
      const delivery = takeNext(lane, nowOf(state))
      if (!delivery) break
      begin(lane, delivery)
    }
    if (lane.queue.length < rules.queue / 4) state.refill(lane)
    if (lane.moreDue && lane.retries.length + lane.replays.length < dueBatch / 4) state.loadDue()
    if (lane.draining) state.handOver(lane)
    const at = waitsUntil(lane, nowOf(state))
    if (at === null) timed.delete(lane)
    else timed.set(lane, at)
    if (timed.size) ticker ??= setInterval(tick, 20)
  }

  /** Begins what was waiting for its time. */
  function tick(): void {
    const now = nowOf(state)
    // A copy: what cannot begin yet is put back while this runs.
    for (const [lane, at] of [...timed]) {
      if (at > now) continue
      timed.delete(lane)
      pump(lane)
    }
    if (!timed.size) rest()
  }

  function rest(): void {
    if (ticker) clearInterval(ticker)
    ticker = null
  }

  function begin(lane: Lane, delivery: Delivery): void {
    const { origin, path, verify, secrets, standardHeaders: standard } = lane.endpoint
    const { event, body } = delivery
    const sentAt = nowOf(state)
    const seconds = Math.floor(sentAt / 1000)
    const keys = secrets.filter(({ until }) => until > sentAt).map(({ secret }) => secret)
    const { header, digests } = sign(body, keys, seconds)
    const headers = ['content-type', 'application/json', 'user-agent', 'Kith-Webhooks/1']
    headers.push('selfcommunity-signature', header)
    if (standard) headers.push(...standardHeaders(body, keys, seconds, event))
    point('sign')
    const kind = kindOf(lane)
    state.inflight[kind]++
    const by = kind === 'proven' ? sender : quarantine
    by.send({ origin, path, verify, headers, body }, (outcome) => {
      state.inflight[kind]--
      // Passed to another node meanwhile, which sends this again.
      if (!holds(state, lane)) return
      const verdict = judge(lane, delivery, outcome, nowOf(state), schedule)
      state.push({ lane, delivery, outcome, verdict, sentAt, digests })
      pump(lane)
    })
  }

  return {
    pump,
    /** Gives lanes that had to wait for this node another chance. */
    unblock(): void {
      if (!blocked.size) return
      const all = [...blocked]
      blocked.clear()
      for (const lane of all) pump(lane)
    },
    forgetLane(lane: Lane): void {
      blocked.delete(lane)
      timed.delete(lane)
    },
    stop: rest,
  }
}
