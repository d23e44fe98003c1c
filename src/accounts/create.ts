import type { Role } from '../auth/actor.ts'
import { joining } from '../categories/follow.ts'
import { flagsFor } from '../community/flags.ts'
import type { Community } from '../community/state.ts'
import type { Db } from '../platform/db/database.ts'
import { emitSql } from '../platform/events/emit.ts'
import { renderSql } from '../platform/http/view.ts'
import { textFor } from '../users/queries.ts'
import { nameTaken } from '../users/update.ts'
import { WebhookUser } from '../users/views.ts'
import { checkPassword, hashPassword } from './password.ts'

export type NewMember = {
  username: string
  email?: string | null
  real_name?: string
  password?: string
  ext_id?: string | null
  role?: Role | null
  avatar?: string | null
}

/**
 * Makes a member: the row, the password apart from it, the community's count, the categories that new members follow,
 * the events, in one statement.
 */
export async function createMember(
  { db, community, now }: { db: Db; community: Community; now: Date },
  member: NewMember,
): Promise<number> {
  if (member.password) checkPassword(member.password)
  const hashed = member.password ? await hashPassword(member.password) : null
  const shown = flagsFor(community, true)
  const text = textFor('create member', shown, () => {
    return `with ${joining.before}, made as (
      insert into users (username, email, real_name, ext_id, role, avatar, date_joined, categories)
      values ($1, $2, $3, $4, $5, $6, $7, ${joining.count}) returning *
    ), ${joining.after('$7::timestamptz')}, secret as (
      insert into credential (user_id, password_hash) select id, $8 from made where $8::text is not null
    ), counted as (
      update community set members = members + 1
    ), told as (
      ${emitSql(
        `select 'user.created' as type, ${renderSql(WebhookUser, shown)} as data from made u
         union all ${joining.told(shown, '$7::timestamptz')}`,
        '$7::timestamptz',
      )}
    )
    select id from made`
  })
  try {
    const [row] = await db.query<{ id: number }>(text, [
      member.username,
      member.email || null,
      member.real_name ?? '',
      member.ext_id || null,
      member.role ?? null,
      member.avatar || null,
      now.toISOString(),
      hashed,
    ])
    return (row as { id: number }).id
  } catch (error) {
    throw nameTaken(error) ?? error
  }
}
