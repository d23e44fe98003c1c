import { flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { refused } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { voteCreated, voteDeleted } from './events.ts'
import { lockContribution } from './find.ts'
import { byKindAndFlags, type Kind } from './kinds.ts'
import { voteData } from './views.ts'

const voting = statement({
  name: 'contributions: vote',
  takes: { id: 'bigint', member: 'bigint', reaction: 'int', now: 'timestamptz' },
  gives: {},
  variants: byKindAndFlags,
  sql: ($, { kind, flags }) => `with before as materialized (
      select reaction, voted_at from contribution_mark
      where contribution_id = ${$.id} and member_id = ${$.member} and reaction is not null
    ), marked as (
      insert into contribution_mark as k (contribution_id, member_id, kind, reaction, voted_at, vote_place)
      values (${$.id}, ${$.member}, ${kind.id}, ${$.reaction}, ${$.now}, nextval('contribution_place'))
      on conflict (contribution_id, member_id) do update set (reaction, voted_at, vote_place) = row(
        case when k.reaction is distinct from ${$.reaction} then excluded.reaction end,
        case when k.reaction is distinct from ${$.reaction} then excluded.voted_at end,
        case when k.reaction is distinct from ${$.reaction} then excluded.vote_place end)
      returning reaction, voted_at
    ), c as (
      update contribution set vote_count = vote_count
        + (select count(reaction) from marked)::int - (select count(*) from before)::int
      where id = ${$.id} returning *
    ), author as materialized (
      select * from users where id = (select author_id from c)
    ), actor as materialized (
      select * from users where id = ${$.member}
    )
    ${emit(
      $.now,
      [voteDeleted, voteData(kind, flags, 'before.voted_at'), 'from c, before'],
      [voteCreated, voteData(kind, flags, 'marked.voted_at'), 'from c, marked where marked.reaction is not null'],
    )}`,
})

/**
 * Votes for a contribution with a reaction, or takes the vote back when it is the same; with another the vote changes,
 * which is told as the end of the one and the beginning of the other.
 */
export async function vote(ctx: MemberCtx, kind: Kind, id: number, reaction: number): Promise<void> {
  await ctx.kith.db.transaction(async (tx) => {
    const { deleted, community } = await lockContribution(tx, ctx, kind, id, 'active member')
    if (deleted) throw refused('deleted', `This ${kind.name} is deleted.`)
    const flags = flagsFor(community, true)
    await voting.rows(tx, { id, member: ctx.actor.id, reaction, now: ctx.now }, { kind, flags })
  })
}
