import type { Database, Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import { blockOf } from './tally.ts'

/** Events removed per transaction. */
const batch = 2_000
/** Transactions per round; there is a round every minute. */
const batches = 25

const locking = statement({
  name: 'eventlog: lock how far the log was shortened',
  takes: {},
  gives: { upto: 'bigint' },
  sql: () => 'select upto from event_removed for update skip locked',
})

const looking = statement({
  name: 'eventlog: what is removed next',
  takes: { cutoff: 'timestamptz', batch: 'bigint' },
  gives: { last: 'bigint?', old: 'boolean', held: 'text?' },
  // In the order of ids, so that one id says what is gone. The newest event stays: it says how far the log is.
  sql: ($) => `with next as materialized (
      select id, created, type, audience, txid from event
      where id > (select upto from event_removed) and id < (select max(id) from event) order by id limit ${$.batch}
    ), old as materialized (
      select * from next where id < coalesce((select min(id) from next where created >= ${$.cutoff}
        or txid >= (select upto from event_day_counted)), 9223372036854775807)
    ), bounds as materialized (
      select min(id) as first, max(id) as last, min(created) as since from old
    ), holding as (
      select l.endpoint_id, min(e.id) as id, 'is still to be sent it' as why
      from webhook_lane l join webhook_endpoint w on w.id = l.endpoint_id and not w.deleted
      join webhook_span s on s.endpoint_id = l.endpoint_id, old e
      where (l.position < (select last from bounds) or l.holes && (select int8multirange(int8range(first, last, '[]')) from bounds))
        and (e.id > l.position or e.id <@ l.holes) and e.audience >= s.since and (s.until is null or e.audience < s.until)
        and e.type = any(s.types)
      group by 1
      union all
      select l.endpoint_id, d.event_id, 'is to be sent it again' from webhook_lane l cross join lateral (
        select event_id from webhook_delivery d where d.endpoint_id = l.endpoint_id order by event_id limit 1) d
      where d.event_id <= (select last from bounds)
      union all
      select endpoint_id, position + 1, 'has a recovery under way' from webhook_recovery
      where position < (select last from bounds)
      union all
      select endpoint_id, min(event_id), 'was sent it not long ago' from webhook_attempt
      where event_id between (select first from bounds) and (select last from bounds)
        and sent_at >= (select since from bounds) group by 1
    ), blocking as (select * from holding order by id, endpoint_id limit 1)
    select (select max(id) from old where id < coalesce((select id from blocking), 9223372036854775807)) as last,
      exists (select from old) as old,
      (select concat('endpoint ', endpoint_id, ' ', why) from blocking) as held`,
})

const removing = statement({
  name: 'eventlog: remove old events',
  takes: { last: 'bigint' },
  gives: { n: 'int' },
  sql: ($) => `with gone as materialized (
      delete from event where id > (select upto from event_removed) and id <= ${$.last} returning type, txid, created
    ), uncounted as (
      update event_tally t set n = t.n - g.n
      from (select ${blockOf('txid')} as block, type, count(*)::int as n from gone group by 1, 2) g
      where t.block = g.block and t.type = g.type
    ), noted as (
      update event_removed set upto = ${$.last}, before = greatest(before, (select max(created) from gone))
    )
    select count(*)::int as n from gone`,
})

const noting = statement({
  name: 'eventlog: note what holds the log',
  takes: { held: 'text?' },
  gives: {},
  sql: ($) => `update event_removed set held = ${$.held} where held is distinct from ${$.held}`,
})

const lockingTally = statement({
  name: 'eventlog: lock the tally while events are removed',
  takes: {},
  gives: { upto: 'bigint' },
  sql: () => 'select upto from event_tallied for update',
})

/** The beginning of the first day whose events are kept. */
const cutoffOf = (now: Date, days: number) =>
  new Date(Math.floor(now.getTime() / 86_400_000) * 86_400_000 - days * 86_400_000)

/**
 * Removes the oldest events of whole days (UTC), some at a time. It keeps events that an endpoint still needs, that a
 * recovery has ahead, or that an attempt shows. Ids continue.
 * @returns how many
 */
export async function removeOldEvents(db: Database, now: Date, days: number): Promise<number> {
  const cutoff = cutoffOf(now, days)
  let removed = 0
  for (let i = 0; i < batches; i++) {
    const n = await db.transaction(async (tx) => {
      // An act that asks for an event again holds this lock: see `keepEvents`.
      if (!(await locking.row(tx, {}))) return 0
      const next = await looking.row(tx, { cutoff, batch })
      await noting.rows(tx, { held: next?.held ?? null })
      if (!next?.last) return 0
      await lockingTally.rows(tx, {})
      return (await removing.row(tx, { last: next.last }))?.n ?? 0
    })
    removed += n
    if (!n) break
  }
  return removed
}

const keeping = statement({
  name: 'eventlog: keep what there is',
  takes: {},
  gives: { upto: 'bigint', before: 'float8?' },
  sql: () => 'select upto, extract(epoch from before)::float8 as before from event_removed for share',
})

/** How far the log was shortened: the last id removed, and when that event happened, in seconds. */
export type Removed = { upto: number; before: number | null }

/** Prevents removals until this transaction has ended. Returns what has been removed so far. */
export async function keepEvents(tx: Db): Promise<Removed> {
  return (await keeping.row(tx, {})) ?? { upto: 0, before: null }
}

const reading = statement({
  name: 'eventlog: how far the log was shortened',
  takes: {},
  gives: { upto: 'bigint', held: 'text?', oldest: 'float8?' },
  // Reads from there on: removed events stay in the index until it is vacuumed.
  sql: () => `select upto, held, (select extract(epoch from created)::float8 from event
      where id > upto order by id limit 1) as oldest from event_removed`,
})

/** The last id removed, why no more is removed, and when the oldest kept event happened, in seconds. */
export async function readRemoved(db: Db): Promise<{ upto: number; held: string | null; oldest: number | null }> {
  return (await reading.row(db, {})) ?? { upto: 0, held: null, oldest: null }
}
