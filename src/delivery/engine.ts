import { randomBytes } from 'node:crypto'
import { createDue } from './due.ts'
import { createFollowing } from './follow.ts'
import { createLanes } from './lanes.ts'
import { createPump } from './pump.ts'
import type { EngineOptions, State } from './state.ts'
import { createWriting } from './write.ts'

export type { DeliveryLog, EngineOptions } from './state.ts'

export type Engine = {
  node: string
  /** Something was told, or asked for. */
  wake(): void
  /** Begins nothing new, waits for what is under way, writes it down and hands the lanes over. */
  stop(): Promise<void>
  /** How it stands, for tests and figures. */
  state(): { lanes: number; inflight: number; unwritten: number; behind: number }
}

/**
 * Delivers the event log to the endpoints whose lanes this node holds.
 *
 * Nothing is queued per receiver: a lane is a position in the log, and rows exist only for what must be tried again.
 * Whatever was attempted is written down together with that position, so a crash repeats what was under way and what
 * had not been written yet, and loses nothing.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const state: State = {
    options,
    node: randomBytes(9).toString('base64url'),
    endpoints: new Map(),
    lanes: new Map(),
    known: 0,
    tail: null,
    lastBreak: null,
    erasing: null,
    stopping: false,
    validUntil: 0,
    inflight: { quick: 0, slow: 0, others: 0 },
    unwritten: 0,
    pump: (lane) => pumping.pump(lane),
    push: (attempt) => writing.push(attempt),
    write: (lanes) => writing.write(lanes),
    kick: () => following.kick(),
    refill: (lane) => following.refill(lane),
    loadDue: () => due.loadDue(),
    forget: (attempts) => due.forget(attempts),
    refresh: () => lanes.refresh(),
    settle: () => lanes.settle(),
    drop: (lane) => lanes.drop(lane),
    handOver: (lane) => lanes.handOver(lane),
  }
  const pumping = createPump(state)
  const writing = createWriting(state, pumping.unblock)
  const following = createFollowing(state)
  const due = createDue(state)
  const lanes = createLanes(state, following, pumping.forgetLane)

  await lanes.refresh()
  await lanes.settle()

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
      pumping.stop()
      await due.stop()
      await lanes.stop()
    },
    state: () => ({
      lanes: state.lanes.size,
      inflight: state.inflight.quick + state.inflight.slow + state.inflight.others,
      unwritten: state.unwritten,
      behind: [...state.lanes.values()].filter((lane) => !lane.attached).length,
    }),
  }
}
