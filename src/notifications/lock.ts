import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

const making = statement({
  name: 'notifications: make boxes',
  takes: { members: 'bigint[]' },
  gives: {},
  sql: ($) => `insert into notification_box (member_id) select id from unnest(${$.members}) id order by id
    on conflict do nothing`,
})

const locking = statement({
  name: 'notifications: lock boxes',
  takes: { members: 'bigint[]' },
  gives: {},
  sql: ($) => `select from notification_box where member_id = any(${$.members}) order by member_id for no key update`,
})

/** Locks the boxes of members, and makes those that are not there: what they have, and what is counted of it, stands still. */
export async function lockBoxes(tx: Db, members: number[]): Promise<void> {
  await making.rows(tx, { members })
  await locking.rows(tx, { members })
}
