import type { Role } from '../auth/actor.ts'
import { admitAgain, againGives, againSql } from '../auth/again.ts'
import { admin } from '../auth/audience.ts'
import type { MemberCtx } from '../context.ts'
import { refused } from '../platform/errors.ts'
import { statement } from '../platform/sql/statement.ts'
import { setRole } from './standing.ts'

const locking = statement({
  name: 'accounts: lock two members, to give a role',
  takes: { actor: 'bigint', id: 'bigint' },
  gives: againGives,
  // Two administrators who take the role from each other take turns: the second one no longer has it.
  sql: ($) => `with locked as materialized (
      select id, status, role from users where id in (${$.actor}, ${$.id}) order by id for no key update
    )
    select ${againSql} from locked me where me.id = ${$.actor}`,
})

/**
 * Gives a member a role or takes it away, for an administrator. Nobody does this to themselves, or there might be no
 * administrator left.
 */
export async function giveRole(ctx: MemberCtx, id: number, role: Role | null): Promise<void> {
  const { kith, actor } = ctx
  if (id === actor.id) throw refused('own', 'This is you: another administrator has to change your role.')
  await kith.db.transaction(async (tx) => {
    await admitAgain(tx, ctx, admin, await locking.row(tx, { actor: actor.id, id }))
    await setRole(tx, id, role)
  })
  kith.actors.forget(id)
}
