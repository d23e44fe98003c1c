import type { Lane } from './lane.ts'
import { type Attempt, failed, nowOf, type State } from './state.ts'

type DueRow = {
  endpoint_id: number
  event_id: number
  replay: boolean
  run: number
  attempts: number
  due: number
  body: string
}

/** Rows of a kind that are loaded at once for a lane. */
export const dueBatch = 256
/** Rows are loaded so long (ms) before they are due, and looked for twice as often. */
const ahead = 2_000

const dueOf = (replay: boolean) => `(select event_id, replay, run, attempts, due_at from webhook_delivery r
  where r.endpoint_id = l.id and r.replay = ${replay} and r.due_at <= $2 order by r.due_at limit ${dueBatch})`

const dueText = `select l.id as endpoint_id, d.event_id, d.replay, d.run, d.attempts,
    (extract(epoch from d.due_at) * 1000)::float8 as due, e.body::text as body
  from unnest($1::bigint[]) l(id) cross join lateral (${dueOf(false)} union all ${dueOf(true)}) d
  join event e on e.id = d.event_id`

/** Loads what is to be tried again, or was asked for again, shortly before it is due. */
export function createDue(state: State) {
  const { db, clock, recover } = state.options
  let loading: Promise<void> | null = null
  let again = false
  const afterwards: (() => void)[] = []

  function loadDue(): void {
    again = true
    loading ??= (async () => {
      while (again && !state.stopping) {
        again = false
        await loadOnce()
        for (const each of afterwards.splice(0)) each()
      }
    })()
      .catch(failed(state, 'deliveries that are due could not be read'))
      .finally(() => {
        loading = null
        for (const each of afterwards.splice(0)) each()
      })
  }

  const wants = ({ endpoint, draining, retries, replays, health }: Lane, now: number) =>
    endpoint.active &&
    !draining &&
    retries.length + replays.length < dueBatch / 4 &&
    (!health.paused || (!retries.length && now >= (health.probeAt ?? 0)))

  async function loadOnce(): Promise<void> {
    const now = nowOf(state)
    const wanting = [...state.lanes.values()].filter((lane) => wants(lane, now))
    if (!wanting.length) return
    const until = new Date(now + ahead).toISOString()
    const rows = await db.query<DueRow>(dueText, [wanting.map(({ endpoint }) => endpoint.id), until])
    const found = new Map<Lane, number>()
    for (const row of rows) {
      const lane = state.lanes.get(row.endpoint_id)
      if (!lane) continue
      found.set(lane, (found.get(lane) ?? 0) + 1)
      if (lane.known.has(row.event_id)) continue
      lane.known.add(row.event_id)
      const { event_id, run, attempts, due } = row
      const to = row.replay ? lane.replays : lane.retries
      to.push({
        event: event_id,
        body: Buffer.from(row.body),
        source: row.replay ? 'replay' : 'retry',
        run,
        attempts,
        due,
      })
    }
    for (const lane of wanting) {
      lane.moreDue = (found.get(lane) ?? 0) >= dueBatch
      if (!found.has(lane)) continue
      lane.retries.sort((a, b) => a.due - b.due)
      lane.replays.sort((a, b) => a.due - b.due)
      state.pump(lane)
    }
  }

  let recovering = false
  /** Goes on with the recoveries of the endpoints whose lanes are here, a batch each. */
  async function recoverSome(): Promise<void> {
    if (recovering || !recover || !state.lanes.size) return
    recovering = true
    try {
      const rows = await db.query<{ endpoint_id: number }>('select distinct endpoint_id from webhook_recovery')
      for (const { endpoint_id } of rows) {
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
     * An event whose row is gone or put off may be loaded again; but not by a look at the rows that began before that
     * was written.
     */
    forget(attempts: Attempt[]): void {
      const forget = () => {
        for (const { lane, delivery } of attempts) if (delivery.source !== 'log') lane.known.delete(delivery.event)
      }
      if (loading) afterwards.push(forget)
      else forget()
    },
    async stop(): Promise<void> {
      clearInterval(timer)
      await loading
    },
  }
}
