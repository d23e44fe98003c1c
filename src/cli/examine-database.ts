import { describeBreak } from '../eventlog/continue.ts'
import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

/** For how many days a loss of events is reported, unless somebody says that it is known. */
const remindedFor = 7

const looking = statement({
  name: 'cli: whether the database has the whole log, and takes writes',
  takes: {},
  gives: { standby: 'boolean', read_only: 'boolean', elsewhere: 'boolean?', beyond: 'int' },
  sql: () => `select pg_is_in_recovery() as standby, current_setting('transaction_read_only')::boolean as read_only,
    (select timeline from event_source) <> event_timeline() as elsewhere,
    (select count(*)::int from webhook_lane where position > (select last_value from event_id)) as beyond`,
})

const findingBreaks = statement({
  name: 'cli: breaks of the log to be known',
  takes: {},
  gives: {
    ...{ id: 'bigint', cause: 'text', day: 'text', missing_from: 'bigint', last_known: 'bigint?' },
    resumed_at: 'bigint',
  },
  sql: () => `select id, cause, to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as day, missing_from, last_known,
    resumed_at
  from event_break where at > now() - make_interval(days => ${remindedFor}) and acknowledged is null order by id`,
})

const findingReadOnly = statement({
  name: 'cli: whether the database takes writes',
  takes: {},
  gives: { read_only: 'boolean' },
  sql: () => `select current_setting('transaction_read_only')::boolean as read_only`,
})

/**
 * Whether the database takes writes, and has all events that were emitted from it.
 * @param current false if the schema is not up to date
 */
export async function examineDatabase(db: Db, current: boolean): Promise<{ good: boolean; says: string }[]> {
  const findings: { good: boolean; says: string }[] = []
  const wrong = (says: string) => void findings.push({ good: false, says })
  if (!current) {
    const row = await findingReadOnly.row(db, {})
    if (row?.read_only) wrong('database: it takes no writes. Name the primary in DATABASE_URL.')
    return findings
  }
  const row = await looking.row(db, {})
  const { standby, read_only: readOnly, elsewhere, beyond } = row ?? {}
  if (standby) wrong('database: a standby, which takes no writes. Name the primary in DATABASE_URL, or all hosts.')
  else if (readOnly) wrong('database: it takes no writes, because default_transaction_read_only is on.')
  if (elsewhere)
    wrong('event log: another server has taken over. Start Kith: it goes on beyond all ids that were given out.')
  if (beyond)
    wrong(`event log: ${beyond} endpoints are ahead of it, as after a restore. See "Backups" in operating.md.`)
  for (const each of await findingBreaks.rows(db, {})) {
    const says = `event log: interrupted at ${each.day} UTC (${each.cause}); ${describeBreak(each)}`
    const lost = each.last_known === null ? each.cause === 'timeline' : each.last_known >= each.missing_from
    if (lost)
      wrong(`${says}. Known? update event_break set acknowledged = now() where id = ${each.id}; else said for a week.`)
    else findings.push({ good: true, says })
  }
  return findings
}
