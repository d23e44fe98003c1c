import type { Database, Db } from '../platform/db/database.ts'
import Type from '../platform/schema.ts'
import { statement } from '../platform/sql/statement.ts'

/** Events counted per transaction; one database transaction with more is counted whole. */
const batch = 50_000

const locking = statement({
  name: 'eventlog: lock the count by day',
  takes: {},
  gives: { upto: 'text' },
  sql: () => 'select upto::text from event_day_counted for update',
})

const counting = statement({
  name: 'eventlog: count by day',
  takes: {},
  gives: { more: 'boolean' },
  sql: () => `with ended as (
      select upto, pg_snapshot_xmin(pg_current_snapshot()) as till from event_day_counted
    ), bounds as (
      select upto, till as last, least(till, greatest((upto::text::bigint + 1)::text::xid8, coalesce((
        select e.txid from event e where e.txid >= upto order by e.txid, e.id offset ${batch} limit 1), till))) as till
      from ended
    ), counted as (
      insert into event_day (day, type, n)
      select (e.created at time zone 'UTC')::date, e.type, count(*) from event e, bounds
      where e.txid >= bounds.upto and e.txid < bounds.till group by 1, 2
      on conflict (day, type) do update set n = event_day.n + excluded.n
    )
    update event_day_counted c set upto = b.till from bounds b where b.till > c.upto returning b.till < b.last as more`,
})

/** Counts the events of ended transactions by day, each once. */
export async function countDays(db: Database): Promise<void> {
  let more = true
  while (more)
    more = await db.transaction(async (tx) => {
      await locking.rows(tx, {})
      return (await counting.row(tx, {}))?.more ?? false
    })
}

const maxDays = 366

/** How many of the last days to list. */
export const days = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: maxDays,
    description: `How many days: 30 by default, at most ${maxDays}.`,
  }),
)
/** The largest number of events that are counted one by one when asked for. */
const maxFresh = 20_000
const maxMinutes = 5_000

export const Days = Type.Object(
  {
    results: Type.Array(
      Type.Object(
        {
          day: Type.String({ format: 'date' }),
          events: Type.Record(Type.String(), Type.Integer(), { description: 'How many of each type there were.' }),
        },
        { additionalProperties: false },
      ),
    ),
  },
  {
    $id: 'EventDays',
    description: 'The days, oldest first, also those without events.',
    additionalProperties: false,
  },
)

const listing = statement({
  name: 'eventlog: days',
  takes: { now: 'timestamptz', days: 'int' },
  gives: { day: 'text', type: 'text?', n: 'bigint?' },
  sql: ($) => `with days as (
      select ${$.now} at time zone 'UTC' - make_interval(days => each) as at from generate_series(0, ${$.days} - 1) each
    ), counts as (
      select day, type, n from event_day where day >= (${$.now} at time zone 'UTC')::date - ${$.days}
      union all
      select (created at time zone 'UTC')::date, type, count(*) from (
        select created, type from event where txid >= (select upto from event_day_counted)
        order by txid, id limit ${maxFresh}) fresh
      group by 1, 2
    )
    select to_char(d.at, 'YYYY-MM-DD') as day, c.type, sum(c.n)::bigint as n
    from days d left join counts c on c.day = d.at::date group by 1, 2 order by 1, 2`,
})

/** What happened on each of the last days. */
export async function listDays(db: Db, now: Date, days: number) {
  const found = new Map<string, Record<string, number>>()
  for (const { day, type, n } of await listing.rows(db, { now, days })) {
    const events = found.get(day) ?? {}
    if (type !== null) events[type] = n as number
    found.set(day, events)
  }
  return { results: [...found].map(([day, events]) => ({ day, events })) }
}

export const Minutes = Type.Object(
  {
    since: Type.Integer({ description: 'Since when they are complete, Unix time in seconds.' }),
    results: Type.Array(
      Type.Object(
        { at: Type.Integer({ description: 'Unix time in seconds.' }), events: Type.Integer() },
        { additionalProperties: false },
      ),
    ),
  },
  { $id: 'EventMinutes', description: 'Minutes with events, oldest first.', additionalProperties: false },
)

const looking = statement({
  name: 'eventlog: minutes',
  takes: { now: 'timestamptz' },
  gives: { at: 'bigint', events: 'int', all: 'bigint', oldest: 'float8' },
  sql: ($) => `with last as (select created from event order by id desc limit ${maxMinutes}),
      whole as (select count(*) as n, extract(epoch from min(created))::float8 as oldest from last)
    select (floor(extract(epoch from created) / 60) * 60)::bigint as at, count(*)::int as events,
      min(n)::bigint as all, min(oldest)::float8 as oldest
    from last, whole where created > ${$.now} - interval '1 hour' group by 1 order by 1`,
})

/** What happened in each of the last minutes. */
export async function listMinutes(db: Db, now: Date) {
  const rows = await looking.rows(db, { now })
  const hour = Math.floor(now.getTime() / 1000) - 3_600
  const cut = (rows[0]?.all ?? 0) < maxMinutes ? hour : Math.max(hour, Math.ceil(rows[0]?.oldest ?? hour))
  return { since: cut, results: rows.map(({ at, events }) => ({ at, events })) }
}
