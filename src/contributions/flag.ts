import type { MemberCtx } from '../context.ts'
import { notFound, refused } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { renderSql } from '../platform/http/view.ts'
import { textFor } from '../users/queries.ts'
import { shownBy } from '../users/views.ts'
import { takeContribution } from './find.ts'
import type { Kind } from './kinds.ts'
import { Flag } from './views.ts'

/** Reports a contribution to the moderators. A second report of the same member replaces the first. */
export async function flag(ctx: MemberCtx, kind: Kind, id: number, type: number): Promise<void> {
  await ctx.kith.db.transaction(async (tx) => {
    const { author, deleted } = await takeContribution(tx, ctx, kind, id, 'active member')
    if (author === ctx.actor.id) throw refused('own', `This ${kind.name} is your own.`)
    if (deleted) throw refused('deleted', `This ${kind.name} is deleted.`)
    await tx.query(
      `with before as materialized (
        select from contribution_mark where contribution_id = $1 and member_id = $2 and flag_type is not null
      ), marked as (
        insert into contribution_mark as k (contribution_id, member_id, kind, flag_type, flagged_at, flag_place)
        values ($1, $2, $3, $4, $5, nextval('contribution_place'))
        on conflict (contribution_id, member_id) do update set flag_type = excluded.flag_type,
          flagged_at = coalesce(k.flagged_at, excluded.flagged_at), flag_place = coalesce(k.flag_place, excluded.flag_place)
      )
      update contribution set flag_count = flag_count + 1 where id = $1 and not exists (select from before)`,
      [id, ctx.actor.id, kind.id, type, ctx.now.toISOString()],
    )
  })
}

/** One's own flag of a contribution. */
export async function showFlag(ctx: MemberCtx, kind: Kind, id: number): Promise<Json> {
  const shown = shownBy(ctx.community, true)
  const text = textFor('own flag', shown, () => {
    return `select ${renderSql(Flag, shown)}::text as json
      from contribution_mark m join users u on u.id = m.member_id
      left join relation v on v.member_id = $2 and v.other_id = u.id
      where m.contribution_id = $1 and m.member_id = $2 and m.kind = $3 and m.flag_type is not null`
  })
  const [row] = await ctx.db.query<Json>(text, [id, ctx.actor.id, kind.id])
  if (!row) throw notFound(`You have not flagged this ${kind.name}.`)
  return row
}
