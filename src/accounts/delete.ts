import { endAllFollows } from '../categories/end-all.ts'
import { flagsFor } from '../community/flags.ts'
import { endAllRelations } from '../connections/end-all.ts'
import type { MemberCtx } from '../context.ts'
import { keepHidden } from '../contributions/hidden.ts'
import { forbidden, notFound, refused } from '../platform/errors.ts'
import { emitSql } from '../platform/events/emit.ts'
import { renderSql } from '../platform/http/view.ts'
import { WebhookUser } from '../users/views.ts'

/** What a hard deletion leaves of a profile: nothing but the id. */
const wiped = `username = 'user-' || id, real_name = '', email = null, email_isvalid = false, ext_id = null, role = null,
  bio = '', location = '', location_lat_lng = '', position_lat_lng = '', date_of_birth = null, description = '',
  gender = 'Unspecified', website = '', avatar = null, cover = null, company_name = '', company_role = ''`

/**
 * Deletes a member. Soft: they leave every list, all their relations end, their name stays taken. Hard: the profile
 * and the password are wiped as well. Told as `user.deleted`, after the end of each relation.
 */
export async function deleteMember(ctx: MemberCtx, id: number, hard: boolean): Promise<void> {
  // The creator of the community is the one who can always get in.
  if (id === 1) throw forbidden('The creator of the community cannot be deleted.')
  await ctx.kith.db.transaction(async (tx) => {
    const { community, hiders } = await endAllRelations(tx, id, ctx.now)
    await keepHidden(tx, id, hiders)
    await endAllFollows(tx, community, id, ctx.now)
    const [member] = await tx.query<{ status: string }>('select status::text from users where id = $1 for update', [id])
    if (!member || member.status === 'u') throw notFound('There is no member of this id.')
    if (member.status === 'd' && !hard)
      throw refused('already_deleted', 'This member is soft deleted already. Send hard=1 to wipe the profile.')
    const now = ctx.now.toISOString()
    // Told with the profile as it was: afterwards nobody could say who left.
    const shown = flagsFor(community, true)
    await tx.query(
      emitSql(
        `select 'user.deleted' as type, ${renderSql(WebhookUser, shown)} as data
         from (select * from users where id = $1) u`,
        '$2::timestamptz',
      ),
      [id, now],
    )
    await tx.query(
      `with marked as (
        update users set status = $3::"char", deleted_at = coalesce(deleted_at, $2) ${hard ? `, ${wiped}` : ''} where id = $1
      ), forgotten as (
        delete from credential where user_id = $1 and $3 = 'u'
      )
      update community set members = members - 1 where $4`,
      [id, now, hard ? 'u' : 'd', member.status === 'a' || member.status === 'b'],
    )
  })
  ctx.kith.actors.forget(id)
}
