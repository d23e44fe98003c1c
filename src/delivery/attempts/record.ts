import { codeOf, type Database } from '../../platform/db/database.ts'
import { emitRows } from '../../platform/events/emit.ts'
import { failpoint } from '../../platform/failpoint.ts'
import { statement } from '../../platform/sql/statement.ts'
import { type Lane, progressOf } from '../lanes/lane.ts'
import { writeRanges } from '../log/ranges.ts'
import type { Position } from '../log/tail.ts'
import type { Attempt } from '../state.ts'
import { makeDays } from './days.ts'

const atSql = (ms: string) => `(timestamptz 'epoch' + ${ms} * interval '1 millisecond')`

/** A round of attempts, fixed: if the database does not answer, the same batch is written again and counts once. */
export type Batch = { lanes: Lane[]; attempts: Attempt[]; stamp: number; values: Parameters<typeof recording.rows>[1] }

// Looked up in a hash: a generic plan for small tables would join all lanes for each attempt.
const heldSql = '(v.endpoint_id in (select endpoint_id from held)) is true'

// A lane's row is looked up at the place (ctid) where the last round left it. Looked up by its key, a row written
// forty times a second is found only behind all its former versions, as long as any snapshot keeps them: deliveries
// fell to a third of their rate within a minute. Every eighth round still uses the key, since only that clears a page
// of dead versions.
const byKey = 8
const rowSql = `coalesce(
      (select m.ctid from webhook_lane m where m.ctid = v."row" and m.endpoint_id = v.endpoint_id),
      (select m.ctid from webhook_lane m where m.endpoint_id = v.endpoint_id))`

/**
 * Writes the results of a round of attempts in one statement: how far each lane is, the attempts, the rows that are
 * done or due again. A lane that has passed to another node is left alone, and is missing from the result.
 */
const recording = statement({
  name: 'delivery: record a round of attempts',
  takes: {
    stamp: 'bigint',
    // Per lane.
    ...{
      lanes: 'bigint[]',
      epochs: 'int[]',
      positions: 'bigint[]',
      holes: 'text[]',
      counts: 'int[]',
      failures: 'int[]',
    },
    ...{
      failing_since: 'float8[]',
      succeeded_at: 'float8[]',
      paused: 'boolean[]',
      probe_at: 'float8[]',
      rows: 'tid[]',
    },
    // Per attempt.
    ...{ attempt_lanes: 'bigint[]', attempt_events: 'bigint[]', sent_at: 'float8[]', digests: 'text[]' },
    ...{ versions: 'int[]', standard: 'text[]' },
    ...{ codes: 'smallint[]', responses: 'text[]', ms: 'int[]', next_retry: 'float8[]' },
    // Per row that is done, and per row that is due again.
    ...{ done_lanes: 'bigint[]', done_events: 'bigint[]', done_runs: 'int[]' },
    ...{ again_lanes: 'bigint[]', again_events: 'bigint[]', replays: 'boolean[]', again_runs: 'int[]' },
    ...{ attempts: 'smallint[]', due: 'float8[]' },
  },
  gives: { endpoint_id: 'bigint', fresh: 'boolean', row: 'tid?' },
  sql: ($) => `with held as (
    update webhook_lane l set written = ${$.stamp}, position = v.position, holes = v.holes::int8multirange,
      attempts = l.attempts + v.n, failures = v.failures, failing_since = ${atSql('v.failing_since')},
      succeeded_at = ${atSql('v.succeeded_at')}, paused = v.paused, probe_at = ${atSql('v.probe_at')}
    from unnest(${$.lanes}, ${$.epochs}, ${$.positions}, ${$.holes}, ${$.counts}, ${$.failures}, ${$.failing_since},
      ${$.succeeded_at}, ${$.paused}, ${$.probe_at}, ${$.rows})
      v(endpoint_id, epoch, position, holes, n, failures, failing_since, succeeded_at, paused, probe_at, "row")
    where l.ctid = ${rowSql} and l.epoch = v.epoch and l.written < ${$.stamp}
    returning l.endpoint_id, l.ctid as "row"
  ), logged as (
    insert into webhook_attempt (id, endpoint_id, event_id, sent_at, digests, version, standard, code, response, ms,
      next_retry)
    select nextval('webhook_attempt_id'), v.endpoint_id, v.event_id, ${atSql('v.sent_at')}, decode(v.digests, 'hex'),
      v.version, decode(nullif(v.standard, ''), 'hex'), v.code, v.response, v.ms, ${atSql('v.next_retry')}
    from unnest(${$.attempt_lanes}, ${$.attempt_events}, ${$.sent_at}, ${$.digests}, ${$.versions}, ${$.standard},
      ${$.codes}, ${$.responses}, ${$.ms}, ${$.next_retry})
      v(endpoint_id, event_id, sent_at, digests, version, standard, code, response, ms, next_retry)
    where ${heldSql}
    returning sent_at, code
  ), counted as (
    insert into webhook_outcome (at, delivered, refused, unanswered)
    select date_trunc('minute', sent_at), count(*) filter (where code between 200 and 299),
      count(*) filter (where code not between 200 and 299), count(*) filter (where code is null)
    from logged group by 1
  ), done as (
    delete from webhook_delivery d
    using unnest(${$.done_lanes}, ${$.done_events}, ${$.done_runs}) v(endpoint_id, event_id, run)
    where d.endpoint_id = v.endpoint_id and d.event_id = v.event_id and d.run = v.run
      and ${heldSql}
  ), again as (
    insert into webhook_delivery (endpoint_id, event_id, replay, run, attempts, due_at)
    select v.endpoint_id, v.event_id, v.replay, v.run, v.attempts, ${atSql('v.due')}
    from unnest(${$.again_lanes}, ${$.again_events}, ${$.replays}, ${$.again_runs}, ${$.attempts}, ${$.due})
      v(endpoint_id, event_id, replay, run, attempts, due)
    where ${heldSql}
    on conflict (endpoint_id, event_id) do update
      set attempts = excluded.attempts, due_at = excluded.due_at, replay = excluded.replay
      where webhook_delivery.run = excluded.run
  )
  select endpoint_id, true as fresh, "row" from held
  union all
  select l.endpoint_id, false, null from unnest(${$.lanes}, ${$.epochs}) v(endpoint_id, epoch)
  join webhook_lane l on l.endpoint_id = v.endpoint_id
  where not ${heldSql} and l.epoch = v.epoch and l.written = ${$.stamp}`,
})

