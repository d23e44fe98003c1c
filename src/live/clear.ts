import type { Kith } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { chosenSql } from '../platform/sql/chosen.ts'
import { statement } from '../platform/sql/statement.ts'

/** A small batch, so that nobody waits for long. */
const batch = 1_000

const clearing = statement({
  name: 'live: forget signals of long ago',
  takes: { now: 'timestamptz', batch: 'bigint' },
  gives: { id: 'bigint' },
  sql: ($) =>
    `delete from signal where ${chosenSql(
      'id',
      `select id from signal where created_at < ${$.now}::timestamptz - interval '1 hour' order by id limit ${$.batch}`,
    )} returning id`,
})

/** Deletes signals that every open page was told long ago. */
export async function clearSignals({ db, clock }: Pick<Kith, 'db' | 'clock'>): Promise<void> {
  while ((await clearing.rows(db, { now: clock.now(), batch })).length === batch);
}

const erasing = statement({
  name: 'live: erase signals',
  takes: { member: 'bigint' },
  gives: {},
  sql: ($) => `delete from signal where member_id = ${$.member}`,
})

/** Erases what the pages of a member were told. */
export async function eraseSignals(tx: Db, member: number): Promise<boolean> {
  await erasing.rows(tx, { member })
  return false
}
