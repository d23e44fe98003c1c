import { setTimeout as sleep } from 'node:timers/promises'
import type { Lane } from '../lanes/lane.ts'
import { type Attempt, advance, failed, holds, nowOf, type State, tailPosition } from '../state.ts'
import { createBatch, writeBatch } from './record.ts'

/** Outcomes are gathered for this long (ms), or up to this number, and written together. */
const gathering = { ms: 25, max: 512 }

/** Writes the outcomes of attempts, and how far lanes are. */
export function createWriting(state: State, unblock: () => void) {
  const { db, clock, log } = state.options
  let buffer: Attempt[] = []
  let stamp = 0
  let pending = 0
  let last: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | null = null

  function flush(): void {
    if (timer) clearTimeout(timer)
    timer = null
    if (pending < 2) write([])
  }

  function soon(): void {
    if (buffer.length >= gathering.max) flush()
    else timer ??= setTimeout(flush, gathering.ms)
  }

  /** One batch after the other: what a batch says of a lane assumes that all earlier batches are written. */
  function write(others: Lane[]): Promise<void> {
    pending++
    last = last.then(async () => {
      await writeNow(others).catch(failed(state, 'attempts could not be written down'))
      pending--
      if (buffer.length) soon()
    })
    return last
  }

  async function writeNow(others: Lane[]): Promise<void> {
    const all = buffer
    buffer = []
    // Attempts of lanes that were given up are sent again by their next node.
    const attempts = all.filter(({ lane }) => holds(state, lane))
    const lanes = [...new Set([...attempts.map(({ lane }) => lane), ...others])].filter((lane) => holds(state, lane))
    state.unwritten -= all.length - attempts.length
    if (!lanes.length) return
    advance(state, lanes)
    const batch = createBatch(lanes, attempts, tailPosition(state), ++stamp)
    let held: Set<number> | null = null
    for (let wait = 50, tries = 0; !held; wait = Math.min(wait * 2, 2_000)) {
      // After two failures the batch is written without events: deliveries do not wait for events about their
      // endpoints.
      held = await writeBatch(db, batch, clock.now(), tries < 3).catch(async (error) => {
        tries++
        if (state.stopping && tries > 4) {
          // No later batch may count these attempts as done.
          for (const lane of lanes) state.drop(lane)
          throw error
        }
        log.warn({ err: error, attempts: attempts.length }, 'attempts could not be written down; trying again')
        await sleep(wait)
        return null
      })
    }
    state.unwritten -= attempts.length
    for (const lane of lanes) if (!held.has(lane.receiver.id)) state.drop(lane)
    state.forget(attempts)
    const due = nowOf(state) + 2_000
    if (attempts.some(({ verdict }) => verdict.row && !verdict.row.gone && verdict.row.due <= due)) state.loadDue()
    for (const attempt of attempts) say(attempt)
    unblock()
    for (const lane of lanes) if (lane.draining) state.handOver(lane)
  }

  /** Logs what an operator should know of an attempt. */
  function say({ lane, delivery, verdict, outcome }: Attempt): void {
    if (verdict.gaveUp) log.warn({ endpoint: lane.receiver.id, event: delivery.event }, 'a delivery was given up')
    if (!verdict.turn) return
    const about = { endpoint: lane.receiver.id, target: lane.receiver.target, failures: verdict.failures }
    const why = { code: outcome.code, why: outcome.response.slice(0, 200) }
    if (verdict.turn === 'recovered') log.info(about, 'a webhook endpoint has recovered')
    else log.warn({ ...about, ...why }, `a webhook endpoint is ${verdict.turn}`)
  }

  return {
    push(attempt: Attempt): void {
      buffer.push(attempt)
      state.unwritten++
      soon()
    },
    write,
  }
}
