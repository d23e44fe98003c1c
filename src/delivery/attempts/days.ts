import type { Database, Db } from '../../platform/db/database.ts'
import { statement } from '../../platform/sql/statement.ts'

const day = 86_400_000
const nameOf = (at: number) => `webhook_attempt_${new Date(at).toISOString().slice(0, 10).replaceAll('-', '')}`
const dateOf = (at: number) => new Date(at).toISOString().slice(0, 10)

// One node at a time creates or drops days; the number only names the lock.
const locking = statement({
  name: 'delivery: lock the days of attempts',
  takes: {},
  gives: {},
  sql: () => 'select from pg_advisory_xact_lock(711907, 4)',
})

const listing = statement({
  name: 'delivery: days of attempts',
  takes: {},
  gives: { name: 'text' },
  sql: () =>
    `select relid::regclass::text as name from pg_partition_tree('webhook_attempt') where level = 1 order by 1`,
})

const finding = statement({
  name: 'delivery: whether a day of attempts is there',
  takes: { name: 'text' },
  gives: { there: 'boolean' },
  sql: ($) => `select to_regclass(${$.name}) is not null as there`,
})

const discounting = statement({
  name: 'delivery: take a day of attempts off the counts',
  takes: { from: 'timestamptz', until: 'timestamptz' },
  gives: { n: 'int' },
  sql: ($) => `with gone as (
      select endpoint_id, count(*)::int as n from webhook_attempt
      where sent_at >= ${$.from} and sent_at < ${$.until} group by 1
    ), less as (
      update webhook_lane l set attempts = l.attempts - gone.n from gone where gone.endpoint_id = l.endpoint_id
    )
    select coalesce(sum(n), 0)::int as n from gone`,
})

/** The days that have a table of attempts, oldest first, as [name, midnight in ms]. */
async function keptDays(db: Db): Promise<[string, number][]> {
  return (await listing.rows(db, {})).map(({ name }) => {
    const [, y, m, d] = /_(\d{4})(\d{2})(\d{2})$/.exec(name) ?? []
    return [name, Date.UTC(Number(y), Number(m) - 1, Number(d))]
  })
}

/** Creates the missing tables for attempts of these moments (ms). */
export async function makeDays(db: Database, moments: number[]): Promise<void> {
  const there = new Set((await keptDays(db)).map(([name]) => name))
  const missing = [...new Set(moments.map((at) => at - (at % day)))].filter((at) => !there.has(nameOf(at)))
  for (const at of missing) {
    await db.transaction(async (tx) => {
      await locking.rows(tx, {})
      if ((await finding.row(tx, { name: nameOf(at) }))?.there) return
      // Created apart and then attached, so that readers of other days need not wait.
      await tx.query(`create table ${nameOf(at)} (like webhook_attempt including defaults)`)
      const bounds = `from ('${dateOf(at)}') to ('${dateOf(at + day)}')`
      await tx.query(`alter table webhook_attempt attach partition ${nameOf(at)} for values ${bounds}`)
    })
  }
}

/**
 * Drops whole days of attempts whose last one is older than `days`, and subtracts them from the counts.
 * @returns how many attempts were dropped
 */
export async function dropDays(db: Database, now: number, days: number): Promise<number> {
  let dropped = 0
  for (const [name, at] of await keptDays(db)) {
    if (at + day > now - days * day) continue
    dropped += await db.transaction(async (tx) => {
      await locking.rows(tx, {})
      // Readers of the list come first; there is another round in a minute.
      await tx.query(`set local lock_timeout = '2s'`)
      if (!(await finding.row(tx, { name }))?.there) return 0
      const gone = await discounting.row(tx, { from: new Date(at), until: new Date(at + day) })
      await tx.query(`drop table ${name}`)
      return gone?.n ?? 0
    })
  }
  return dropped
}
