import type { Database } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

/** SQL of the block that a transaction belongs to, and of the first transaction of a block. */
export const blockOf = (txid: string) => `((${txid})::text::bigint >> 14)`
export const xidOf = (block: string) => `((${block}) << 14)::text::xid8`

const locking = statement({
  name: 'eventlog: lock the tally',
  takes: {},
  gives: { upto: 'bigint' },
  sql: () => 'select upto from event_tallied for update',
})

const tallying = statement({
  name: 'eventlog: tally',
  takes: {},
  gives: {},
  sql: () => `with bounds as (
      select upto, ${blockOf('pg_snapshot_xmin(pg_current_snapshot())')} as till from event_tallied
    ), counted as (
      insert into event_tally (block, type, n)
      select ${blockOf('e.txid')}, e.type, count(*) from event e, bounds
      where e.txid >= ${xidOf('bounds.upto')} and e.txid < ${xidOf('bounds.till')} group by 1, 2
    )
    update event_tallied set upto = till from bounds where till > bounds.upto`,
})

/**
 * Counts the events of every block of transactions that has ended, once. So the length of the log is known without
 * counting it.
 */
export async function tallyEvents(db: Database): Promise<void> {
  await db.transaction(async (tx) => {
    // After a restore this is the whole log.
    await tx.query('set local statement_timeout = 0')
    await locking.rows(tx, {})
    await tallying.rows(tx, {})
  })
}

const newest = statement({
  name: 'eventlog: whether the newest event lies ahead',
  takes: {},
  gives: { ahead: 'boolean' },
  sql: () => `select txid >= pg_snapshot_xmax(pg_current_snapshot()) as ahead
    from event order by txid desc, id desc limit 1`,
})

const settling = statement({
  name: 'eventlog: settle a restored log',
  takes: {},
  gives: {},
  // Days whose events were removed cannot be counted again. Of the last such day, the rest is counted.
  sql: () => `with none as (delete from event_tally), anew as (update event_tallied set upto = 0),
      kept as (select (before at time zone 'UTC')::date as day from event_removed),
      no_days as (delete from event_day where day <= (select day from kept) is not true),
      days_anew as (update event_day_counted set upto = '0'),
      less as (
        update event_day d set n = d.n - c.n from (
          select (created at time zone 'UTC')::date as day, type, count(*) as n from event
          where created < ((select day from kept) + 1)::timestamp at time zone 'UTC' group by 1, 2) c
        where d.day = c.day and d.type = c.type
      )
    update event set txid = '0'`,
})

/**
 * Settles a log that was restored into another server: it carries that server's transaction ids, which may lie ahead
 * of this one's, and a reader would wait for them. Everything restored is settled.
 * @returns whether there was anything to settle
 */
export async function settleRestoredEvents(db: Database): Promise<boolean> {
  if (!(await newest.row(db, {}))?.ahead) return false
  await db.transaction(async (tx) => {
    // The log may have any length.
    await tx.query('set local statement_timeout = 0')
    await settling.rows(tx, {})
  })
  return true
}
