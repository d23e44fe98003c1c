import { endAllFollows } from '../categories/end-all.ts'
import { byFlags, flagsFor } from '../community/flags.ts'
import { endAllRelations } from '../connections/end-all.ts'
import type { MemberCtx } from '../context.ts'
import { keepHidden } from '../contributions/hidden.ts'
import { forbidden, refused } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import { renderSql } from '../platform/http/view.ts'
import { statement } from '../platform/sql/statement.ts'
import { userDeleted } from '../users/events.ts'
import { noMember } from '../users/inputs.ts'
import { WebhookUser } from '../users/views.ts'

const locking = statement({
  name: 'accounts: lock',
  takes: { id: 'bigint' },
  gives: { status: 'text' },
  sql: ($) => `select status::text from users where id = ${$.id} for update`,
})

const announcing = statement({
  name: 'accounts: announce a deletion',
  takes: { id: 'bigint', now: 'timestamptz' },
  gives: {},
  variants: byFlags,
  sql: ($, { flags }) =>
    emit($.now, [userDeleted, renderSql(WebhookUser, flags), `from (select * from users where id = ${$.id}) u`]),
})

/** What a hard deletion leaves of a profile: nothing but the id. */
const wiped = `username = 'user-' || id, real_name = '', email = null, email_isvalid = false, ext_id = null, role = null,
  bio = '', location = '', location_lat_lng = '', position_lat_lng = '', date_of_birth = null, description = '',
  gender = 'Unspecified', website = '', avatar = null, cover = null, company_name = '', company_role = '',
  folded_real_name = '', folded_location = '', folded_description = '', sort_name = ''`

const deleting = statement({
  name: 'accounts: delete',
  takes: { id: 'bigint', now: 'timestamptz', counted: 'boolean' },
  gives: {},
  variants: () => [{ hard: false }, { hard: true }],
  sql: ($, { hard }) => `with marked as (
      update users set status = '${hard ? 'u' : 'd'}', deleted_at = coalesce(deleted_at, ${$.now}) ${hard ? `, ${wiped}` : ''}
      where id = ${$.id}
    )${
      hard
        ? `, forgotten as (
      delete from credential where user_id = ${$.id}
    )`
        : ''
    }
    update community set members = members - 1 where ${$.counted}`,
})

/**
 * Deletes a member. Soft: they leave every list, all their relations end, their name stays taken. Hard: the profile
 * and the password are wiped as well. Emits `user.deleted`, after the end of each relation.
 */
export async function deleteMember(ctx: MemberCtx, id: number, hard: boolean): Promise<void> {
  const { kith, now } = ctx
  // The creator of the community is the one who can always get in.
  if (id === 1) throw forbidden('The creator of the community cannot be deleted.')
  await kith.db.transaction(async (tx) => {
    const { community, hiders } = await endAllRelations(tx, id, now)
    await keepHidden(tx, id, hiders)
    await endAllFollows(tx, community, id, now)
    const member = await locking.row(tx, { id })
    if (!member || member.status === 'u') throw noMember()
    if (member.status === 'd' && !hard)
      throw refused('already_deleted', 'This member is soft deleted already. Send hard=1 to wipe the profile.')
    // The event has the profile as it was: afterwards nobody could say who left.
    await announcing.rows(tx, { id, now }, { flags: flagsFor(community, true) })
    const counted = member.status === 'a' || member.status === 'b'
    await deleting.rows(tx, { id, now, counted }, { hard })
  })
  kith.actors.forget(id)
}
