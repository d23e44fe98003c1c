import { activeSql } from '../auth/status.ts'
import type { Db } from '../platform/db/database.ts'
import { lockSql } from '../platform/sql/lock-rows.ts'
import { statement } from '../platform/sql/statement.ts'

const making = statement({
  name: 'notifications: make boxes',
  takes: { members: 'bigint[]' },
  gives: {},
  sql: ($) => `insert into notification_box (member_id)
    select id from users where id = any(${$.members}) and ${activeSql()} order by id
    on conflict do nothing`,
})

/** Creates boxes for members who have none. */
export const makeBoxes = (db: Db, members: number[]) => making.rows(db, { members })

/** SQL of whether every member of a CTE has a box. */
export const allThereSql = (members: string) =>
  `(select count(*) from ${members}) = (select count(*) from notification_box h join ${members} m on m.member_id = h.member_id)`

/**
 * SQL that locks the boxes of some members, in the order of their ids, and returns them.
 * @param which SQL behind `member_id` that says whose
 * @param and SQL of another condition on a box b
 * @param waits false to pass over those that somebody else has locked
 */
export const lockBoxesSql = (which: string, and = 'true', waits = true) =>
  `select b.member_id from notification_box b where b.member_id ${which} and ${and}
      order by b.member_id ${lockSql('no key update of b', waits)}`

const locking = statement({
  name: 'notifications: lock boxes',
  takes: { members: 'bigint[]' },
  gives: { member_id: 'bigint' },
  variants: () => [{ all: true }, { all: false }],
  sql: ($, { all }) => `with named as materialized (select distinct member_id from unnest(${$.members}) member_id)
    ${lockBoxesSql('in (select member_id from named)', all ? allThereSql('named') : undefined)}`,
})

/**
 * Locks the boxes of members, and creates missing ones: their notifications and counts then stand still.
 * @returns the members who have a box; unknown members have none
 */
export async function lockBoxes(tx: Db, members: number[]): Promise<number[]> {
  const lock = async (all: boolean) => (await locking.rows(tx, { members }, { all })).map((row) => row.member_id)
  // Usually all exist. If some are missing, nothing is locked yet: all are then locked at once, in order.
  const there = await lock(true)
  if (there.length) return there
  await makeBoxes(tx, members)
  return lock(false)
}
