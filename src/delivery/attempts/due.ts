import { statement } from '../../platform/sql/statement.ts'
import { isProven, type Lane } from '../lanes/lane.ts'
import { type LogEvent, readThese } from '../log/tail.ts'
import { type Attempt, failed, nowOf, type State } from '../state.ts'

/** Rows are loaded this long (ms) before they are due, and looked for twice as often. */
const ahead = 2_000
/** Rows per look, of all lanes; there is another look right after. */
const maxRows = 4_000

/**
 * Rows of a kind to load for a lane: what it can begin before the next look. A thousand receivers that are down must
 * not fill the memory with what cannot be sent.
 */
const dueOf = (lane: Lane) => (lane.health.paused ? 1 : isProven(lane) ? 64 : 4)

/** Whether a lane will soon have begun everything that was loaded for it. */
export const isLow = (lane: Lane) => lane.retries.length + lane.replays.length < dueOf(lane) / 2

const loading = statement({
  name: 'delivery: load what is due',
  takes: { endpoints: 'bigint[]', limits: 'int[]', until: 'timestamptz' },
  gives: {
    endpoint_id: 'bigint',
    event_id: 'bigint',
    replay: 'boolean',
    run: 'int',
    attempts: 'smallint',
    due: 'float8',
    version: 'int',
  },
  sql($) {
    const rows = (replay: boolean) => `(select event_id, replay, run, attempts, due_at from webhook_delivery r
  where r.endpoint_id = l.id and r.replay = ${replay} and r.due_at <= ${$.until} order by r.due_at limit l.most)`
    return `select l.id as endpoint_id, d.event_id, d.replay, d.run, d.attempts,
    (extract(epoch from d.due_at) * 1000)::float8 as due, (select version from webhook_listening) as version
  from unnest(${$.endpoints}, ${$.limits}) l(id, most) cross join lateral (${rows(false)} union all ${rows(true)}) d
  limit ${maxRows}`
  },
})

const findingRecoveries = statement({
  name: 'delivery: endpoints with a recovery under way',
  takes: {},
  gives: { endpoint_id: 'bigint' },
  sql: () => 'select distinct endpoint_id from webhook_recovery',
})

/** Loads retries and requested repeats shortly before they are due. */
export function createDue(state: State) {
  const { db, clock, recover } = state.options
  let underWay: Promise<void> | null = null
  let again = false
  const afterwards: (() => void)[] = []

  function loadDue(): void {
    again = true
    underWay ??= (async () => {
      while (again && !state.stopping) {
        again = false
        await loadOnce()
        for (const each of afterwards.splice(0)) each()
      }
    })()
      .catch(failed(state, 'deliveries that are due could not be read'))
      .finally(() => {
        underWay = null
        for (const each of afterwards.splice(0)) each()
      })
  }

  const wants = (lane: Lane, now: number) =>
    lane.receiver.active &&
    !lane.draining &&
    isLow(lane) &&
    (!lane.health.paused || (!lane.retries.length && now >= (lane.health.probeAt ?? 0)))

  async function loadOnce(): Promise<void> {
    const now = nowOf(state)
    const wanting = [...state.lanes.values()].filter((lane) => wants(lane, now))
    if (!wanting.length) return
    const until = new Date(now + ahead)
    const endpoints = wanting.map(({ receiver }) => receiver.id)
    // More than the rows that were loaded before and are not written down yet.
    const limits = wanting.map((lane) => dueOf(lane) + lane.known.size)
    const rows = await loading.rows(db, { endpoints, limits, until })
    // Who asks for an event again after changing an endpoint gets it as the endpoint is now.
    while ((rows[0]?.version ?? 0) > state.known && !state.stopping) await state.refresh()
    const fresh = rows.filter((row) => state.lanes.get(row.endpoint_id)?.known.has(row.event_id) === false)
    // Many receivers want the same few events: each is read once and shared.
    const events = new Map<number, LogEvent>()
    if (fresh.length)
      for (const each of await readThese(db, [...new Set(fresh.map((row) => row.event_id))])) events.set(each.id, each)
    for (const { endpoint_id, event_id: event, replay, run, attempts, due } of fresh) {
      const lane = state.lanes.get(endpoint_id)
      const found = events.get(event)
      if (!lane || !found || lane.known.has(event)) continue
      lane.known.add(event)
      const to = replay ? lane.replays : lane.retries
      to.push({ event, body: found.body, trace: found.trace, source: replay ? 'replay' : 'retry', run, attempts, due })
    }
    if (fresh.length && rows.length === maxRows) again = true
    const found = new Map<number, number>()
    for (const { endpoint_id } of rows) found.set(endpoint_id, (found.get(endpoint_id) ?? 0) + 1)
    wanting.forEach((lane, i) => {
      const n = found.get(lane.receiver.id) ?? 0
      lane.moreDue = n >= (limits[i] as number)
      if (!n) return
      lane.retries.sort((a, b) => a.due - b.due)
      lane.replays.sort((a, b) => a.due - b.due)
      state.dispatch(lane)
    })
  }

  let recovering = false
  /** Continues the recoveries of the endpoints whose lanes are here, a batch each. */
  async function recoverSome(): Promise<void> {
    if (recovering || !recover || !state.lanes.size) return
    recovering = true
    try {
      for (const { endpoint_id } of await findingRecoveries.rows(db, {})) {
        if (!state.lanes.has(endpoint_id) || state.stopping) continue
        await recover(db, endpoint_id, clock.now())
        loadDue()
      }
    } finally {
      recovering = false
    }
  }

  const timer = setInterval(() => {
    loadDue()
    recoverSome().catch(failed(state, 'a recovery could not go on'))
  }, ahead / 2)

  return {
    loadDue,
    /**
     * An event whose row is gone or postponed may be loaded again; but not by a look that began before that was
     * written.
     */
    forget(attempts: Attempt[]): void {
      const forget = () => {
        for (const { lane, delivery } of attempts) if (delivery.source !== 'log') lane.known.delete(delivery.event)
      }
      if (underWay) afterwards.push(forget)
      else forget()
    },
    async stop(): Promise<void> {
      clearInterval(timer)
      await underWay
    },
  }
}
