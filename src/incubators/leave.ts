import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Leaving } from '../slice.ts'
import { countSql, loweringSql } from './status.ts'

const ending = statement({
  name: 'incubators: end all support of a member',
  takes: { member: 'bigint' },
  gives: {},
  sql: ($) => `with gone as (
      delete from incubator_subscriber where member_id = ${$.member} returning incubator_id
    ), ${loweringSql}
    ${countSql('select status, was from lowered')}`,
})

/** Ends all support of a member who leaves, in the given transaction. What they proposed stays. */
export async function endSupport(tx: Db, { id }: Leaving): Promise<void> {
  await ending.rows(tx, { member: id })
}
