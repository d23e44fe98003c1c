import { flagsFor } from '../community/flags.ts'
import type { Ctx, MemberCtx } from '../context.ts'
import { notFound } from '../platform/errors.ts'
import { connectionStatusSql } from '../users/views.ts'
import { type ConnectionStatus, statusFor, type Tie } from './tie.ts'

/** What the member behind a tie is to the one who calls, as acts answer it. */
export const answerStatus = (ctx: MemberCtx, tie: Tie) => ({
  connection_status: statusFor(tie, ctx.actor.id, ctx.kith.community.current()),
})

export type Relation = {
  connection_status: ConnectionStatus
  is_connection: boolean
  is_followed: boolean
  is_follower: boolean
  is_hidden: boolean
  is_hidden_by: boolean
}

/** Everything the one who calls may know of how they stand with another member. */
export async function findRelation(ctx: MemberCtx, otherId: number): Promise<Relation> {
  const [row] = await ctx.db.query<Relation>(
    `select ${connectionStatusSql(flagsFor(ctx.community, true))} as connection_status,
      coalesce(v.state = 4, false) as is_connection,
      v.following_place is not null as is_followed, v.follower_place is not null as is_follower,
      v.hidden_place is not null as is_hidden, coalesce(v.hidden_by, false) as is_hidden_by
    from users u left join relation v on v.member_id = $1 and v.other_id = u.id
    where u.id = $2 and u.status in ('a', 'b')`,
    [ctx.actor.id, otherId],
  )
  if (!row) throw notFound('There is no member of this id.')
  return row
}

/** The status of many members at once, by id; null also for ids nobody has. */
export async function listStatuses(ctx: MemberCtx, ids: number[]): Promise<Record<string, ConnectionStatus>> {
  const rows = await ctx.db.query<{ id: number; status: ConnectionStatus }>(
    `select v.other_id as id, ${connectionStatusSql(flagsFor(ctx.community, true))} as status
    from relation v where v.member_id = $1 and v.other_id = any($2::bigint[])`,
    [ctx.actor.id, ids],
  )
  const found = new Map(rows.map(({ id, status }) => [id, status]))
  return Object.fromEntries(ids.map((id) => [id, found.get(id) ?? null]))
}

/** Ids of the members hidden by the one who calls. Every client asks for them as it starts. */
export async function listHiddenIds({ db, actor }: Ctx & MemberCtx): Promise<number[]> {
  const rows = await db.query<{ other_id: number }>(
    `select other_id from relation where member_id = $1 and hidden_place is not null order by hidden_place desc`,
    [actor.id],
  )
  return rows.map((row) => row.other_id)
}