/** Emitted only if somebody listens: a community's log is not for the troubles of its receivers. */
const emitting = statement({
  name: 'delivery: emit how endpoints are doing',
  takes: {
    ...{ now: 'timestamptz', endpoints: 'bigint[]', turns: 'text[]', failures: 'int[]' },
    ...{ failing_since: 'float8[]', reasons: 'text[]' },
  },
  gives: {},
  sql: ($) =>
    emitRows(
      $.now,
      `select 'webhook_endpoint.' || v.turn as type, json_build_object(
      'endpoint', json_build_object('id', e.id, 'target', e.target), 'failures', v.failures,
      'failing_since', to_char(${atSql('v.failing_since')} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
      'reason', v.reason)::text as data
    from unnest(${$.endpoints}, ${$.turns}, ${$.failures}, ${$.failing_since}, ${$.reasons})
      v(endpoint_id, turn, failures, failing_since, reason)
    join webhook_endpoint e on e.id = v.endpoint_id
    where exists (select from webhook_listening where 'webhook_endpoint.' || v.turn = any(types))`,
    ),
})

/** Fixes what is to be written about these lanes and attempts; `stamp` grows from batch to batch. */
export function createBatch(lanes: Lane[], attempts: Attempt[], tail: Position, stamp: number): Batch {
  const count = new Map<Lane, number>()
  for (const { lane } of attempts) count.set(lane, (count.get(lane) ?? 0) + 1)
  const progress = lanes.map((lane) => progressOf(lane, tail))
  const done = attempts.filter(({ verdict }) => verdict.row?.gone)
  const again = attempts.filter(({ verdict }) => verdict.row && !verdict.row.gone)
  const values = {
    stamp,
    lanes: lanes.map(({ receiver }) => receiver.id),
    epochs: lanes.map(({ epoch }) => epoch),
    positions: progress.map(({ position }) => position),
    holes: progress.map(({ holes }) => writeRanges(holes)),
    counts: lanes.map((lane) => count.get(lane) ?? 0),
    failures: lanes.map(({ health }) => health.failures),
    failing_since: lanes.map(({ health }) => health.failingSince),
    succeeded_at: lanes.map(({ health }) => health.succeededAt),
    paused: lanes.map(({ health }) => health.paused),
    probe_at: lanes.map(({ health }) => health.probeAt),
    rows: lanes.map(({ row }) => (stamp % byKey ? row : null)),
    attempt_lanes: attempts.map(({ lane }) => lane.receiver.id),
    attempt_events: attempts.map(({ delivery }) => delivery.event),
    sent_at: attempts.map(({ sentAt }) => sentAt),
    digests: attempts.map(({ digests }) => digests),
    versions: attempts.map(({ version }) => version),
    standard: attempts.map(({ standard }) => standard),
    codes: attempts.map(({ outcome }) => outcome.code),
    responses: attempts.map(({ outcome }) => outcome.response),
    ms: attempts.map(({ outcome }) => outcome.ms),
    next_retry: attempts.map(({ verdict }) => verdict.nextRetry),
    done_lanes: done.map(({ lane }) => lane.receiver.id),
    done_events: done.map(({ delivery }) => delivery.event),
    done_runs: done.map(({ delivery }) => delivery.run),
    again_lanes: again.map(({ lane }) => lane.receiver.id),
    again_events: again.map(({ delivery }) => delivery.event),
    replays: again.map(({ delivery }) => delivery.source === 'replay'),
    again_runs: again.map(({ delivery }) => delivery.run),
    attempts: again.map(({ verdict }) => (verdict.row as { attempts: number }).attempts),
    due: again.map(({ verdict }) => (verdict.row as { due: number }).due),
  }
  lanes.forEach((lane, i) => {
    lane.saved = progress[i]?.position ?? lane.saved
  })
  return { lanes, attempts, stamp, values }
}

