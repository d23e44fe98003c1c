import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { onClient } from '../../platform/db/database.ts'
import { statement } from '../../platform/sql/statement.ts'
import { channel, notify } from '../channel.ts'
import { readRanges, writeRanges } from '../log/ranges.ts'
import { createTail, eventSource, toLogEvent } from '../log/tail.ts'
import { advance, failed, holds, nowOf, type State, tailPosition } from '../state.ts'
import { createLane, type Lane, type Receiver, rewind } from './lane.ts'
import { claim, heartbeat, lease, leave, ownerOf, readLanes, release } from './lease.ts'
import { loadReceivers } from './load-receivers.ts'

/** How often lanes that had nothing to do are saved, in ms. */
const savingIdle = 30_000

const findingErasures = statement({
  name: 'delivery: members who are being erased',
  takes: {},
  gives: { member_id: 'bigint' },
  sql: () => 'select member_id from erasure',
})

const readingTail = statement({
  name: 'delivery: how far the log was read',
  takes: {},
  gives: { position: 'bigint', gaps: 'text' },
  sql: () => 'select position, gaps::text from webhook_tail',
})

const savingTail = statement({
  name: 'delivery: save how far the log was read',
  takes: { last: 'bigint', gaps: 'int8multirange' },
  gives: {},
  sql: ($) => `update webhook_tail set position = ${$.last}, gaps = ${$.gaps} where position < ${$.last}`,
})

const findingBackend = statement({
  name: 'delivery: the process behind a session',
  takes: {},
  gives: { pid: 'int' },
  sql: () => 'select pg_backend_pid() as pid',
})

