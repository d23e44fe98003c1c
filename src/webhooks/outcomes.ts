import type { Database, Db } from '../platform/db/database.ts'
import Type from '../platform/schema.ts'
import { statement } from '../platform/sql/statement.ts'

// Delivery adds a row of `webhook_outcome` with each round of attempts. They are read and merged here.

/** How many days are kept: more than a year, so that a whole year can be shown from any day. */
const keptDays = 400

const counts = {
  delivered: Type.Integer({ description: 'Answered with 2xx.' }),
  refused: Type.Integer({ description: 'Answered with anything else.' }),
  unanswered: Type.Integer({ description: 'No answer came.' }),
}

export const OutcomeDays = Type.Object(
  {
    results: Type.Array(
      Type.Object({ day: Type.String({ format: 'date' }), ...counts }, { additionalProperties: false }),
    ),
  },
  {
    $id: 'OutcomeDays',
    description: 'The days, oldest first, also those without attempts.',
    additionalProperties: false,
  },
)

export const OutcomeMinutes = Type.Object(
  {
    results: Type.Array(
      Type.Object(
        { at: Type.Integer({ description: 'Unix time in seconds.' }), ...counts },
        { additionalProperties: false },
      ),
    ),
  },
  { $id: 'OutcomeMinutes', description: 'Minutes with attempts, oldest first.', additionalProperties: false },
)

const sums = `coalesce(sum(o.delivered), 0)::bigint as delivered, coalesce(sum(o.refused), 0)::bigint as refused,
  coalesce(sum(o.unanswered), 0)::bigint as unanswered`

const dayOf = (at: string) => `(date_trunc('day', ${at} at time zone 'UTC') at time zone 'UTC')`

const listingDays = statement({
  name: 'webhooks: outcomes by day',
  takes: { now: 'timestamptz', days: 'int' },
  gives: { day: 'text', delivered: 'bigint', refused: 'bigint', unanswered: 'bigint' },
  sql: ($) => `select to_char(d.at at time zone 'UTC', 'YYYY-MM-DD') as day, ${sums}
    from generate_series(0, ${$.days} - 1) each
      cross join lateral (select ${dayOf($.now)} - make_interval(hours => 24 * each) as at) d
      left join webhook_outcome o on o.at >= d.at and o.at < d.at + interval '24 hours'
    group by d.at order by d.at`,
})

/** The outcomes of attempts on each of the last days. */
export const listOutcomeDays = async (db: Db, now: Date, days: number) => ({
  results: await listingDays.rows(db, { now, days }),
})

const listingMinutes = statement({
  name: 'webhooks: outcomes by minute',
  takes: { now: 'timestamptz' },
  gives: { at: 'bigint', delivered: 'bigint', refused: 'bigint', unanswered: 'bigint' },
  sql: ($) => `select extract(epoch from o.at)::bigint as at, ${sums}
    from webhook_outcome o where o.at > ${$.now} - interval '1 hour' group by o.at order by o.at`,
})

/** The same for each of the last minutes. */
export const listOutcomeMinutes = async (db: Db, now: Date) => ({ results: await listingMinutes.rows(db, { now }) })

const joining = statement({
  name: 'webhooks: join outcomes',
  takes: { now: 'timestamptz' },
  gives: {},
  // Only rows that this statement has deleted are summed: of two nodes at once, each row is counted by one.
  sql: ($) => `with each as (
      select at, piece, case when at < ${$.now} - interval '2 hours' then ${dayOf('at')} else at end as belongs
      from webhook_outcome where at < date_trunc('minute', ${$.now})
    ), parts as (
      select belongs from each group by belongs having count(*) > 1 or bool_or(at <> belongs)
    ), gone as (
      delete from webhook_outcome o using each join parts using (belongs)
      where o.at = each.at and o.piece = each.piece returning each.belongs, o.delivered, o.refused, o.unanswered
    )
    insert into webhook_outcome (at, delivered, refused, unanswered)
    select o.belongs, sum(o.delivered)::bigint, sum(o.refused)::bigint, sum(o.unanswered)::bigint from gone o group by 1`,
})

const dropping = statement({
  name: 'webhooks: drop old outcomes',
  takes: { now: 'timestamptz' },
  gives: {},
  sql: ($) => `delete from webhook_outcome where at < ${$.now} - interval '${keptDays} days'`,
})

/** Merges the rows of past minutes, later those of past days; finally deletes old days. */
export async function joinOutcomes(db: Database, now: Date): Promise<void> {
  await joining.rows(db, { now })
  await dropping.rows(db, { now })
}