/**
 * Writes a batch, with events about endpoints that began to fail or recovered.
 * @param emits false writes without events
 * @returns the endpoints whose lanes are still ours
 */
export async function writeBatch(db: Database, batch: Batch, now: Date, emits = true): Promise<Set<number>> {
  const { lanes, stamp } = batch
  failpoint('outcome buffered')
  const held = new Set<number>()
  for (let waits = false; ; waits = true) {
    for (const id of await writeOnce(db, batch, now, emits, waits)) held.add(id)
    const missing = lanes.filter(({ receiver }) => !held.has(receiver.id))
    if (!missing.length) return held
    // A row changed at this very moment was not found at its old place; that says nothing of its epoch. Where others
    // change it again and again it never would be: so it is waited for before it is looked for.
    const ours = await finding.rows(db, {
      endpoints: missing.map(({ receiver }) => receiver.id),
      epochs: missing.map(({ epoch }) => epoch),
      stamp,
    })
    if (!ours.length) return held
  }
}

const finding = statement({
  name: 'delivery: lanes that are still ours',
  takes: { endpoints: 'bigint[]', epochs: 'int[]', stamp: 'bigint' },
  gives: {},
  sql: ($) => `select from unnest(${$.endpoints}, ${$.epochs}) v(endpoint_id, epoch)
  join webhook_lane l on l.endpoint_id = v.endpoint_id where l.epoch = v.epoch and l.written < ${$.stamp}`,
})

const locking = statement({
  name: 'delivery: lock lanes',
  takes: { endpoints: 'bigint[]' },
  gives: {},
  sql: ($) => `select from webhook_lane where endpoint_id = any(${$.endpoints}) order by endpoint_id for no key update`,
})

/** @param waits whether to wait for the rows of the lanes first, until nobody else changes them */
async function writeOnce(
  db: Database,
  { lanes, attempts, values }: Batch,
  now: Date,
  emits: boolean,
  waits: boolean,
): Promise<number[]> {
  const turns = emits ? attempts.filter(({ verdict }) => verdict.turn) : []
  for (let tried = false; ; tried = true) {
    try {
      const rows =
        turns.length || waits
          ? await db.transaction(async (tx) => {
              if (waits) await locking.rows(tx, { endpoints: values.lanes })
              const held = await recording.rows(tx, values)
              if (!turns.length) return held
              const written = new Set(held.filter((row) => row.fresh).map((row) => row.endpoint_id))
              const fresh = turns.filter(({ lane }) => written.has(lane.receiver.id))
              await emitting.rows(tx, {
                now,
                endpoints: fresh.map(({ lane }) => lane.receiver.id),
                turns: fresh.map(({ verdict }) => verdict.turn as string),
                failures: fresh.map(({ verdict }) => verdict.failures),
                failing_since: fresh.map(({ verdict }) => verdict.failingSince),
                reasons: fresh.map(({ outcome }) => outcome.response.slice(0, 200)),
              })
              return held
            })
          : await recording.rows(db, values)
      const found = new Map(rows.map(({ endpoint_id, row }) => [endpoint_id, row]))
      for (const lane of lanes) lane.row = found.get(lane.receiver.id) ?? null
      return [...found.keys()]
    } catch (error) {
      // There is no table for the day of an attempt: a clock was changed, or no node was running when the day began.
      if (codeOf(error) !== '23514' || tried) throw error
      const days = attempts.map(({ sentAt }) => sentAt)
      await makeDays(db, days)
    }
  }
}
