import { randomBytes } from 'node:crypto'
import { createDue } from './attempts/due.ts'
import { createWriting } from './attempts/write.ts'
import { createDispatch } from './dispatch.ts'
import { createLanes } from './lanes/lanes.ts'
import { createFollowing } from './log/read-log.ts'
import type { EngineOptions, State } from './state.ts'

export type { DeliveryLog, EngineOptions } from './state.ts'

export type Engine = {
  node: string
  /** Looks for new events and requested repeats at once. */
  wake(): void
  /** Begins nothing new, waits for what is under way, writes it down and hands the lanes over. */
  stop(): Promise<void>
  /** The present state, for tests and metrics. */
  state(): { lanes: number; inflight: number; unwritten: number; behind: number }
}

/**
 * Delivers the event log to the endpoints whose lanes this node holds.
 *
 * Nothing is queued per receiver: a lane is a position in the log, and rows exist only for what must be tried again.
 * Attempts are written together with that position, so a crash repeats what was under way or not yet written, and
 * loses nothing.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const state: State = {
    options,
    node: randomBytes(9).toString('base64url'),
    receivers: new Map(),
    lanes: new Map(),
    known: 0,
    tail: null,
    lastBreak: null,
    erasing: null,
    stopping: false,
    validUntil: 0,
    inflight: { quick: 0, slow: 0, others: 0 },
    unwritten: 0,
    dispatch: (lane) => dispatching.dispatch(lane),
    push: (attempt) => writing.push(attempt),
    write: (lanes) => writing.write(lanes),
    kick: () => following.kick(),
    refill: (lane) => following.refill(lane),
    loadDue: () => due.loadDue(),
    forget: (attempts) => due.forget(attempts),
    refresh: () => lanes.refresh(),
    rebalance: () => lanes.rebalance(),
    drop: (lane) => lanes.drop(lane),
    handOver: (lane) => lanes.handOver(lane),
  }
  const dispatching = createDispatch(state)
  const writing = createWriting(state, dispatching.unblock)
  const following = createFollowing(state)
  const due = createDue(state)
  const lanes = createLanes(state, following, dispatching.forgetLane)

  await lanes.refresh()
  await lanes.rebalance()

  return {
    node: state.node,
    wake() {
      state.kick()
      state.loadDue()
    },
    async stop() {
      state.stopping = true
      following.stop()
      await lanes.rest()
      dispatching.stop()
      await due.stop()
      await lanes.stop()
    },
    state: () => ({
      lanes: state.lanes.size,
      inflight: state.inflight.quick + state.inflight.slow + state.inflight.others,
      unwritten: state.unwritten,
      behind: [...state.lanes.values()].filter((lane) => !lane.atTail).length,
    }),
  }
}
