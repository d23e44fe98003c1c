import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Erasing } from '../slice.ts'

/** So many cases in one statement. */
const batch = 1_000

const forgetting = statement({
  name: 'moderation: forget who decided',
  takes: { member: 'bigint', batch: 'int' },
  gives: { n: 'int' },
  sql: ($) => `with nameless as (
      update moderation_case set moderated_by = null where (target_id, kind) in (
        select target_id, kind from moderation_case where moderated_by = ${$.member} limit ${$.batch}
      ) returning 1
    )
    select count(*)::int as n from nameless`,
})

/** What an erased moderator has decided stays, by nobody. Of what they wrote the cases keep numbers alone. */
export const eraseDecisions = async (tx: Db, { id: member }: Erasing): Promise<boolean> =>
  (await forgetting.row(tx, { member, batch }))?.n === batch
