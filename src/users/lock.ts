import { admitAgain, againGives, againSql } from '../auth/again.ts'
import type { MemberAudience } from '../auth/audience.ts'
import { activeSql } from '../auth/status.ts'
import type { Community } from '../community/state.ts'
import type { MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import { noMember } from './inputs.ts'

const locking = statement({
  name: 'users: lock for an act on what is theirs',
  takes: { member: 'bigint', actor: 'bigint' },
  gives: againGives,
  sql: ($) => `select ${againSql} from users u join users me on me.id = ${$.actor}
    where u.id = ${$.member} and ${activeSql('u.')} for no key update of u`,
})

/**
 * Locks a member for an act on something kept for them, so that such acts come one after the other and the member
 * does not leave in between. The caller is checked again.
 */
export async function lockMember(tx: Db, ctx: MemberCtx, member: number, who: MemberAudience): Promise<Community> {
  const row = await locking.row(tx, { member, actor: ctx.actor.id })
  if (!row) throw noMember()
  return admitAgain(tx, ctx, who, row)
}
