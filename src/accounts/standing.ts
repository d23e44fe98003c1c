import type { Role } from '../auth/actor.ts'
import type { Db } from '../platform/db/database.ts'
import { forbidden } from '../platform/errors.ts'
import { statement } from '../platform/sql/statement.ts'
import { noMember } from '../users/inputs.ts'

const promoting = statement({
  name: 'accounts: give a role',
  takes: { id: 'bigint', role: 'text?' },
  gives: { id: 'bigint' },
  sql: ($) => `update users set role = ${$.role} where id = ${$.id} and status in ('a', 'b') returning id`,
})

/** Gives a member a role, or takes it away. No event shows roles, so none is emitted. */
export async function setRole(db: Db, id: number, role: Role | null): Promise<void> {
  if (id === 1 && role !== 'admin') throw forbidden('The creator of the community stays an administrator.')
  if (!(await promoting.row(db, { id, role }))) throw noMember()
}
