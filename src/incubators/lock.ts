import { lookAgain } from '../auth/again.ts'
import type { MemberAudience } from '../auth/audience.ts'
import type { MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { refused } from '../platform/errors.ts'
import { statement } from '../platform/sql/statement.ts'
import { proposalsOn } from './gate.ts'
import { noIncubator } from './inputs.ts'

const locking = statement({
  name: 'incubators: lock to decide',
  takes: { id: 'bigint' },
  gives: {
    ...{ author: 'bigint', name: 'text', slug: 'text', slogan: 'text?', status: 'int' },
    ...{ subscribers: 'int', threshold: 'int' },
  },
  sql: (
    $,
  ) => `select incubator.author_id as author, incubator.name, incubator.slug, incubator.slogan, incubator.status::int as status, incubator.subscribers, incubator.threshold
    from incubator where incubator.id = ${$.id} and not exists (select from erasure e where e.member_id = incubator.author_id)
    for no key update of incubator`,
})

/** Locks a proposal on which the staff decides, after the caller has been looked at again. */
export async function lockToDecide(tx: Db, ctx: MemberCtx, who: MemberAudience, id: number) {
  const community = await lookAgain(tx, ctx, who, proposalsOn)
  const row = await locking.row(tx, { id })
  if (!row) throw noIncubator()
  if (row.status === 2) throw refused('approved', 'This incubator is a category already: change or delete that.')
  return { ...row, community }
}
