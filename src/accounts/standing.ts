import type { Role } from '../auth/actor.ts'
import { byFlags, flagsFor } from '../community/flags.ts'
import type { Kith } from '../context.ts'
import { forbidden } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql } from '../platform/sql/view.ts'
import { userUpdated } from '../users/events.ts'
import { noMember } from '../users/inputs.ts'
import { WebhookUser } from '../users/views.ts'

const blocking = statement({
  name: 'accounts: block or unblock',
  takes: { id: 'bigint', status: '"char"', now: 'timestamptz' },
  gives: { there: 'boolean', changed: 'boolean' },
  variants: byFlags,
  sql: ($, { flags }) => `with changed as (
      update users u set status = ${$.status}
      where id = ${$.id} and status in ('a', 'b') and status <> ${$.status} returning u.*
    ), emitted as (
      ${emit($.now, [userUpdated, renderSql(WebhookUser, flags), 'from changed u'])}
    )
    select exists (select from users where id = ${$.id} and status in ('a', 'b')) as there,
      exists (select from changed) as changed`,
})

/**
 * Blocks a member, or takes the block back. Who is blocked reads on, and does nothing that others see; they stay signed in.
 * @returns whether that changed anything
 */
export async function setBlocked(kith: Kith, id: number, blocked: boolean): Promise<boolean> {
  if (id === 1 && blocked) throw forbidden('The creator of the community cannot be blocked.')
  const values = { id, status: blocked ? 'b' : 'a', now: kith.clock.now() }
  const row = await blocking.row(kith.db, values, { flags: flagsFor(kith.community.current(), true) })
  if (!row?.there) throw noMember()
  kith.actors.forget(id)
  return row.changed
}

const promoting = statement({
  name: 'accounts: give a role',
  takes: { id: 'bigint', role: 'text?' },
  gives: { id: 'bigint' },
  sql: ($) => `update users set role = ${$.role} where id = ${$.id} and status in ('a', 'b') returning id`,
})

/** Gives a member a role, or takes it. No event shows roles, so none is emitted. */
export async function setRole(kith: Kith, id: number, role: Role | null): Promise<void> {
  if (id === 1 && role !== 'admin') throw forbidden('The creator of the community stays an administrator.')
  if (!(await promoting.row(kith.db, { id, role }))) throw noMember()
  kith.actors.forget(id)
}