/** Decides which lanes this node drives: it takes its own, and hands over those of other nodes. */
export function createLanes(
  state: State,
  following: { lanesChanged(): void; forget(): void },
  forgetLane: (lane: Lane) => void,
) {
  const changed = following.lanesChanged
  const { node, lanes, receivers } = state
  const { db, log, timeout, listen = true, lastBreak } = state.options
  let session: pg.Client | null = null
  let backend: number | null = null
  let refreshing: Promise<void> | null = null
  let rebalancing: Promise<void> | null = null
  let rebalanceAgain = false
  let savedTail = 0
  let savedIdle = performance.now()
  const leaving = new Set<Lane>()

  /** Reads the endpoints that have changed. */
  function refresh(): Promise<void> {
    refreshing ??= refreshOnce().finally(() => {
      refreshing = null
    })
    return refreshing
  }

  async function refreshOnce(): Promise<void> {
    const read = await loadReceivers(db, state.known)
    let fresh = false
    for (const receiver of read.changed) {
      fresh ||= !receivers.has(receiver.id)
      receivers.set(receiver.id, receiver)
      const lane = lanes.get(receiver.id)
      if (lane) change(lane, receiver)
    }
    for (const id of read.deleted) {
      receivers.delete(id)
      const lane = lanes.get(id)
      if (lane) drop(lane)
    }
    state.known = Math.max(state.known, read.version)
    changed()
    if (fresh) setImmediate(rebalance)
  }

  function change(lane: Lane, receiver: Receiver): void {
    const before = lane.receiver
    lane.receiver = receiver
    if (before.active && !receiver.active) {
      advance(state, [lane])
      rewind(lane, tailPosition(state))
    }
    // A receiver that has moved, or was reactivated, gets a new chance at once.
    if (before.target !== receiver.target || !before.active) lane.health.probeAt &&= nowOf(state)
    setImmediate(state.dispatch, lane)
    if (!before.active && receiver.active) setImmediate(state.loadDue)
  }

  function drop(lane: Lane): void {
    if (!holds(state, lane)) return
    lanes.delete(lane.receiver.id)
    forgetLane(lane)
    changed()
  }

  function rebalance(): Promise<void> {
    rebalanceAgain = true
    rebalancing ??= (async () => {
      // A caller during this look may have seen something that it has not.
      while (rebalanceAgain && !state.stopping) {
        rebalanceAgain = false
        await rebalanceOnce()
      }
    })()
      .catch(failed(state, 'the lanes could not be looked at'))
      .finally(() => {
        rebalancing = null
      })
    return rebalancing
  }

  /** Sends a heartbeat, takes the lanes that this node should drive, and hands over the others. */
  async function rebalanceOnce(): Promise<void> {
    if (state.stopping) return
    if (listen && !session) await openSession()
    const at = performance.now()
    const nodes = await heartbeat(db, node, backend)
    // If the session in the last heartbeat is gone, others may think this node gone.
    if (state.stopping || (listen && !session)) return
    await noticeBreak()
    await noticeErasures()
    state.validUntil = at + lease.seconds * 1000 - lease.margin
    const rows = await readLanes(db)
    const there = new Map(rows.map((row) => [row.endpoint_id, row]))
    for (const [id, lane] of lanes) {
      const row = there.get(id)
      if (!row || row.owner !== node || row.epoch !== lane.epoch) drop(lane)
      else lane.draining = leaving.has(lane) || ownerOf(id, nodes) !== node
    }
    const free = rows.filter(({ owner, endpoint_id }) => owner === null || (owner === node && !lanes.has(endpoint_id)))
    await take(free.map((row) => row.endpoint_id).filter((id) => ownerOf(id, nodes) === node))
    // Lanes registered to this node that another should drive: releasing them failed, or was never answered.
    const stray = rows.filter(
      ({ owner, endpoint_id: id }) => owner === node && !lanes.has(id) && ownerOf(id, nodes) !== node,
    )
    if (stray.length) await giveBack(stray.map(({ endpoint_id, epoch }) => ({ receiver: { id: endpoint_id }, epoch })))
    for (const lane of [...lanes.values()]) state.dispatch(lane)
    await savePositions()
  }

  /** If the log was continued on another server, starts over from what is there. */
  async function noticeBreak(): Promise<void> {
    if (!lastBreak) return
    // What was read behind a break says nothing of what is gone.
    const last = await lastBreak(db, state.tail?.before ?? state.tail?.last ?? 0)
    const before = state.lastBreak
    state.lastBreak = last
    if (before === null || before === last) return
    log.warn(
      { lanes: lanes.size, read: state.tail?.last },
      'the event log goes on elsewhere; deliveries begin anew from it',
    )
    for (const lane of [...lanes.values()]) drop(lane)
    Object.assign(state, { tail: null, known: 0 })
    receivers.clear()
    following.forget()
    savedTail = 0
    await refresh()
  }

  /** Forgets what was read about members whose erasure has begun since; it is read again without them. */
  async function noticeErasures(): Promise<void> {
    const rows = await findingErasures.rows(db, {})
    const before = state.erasing
    state.erasing = new Set(rows.map(({ member_id }) => member_id))
    if (!before || rows.every(({ member_id }) => before.has(member_id))) return
    log.info({ members: rows.length }, 'what was read of members who are being erased is read again without them')
    following.forget()
    for (const lane of [...lanes.values()]) {
      const { queue, late, retries, replays } = lane
      if (lane.reading || [queue, late, retries, replays].some(({ length }) => length > 0)) drop(lane)
    }
    state.kick()
  }

  async function giveBack(some: Parameters<typeof release>[2]): Promise<void> {
    await release(db, node, some)
    await notify(db, 'lanes')
  }

  async function take(ids: number[]): Promise<void> {
    if (!ids.length) return
    if (ids.some((id) => !receivers.has(id))) await refresh()
    if (!state.tail) {
      const row = await readingTail.row(db, {})
      state.tail = createTail(
        db,
        { last: row?.position ?? 0, gaps: readRanges(row?.gaps ?? '{}') },
        eventSource(toLogEvent),
      )
    }
    const wanted = ids.filter((id) => receivers.has(id))
    for (const { endpoint, epoch, base, health } of await claim(db, node, wanted))
      lanes.set(endpoint, createLane(receivers.get(endpoint) as Receiver, epoch, base, health))
    changed()
    state.kick()
  }

  /** Hands over a lane once nothing of it is under way. */
  function handOver(lane: Lane): void {
    if (lane.inflight.size || lane.reading || leaving.has(lane) || !holds(state, lane)) return
    leaving.add(lane)
    state
      .write([lane])
      .then(() => drop(lane))
      .then(() => giveBack([lane]))
      .catch(failed(state, 'a lane could not be handed over'))
      .finally(() => leaving.delete(lane))
  }

  async function savePositions(): Promise<void> {
    const { tail } = state
    if (tail && tail.last > savedTail) {
      const { last, gaps } = tail
      await savingTail.rows(db, { last, gaps: writeRanges(gaps) })
      savedTail = last
    }
    if (performance.now() - savedIdle < savingIdle) return
    savedIdle = performance.now()
    // Lanes that had nothing to do move on as well, so that nobody reads the same part of the log twice for them.
    advance(state, lanes.values())
    const moved = [...lanes.values()].filter((lane) => lane.readTo > lane.saved && !lane.queue.length)
    if (moved.length) await state.write(moved)
  }

  async function openSession(): Promise<void> {
    const client = await db.connect()
    const lost = () => {
      if (session !== client) return
      session = null
      backend = null
      // Others may think this node gone: nothing begins until its next heartbeat.
      state.validUntil = 0
      if (!state.stopping) rebalance()
    }
    client.on('error', lost)
    client.on('end', lost)
    client.on('notification', ({ payload }) => (payload === 'lanes' ? rebalance() : state.kick()))
    try {
      await client.query(`listen ${channel}`)
      const row = await findingBackend.row(onClient(client), {})
      session = client
      backend = row?.pid ?? null
    } catch (error) {
      // The next attempt makes another connection.
      client.end().catch(() => {})
      throw error
    }
  }

  const timer = setInterval(rebalance, lease.heartbeat)

  return {
    refresh,
    rebalance,
    drop,
    handOver,
    async rest(): Promise<void> {
      clearInterval(timer)
      await Promise.allSettled([rebalancing, refreshing])
    },
    /**
     * Releases all lanes, each as soon as nothing of it is under way: a slow receiver does not keep the others
     * waiting for their next node.
     */
    async stop(): Promise<void> {
      const patience = performance.now() + timeout + 2_000
      let alive = performance.now()
      try {
        while (lanes.size) {
          const idle = [...lanes.values()].filter((lane) => !lane.inflight.size || performance.now() > patience)
          if (idle.length) {
            await state.write(idle)
            const ours = idle.filter((lane) => holds(state, lane))
            await giveBack(ours)
            for (const lane of ours) drop(lane)
          } else await sleep(10)
          if (performance.now() - alive < lease.heartbeat) continue
          alive = performance.now()
          await heartbeat(db, node, backend)
        }
        await leave(db, node)
        await session?.end()
      } catch (error) {
        // Their lease ends by itself.
        log.warn({ err: error }, 'lanes could not be handed over')
      }
    },
  }
}
