import type { Database, Db } from '../../platform/db/database.ts'

const day = 86_400_000
const nameOf = (at: number) => `webhook_attempt_${new Date(at).toISOString().slice(0, 10).replaceAll('-', '')}`
const dateOf = (at: number) => new Date(at).toISOString().slice(0, 10)

// One node at a time makes or drops days; the number is only ours to agree on.
const lock = (tx: Db) => tx.query('select pg_advisory_xact_lock(711907, 4)')

/** The days that attempts are kept for, oldest first, as [name, midnight in ms]. */
async function keptDays(db: Db): Promise<[string, number][]> {
  const rows = await db.query<{ name: string }>(
    `select relid::regclass::text as name from pg_partition_tree('webhook_attempt') where level = 1 order by 1`,
  )
  return rows.map(({ name }) => {
    const [, y, m, d] = /_(\d{4})(\d{2})(\d{2})$/.exec(name) ?? []
    return [name, Date.UTC(Number(y), Number(m) - 1, Number(d))]
  })
}

/** Makes the tables that attempts of these moments (ms) go to, where they are not there yet. */
export async function makeDays(db: Database, moments: number[]): Promise<void> {
  const there = new Set((await keptDays(db)).map(([name]) => name))
  const missing = [...new Set(moments.map((at) => at - (at % day)))].filter((at) => !there.has(nameOf(at)))
  for (const at of missing) {
    await db.transaction(async (tx) => {
      await lock(tx)
      const [row] = await tx.query<{ there: boolean }>('select to_regclass($1) is not null as there', [nameOf(at)])
      if (row?.there) return
      // Made apart and attached: readers of other days need not wait.
      await tx.query(`create table ${nameOf(at)} (like webhook_attempt including defaults)`)
      await tx.query(
        `alter table webhook_attempt attach partition ${nameOf(at)} for values from ('${dateOf(at)}') to ('${dateOf(at + day)}')`,
      )
    })
  }
}

/**
 * Drops days of attempts whole, once the last of them is older than `days`, and takes them off the counts.
 * @returns how many attempts went
 */
export async function dropDays(db: Database, now: number, days: number): Promise<number> {
  let dropped = 0
  for (const [name, at] of await keptDays(db)) {
    if (at + day > now - days * day) continue
    dropped += await db.transaction(async (tx) => {
      await lock(tx)
      // Whoever reads the list just now comes first; there is another round in a minute.
      await tx.query(`set local lock_timeout = '2s'`)
      const [row] = await tx.query<{ there: boolean }>('select to_regclass($1) is not null as there', [name])
      if (!row?.there) return 0
      const [gone] = await tx.query<{ n: number }>(
        `with gone as (select endpoint_id, count(*)::int as n from ${name} group by 1),
          less as (update webhook_lane l set attempts = l.attempts - gone.n from gone where gone.endpoint_id = l.endpoint_id)
         select coalesce(sum(n), 0)::int as n from gone`,
      )
      await tx.query(`drop table ${name}`)
      return gone?.n ?? 0
    })
  }
  return dropped
}
