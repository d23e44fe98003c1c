import type { MemberCtx } from '../context.ts'
import { refused } from '../platform/errors.ts'
import { emitSql } from '../platform/events/emit.ts'
import { textFor } from '../users/queries.ts'
import { type Shown, shownBy } from '../users/views.ts'
import { takeContribution } from './find.ts'
import type { Kind } from './kinds.ts'
import { toldVoteSql } from './views.ts'

const voteText = (kind: Kind, shown: Shown) =>
  textFor(`vote ${kind.name}`, shown, () => {
    return `with before as materialized (
      select reaction, voted_at from contribution_mark
      where contribution_id = $1 and member_id = $2 and reaction is not null
    ), marked as (
      insert into contribution_mark as k (contribution_id, member_id, kind, reaction, voted_at, vote_place)
      values ($1, $2, ${kind.id}, $4, $3, nextval('contribution_place'))
      on conflict (contribution_id, member_id) do update set (reaction, voted_at, vote_place) = row(
        case when k.reaction is distinct from $4 then excluded.reaction end,
        case when k.reaction is distinct from $4 then excluded.voted_at end,
        case when k.reaction is distinct from $4 then excluded.vote_place end)
      returning reaction, voted_at
    ), c as (
      update contribution set vote_count = vote_count
        + (select count(reaction) from marked)::int - (select count(*) from before)::int
      where id = $1 returning *
    ), author as materialized (
      select * from users where id = (select author_id from c)
    ), actor as materialized (
      select * from users where id = $2
    )
    ${emitSql(
      `select 'vote.deleted' as type, ${toldVoteSql(kind, shown, 'before.voted_at')} as data from c, before
       union all
       select 'vote.created', ${toldVoteSql(kind, shown, 'marked.voted_at')} from c, marked where marked.reaction is not null`,
      '$3::timestamptz',
    )}`
  })

/**
 * Votes for a contribution with a reaction, or takes the vote back when it is the same; with another the vote changes,
 * which is told as the end of the one and the beginning of the other.
 */
export async function vote(ctx: MemberCtx, kind: Kind, id: number, reaction: number): Promise<void> {
  await ctx.kith.db.transaction(async (tx) => {
    const { deleted, community } = await takeContribution(tx, ctx, kind, id, 'active member')
    if (deleted) throw refused('deleted', `This ${kind.name} is deleted.`)
    const shown = shownBy(community, true)
    await tx.query(voteText(kind, shown), [id, ctx.actor.id, ctx.now.toISOString(), reaction])
  })
}
