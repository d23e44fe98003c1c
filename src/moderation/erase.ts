import type { Db } from '../platform/db/database.ts'
import { chosenSql } from '../platform/sql/chosen.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Erasing } from '../slice.ts'

/** Cases per statement. */
const batch = 1_000

const forgetting = statement({
  name: 'moderation: forget who decided',
  takes: { member: 'bigint', batch: 'int' },
  gives: { n: 'int' },
  sql: ($) => `with nameless as (
      update moderation_case set moderated_by = null where moderated_by = ${$.member} and ${chosenSql(
        'target_id',
        `select target_id from moderation_case where moderated_by = ${$.member} limit ${$.batch}`,
      )} returning 1
    )
    select count(*)::int as n from nameless`,
})

/** Decisions of an erased moderator stay, by nobody. Cases about an erased member's content keep only numbers. */
export const eraseDecisions = async (tx: Db, { id: member }: Erasing): Promise<boolean> =>
  ((await forgetting.row(tx, { member, batch }))?.n ?? 0) >= batch
