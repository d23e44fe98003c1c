import { activeSql } from '../auth/status.ts'
import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

const making = statement({
  name: 'notifications: make boxes',
  takes: { members: 'bigint[]' },
  gives: {},
  sql: ($) => `insert into notification_box (member_id)
    select id from users where id = any(${$.members}) and ${activeSql()} order by id
    on conflict do nothing`,
})

const locking = statement({
  name: 'notifications: lock boxes',
  takes: { members: 'bigint[]' },
  gives: { member: 'bigint' },
  sql: ($) => `select member_id as member from notification_box where member_id = any(${$.members})
    order by member_id for no key update`,
})

/**
 * Locks the boxes of members, and makes those that are not there: what they have, and what is counted of it, stands still.
 * @returns the members who have one: those who are not there have none
 */
export async function lockBoxes(tx: Db, members: number[]): Promise<number[]> {
  const lock = async () => (await locking.rows(tx, { members })).map(({ member }) => member)
  if (members.length === 1) {
    // Mostly it is one, who has one.
    const [locked] = await lock()
    if (locked !== undefined) return [locked]
  }
  await making.rows(tx, { members })
  return lock()
}
