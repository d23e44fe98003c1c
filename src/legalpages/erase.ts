import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Erasing } from '../slice.ts'

const erasing = statement({
  name: 'legalpages: erase answers',
  takes: { member: 'bigint' },
  gives: {},
  sql: ($) => `delete from legal_page_ack where member_id = ${$.member}`,
})

/** Erases what a member has said to legal pages: as many answers as there are revisions, at most. */
export async function eraseAcks(tx: Db, { id }: Erasing): Promise<boolean> {
  await erasing.rows(tx, { member: id })
  return false
}
