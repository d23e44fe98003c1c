import type { Kith } from '../context.ts'
import { chosenSql } from '../platform/sql/chosen.ts'
import { statement } from '../platform/sql/statement.ts'

/** A small batch, so that nobody waits for long. */
const batch = 1_000

const clearing = statement({
  name: 'sessions: clear what has ended',
  takes: { now: 'timestamptz', batch: 'int' },
  gives: { n: 'int' },
  sql: ($) => `with sessions as (
      delete from session where ${chosenSql('hash', `select hash from session where expires_at < ${$.now} order by expires_at limit ${$.batch}`)} returning 1
    ), grants as (
      delete from oauth_grant where ${chosenSql('id', `select id from oauth_grant where expires_at < ${$.now} order by expires_at limit ${$.batch}`)}
      returning 1
    )
    select greatest((select count(*) from sessions), (select count(*) from grants))::int as n`,
})

/** Deletes sessions and grants that have expired. */
export async function clearSignIns({ db, clock }: Kith): Promise<void> {
  for (;;) {
    const row = await clearing.row(db, { now: clock.now(), batch })
    if (!row || row.n < batch) return
  }
}
