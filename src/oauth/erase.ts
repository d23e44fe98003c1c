import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Erasing } from '../slice.ts'

const erasing = statement({
  name: 'oauth: let go of a member',
  takes: { member: 'bigint' },
  gives: {},
  sql: ($) => `update oauth_app set member_id = null where member_id = ${$.member}`,
})

/** Apps that acted as an erased member act as nobody, until another member is named. */
export async function letGoOfMember(tx: Db, { id: member }: Erasing): Promise<boolean> {
  await erasing.rows(tx, { member })
  return false
}
