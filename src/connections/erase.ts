import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Erasing } from '../slice.ts'

/** Pairs per statement. */
const batch = 1_000

const erasing = statement({
  name: 'connections: erase pairs',
  takes: { id: 'bigint', batch: 'bigint' },
  gives: { n: 'int' },
  sql: ($) => `with others as materialized (
      select other_id from relation where member_id = ${$.id} order by other_id limit ${$.batch}
    ), ours as (
      delete from relation where member_id = ${$.id} and other_id in (select other_id from others) returning 1
    ), theirs as (
      delete from relation where other_id = ${$.id} and member_id in (select other_id from others)
    )
    select count(*)::int as n from ours`,
})

/**
 * Erases part of what is kept of a member's relations. All of them have ended with their events, and no new one can
 * begin.
 */
export async function eraseRelations(tx: Db, { id }: Erasing): Promise<boolean> {
  const row = await erasing.row(tx, { id, batch })
  return row?.n === batch
}
