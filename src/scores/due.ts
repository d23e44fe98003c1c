import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

const adding = statement({
  name: 'scores: write down what is due',
  takes: { member: 'bigint', type: 'smallint' },
  gives: {},
  sql: ($) => `insert into score_due (member_id, type, n) values (${$.member}, ${$.type}, 1)`,
})

/** The score types of what moderators do with contributions. */
export const moderated = { loses: -11, regains: 11 } as const

/**
 * Notes, in the transaction of an act, that a member gains or loses points by it. The points are given within
 * seconds.
 */
export const addDue = async (tx: Db, member: number, type: number): Promise<void> => {
  await adding.rows(tx, { member, type })
}
