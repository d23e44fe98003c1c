import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { readEndpoints } from './endpoints.ts'
import { beat, claim, lease, ownerOf, readLanes, release } from './holding.ts'
import { createLane, type Endpoint, type Lane, park } from './lane.ts'
import { readRanges, writeRanges } from './ranges.ts'
import { failed, holds, nowOf, reach, type State, standing } from './state.ts'
import { createTail } from './tail.ts'

/** The channel on which nodes hear that something was told, or that lanes are free. */
export const channel = 'kith_delivery'

/** How often lanes that had nothing to do are saved, in ms. */
const savingIdle = 30_000

/** Which lanes this node drives: it takes those that are its own, and hands over those that are another's. */
export function createLanes(
  state: State,
  following: { lanesChanged(): void; forget(): void },
  forgetLane: (lane: Lane) => void,
) {
  const changed = following.lanesChanged
  const { node, lanes, endpoints } = state
  const { db, log, timeout, listen = true, lastBreak } = state.options
  let session: pg.Client | null = null
  let backend: number | null = null
  let refreshing: Promise<void> | null = null
  let settling: Promise<void> | null = null
  let settleAgain = false
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
    const read = await readEndpoints(db, state.known)
    let fresh = false
    for (const endpoint of read.changed) {
      fresh ||= !endpoints.has(endpoint.id)
      endpoints.set(endpoint.id, endpoint)
      const lane = lanes.get(endpoint.id)
      if (lane) change(lane, endpoint)
    }
    for (const id of read.deleted) {
      endpoints.delete(id)
      const lane = lanes.get(id)
      if (lane) drop(lane)
    }
    state.known = Math.max(state.known, read.version)
    changed()
    if (fresh) setImmediate(settle)
  }

  function change(lane: Lane, endpoint: Endpoint): void {
    const before = lane.endpoint
    lane.endpoint = endpoint
    if (before.active && !endpoint.active) {
      reach(state, [lane])
      park(lane, standing(state))
    }
    // A receiver that has moved, or is back by somebody's word, gets a new chance at once.
    if (before.target !== endpoint.target || !before.active) lane.health.probeAt &&= nowOf(state)
    setImmediate(state.pump, lane)
    if (!before.active && endpoint.active) setImmediate(state.loadDue)
  }

  function drop(lane: Lane): void {
    if (!holds(state, lane)) return
    lanes.delete(lane.endpoint.id)
    forgetLane(lane)
    changed()
  }

  function settle(): Promise<void> {
    settleAgain = true
    settling ??= (async () => {
      // Whoever asks while this looks may have seen what it has not.
      while (settleAgain && !state.stopping) {
        settleAgain = false
        await settleOnce()
      }
    })()
      .catch(failed(state, 'the lanes could not be looked at'))
      .finally(() => {
        settling = null
      })
    return settling
  }

  /** Gives a sign of life, takes the lanes that are this node's to drive, and hands over those that are not. */
  async function settleOnce(): Promise<void> {
    if (state.stopping) return
    if (listen && !session) await openSession()
    const at = performance.now()
    const nodes = await beat(db, node, backend)
    // Without the session that this sign of life named, others may think this node gone.
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
    // Lanes that are said to be ours, and are another's to drive: giving them back has failed, or was never answered.
    const stray = rows.filter(
      ({ owner, endpoint_id: id }) => owner === node && !lanes.has(id) && ownerOf(id, nodes) !== node,
    )
    if (stray.length) await giveBack(stray.map(({ endpoint_id, epoch }) => ({ endpoint: { id: endpoint_id }, epoch })))
    for (const lane of [...lanes.values()]) state.pump(lane)
    await savePositions()
  }

  /** Where the log was continued on another server, begins anew from what is there. */
  async function noticeBreak(): Promise<void> {
    if (!lastBreak) return
    const last = await lastBreak(db, state.tail?.last ?? 0)
    const before = state.lastBreak
    state.lastBreak = last
    if (before === null || before === last) return
    log.warn(
      { lanes: lanes.size, read: state.tail?.last },
      'the event log goes on elsewhere; deliveries begin anew from it',
    )
    for (const lane of [...lanes.values()]) drop(lane)
    Object.assign(state, { tail: null, known: 0 })
    endpoints.clear()
    following.forget()
    savedTail = 0
    await refresh()
  }

  /** Forgets what was read of members who are being erased since: it is read again, without them. */
  async function noticeErasures(): Promise<void> {
    const rows = await db.query<{ member_id: number }>('select member_id from erasure')
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
    await db.query('select pg_notify($1, $2)', [channel, 'lanes'])
  }

  async function take(ids: number[]): Promise<void> {
    if (!ids.length) return
    if (ids.some((id) => !endpoints.has(id))) await refresh()
    if (!state.tail) {
      const [row] = await db.query<{ position: number; gaps: string }>('select position, gaps::text from webhook_tail')
      state.tail = createTail(db, { last: row?.position ?? 0, gaps: readRanges(row?.gaps ?? '{}') })
    }
    const wanted = ids.filter((id) => endpoints.has(id))
    for (const { endpoint, epoch, base, health } of await claim(db, node, wanted))
      lanes.set(endpoint, createLane(endpoints.get(endpoint) as Endpoint, epoch, base, health))
    changed()
    state.kick()
  }

  /** A lane that is to go goes once nothing of it is under way. */
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
      await db.query('update webhook_tail set position = $1, gaps = $2::int8multirange where position < $1', [
        last,
        writeRanges(gaps),
      ])
      savedTail = last
    }
    if (performance.now() - savedIdle < savingIdle) return
    savedIdle = performance.now()
    // Lanes that had nothing to do move on as well, so that nobody reads the same part of the log twice for them.
    reach(state, lanes.values())
    const moved = [...lanes.values()].filter((lane) => lane.readTo > lane.saved && !lane.queue.length)
    if (moved.length) await state.write(moved)
  }

  async function openSession(): Promise<void> {
    const client = await db.connect()
    const lost = () => {
      if (session !== client) return
      session = null
      backend = null
      // Others may think this node gone: nothing begins until they have heard otherwise.
      state.validUntil = 0
      if (!state.stopping) settle()
    }
    client.on('error', lost)
    client.on('end', lost)
    client.on('notification', ({ payload }) => (payload === 'lanes' ? settle() : state.kick()))
    try {
      await client.query(`listen ${channel}`)
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
      session = client
      backend = rows[0]?.pid ?? null
    } catch (error) {
      // The next attempt is another connection.
      client.end().catch(() => {})
      throw error
    }
  }

  const timer = setInterval(settle, lease.beat)

  return {
    refresh,
    settle,
    drop,
    handOver,
    async rest(): Promise<void> {
      clearInterval(timer)
      await Promise.allSettled([settling, refreshing])
    },
    /**
     * Gives all lanes back, each as soon as nothing of it is under way: one receiver that takes its time does not keep
     * the others waiting for their next node.
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
          if (performance.now() - alive < lease.beat) continue
          alive = performance.now()
          await beat(db, node, backend)
        }
        await db.query('delete from webhook_node where id = $1', [node])
        await session?.end()
      } catch (error) {
        // Their lease ends by itself.
        log.warn({ err: error }, 'lanes could not be handed over')
      }
    },
  }
}
