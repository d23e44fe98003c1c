import { byFlags, flagsFor } from '../community/flags.ts'
import { lockRelated } from '../connections/end-all.ts'
import type { MemberCtx } from '../context.ts'
import { forbidden, refused } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql } from '../platform/sql/view.ts'
import { removeWaiting } from '../registrations/approve.ts'
import { forgetSignIns } from '../sessions/end-all.ts'
import { userDeleted } from '../users/events.ts'
import { noMember } from '../users/inputs.ts'
import { WebhookUser } from '../users/views.ts'
import { eraseSome } from './erase.ts'

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

/** What a hard deletion leaves of a profile: the id, and the dates of joining and leaving. */
const wiped = `username = 'user-' || id, real_name = '', email = null, email_isvalid = false, ext_id = null, role = null,
  bio = '', location = '', location_lat_lng = '', position_lat_lng = '', date_of_birth = null, description = '',
  gender = 'Unspecified', website = '', avatar = null, cover = null, company_name = '', company_role = '',
  reputation = 0, community_badge = false, reg_approved = true, quota_day = null, quota_used = 0, connection_requests = 'ask',
  connections_visibility = 'everyone', qa_frequency = 0, email_notification_not_qa = 1, mobile_notifications_scmty = 1,
  show_toast_notifications = 1, toast_notifications_emit_sound = 1,
  folded_real_name = '', folded_location = '', folded_description = '', sort_name = '', metadata = '{}', tag_ids = '{}'`

const deleting = statement({
  name: 'accounts: delete',
  takes: { id: 'bigint', now: 'timestamptz' },
  gives: {},
  variants: () => [{ hard: false }, { hard: true }],
  sql: ($, { hard }) => {
    const marked = `update users set status = '${hard ? 'u' : 'd'}', deleted_at = coalesce(deleted_at, ${$.now})
      ${hard ? `, ${wiped}` : ''} where id = ${$.id}`
    if (!hard) return marked
    return `with marked as (
      ${marked}
    ), forgotten as (
      delete from credential where user_id = ${$.id}
    )
    insert into erasure (member_id, began) values (${$.id}, ${$.now})`
  },
})

const counting = statement({
  name: 'accounts: count one less',
  takes: {},
  gives: {},
  sql: () => 'update community set members = members - 1',
})

/**
 * Deletes a member. Softly: they leave every list, all their relations end, their name stays taken. Hard: the profile
 * and the password are wiped too, and everything they wrote and did is erased; nobody sees any of it once this
 * commits. An ordinary member's contents are erased at once; larger amounts are left to chores. Emits `user.deleted`
 * with the new status, after the end of each relation.
 */
export async function deleteMember(ctx: MemberCtx, id: number, hard: boolean): Promise<void> {
  const { kith, now } = ctx
  // The creator of the community must always be able to sign in.
  if (id === 1) throw forbidden('The creator of the community cannot be deleted.')
  const slices = await kith.slices()
  await kith.db.transaction(async (tx) => {
    const leaving = { id, now, ...(await lockRelated(tx, id)) }
    const member = await locking.row(tx, { id })
    if (!member || member.status === 'u') throw noMember()
    // A member who was never admitted leaves nothing behind.
    if (member.status === 'w') return void (await removeWaiting(tx, id))
    if (member.status === 'd' && !hard)
      throw refused('already_deleted', 'This member is soft deleted already. Send hard=1 to wipe the profile.')
    // First, so that no later event shows what is being wiped.
    if (hard) await deleting.rows(tx, { id, now }, { hard })
    for (const { whenMemberLeaves } of slices) await whenMemberLeaves?.(tx, leaving)
    if (hard) await eraseSome(tx, slices, leaving)
    else await deleting.rows(tx, { id, now }, { hard })
    await announcing.rows(tx, { id, now }, { flags: flagsFor(leaving.community, true) })
    if (member.status !== 'd') await counting.rows(tx, {})
  })
  kith.actors.forget(id)
  forgetSignIns(kith, id)
}
