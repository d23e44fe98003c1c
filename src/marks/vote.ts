import { activeMember } from '../auth/audience.ts'
import { flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { untell } from '../notifications/end.ts'
import { tell } from '../notifications/tell.ts'
import { badField, refused } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { voteCreated, voteDeleted } from './events.ts'
import { voteNotice } from './notices.ts'
import { byTargetAndFlags, peopleSql, type Target } from './target.ts'

const voting = statement({
  name: 'marks: vote',
  takes: { id: 'bigint', member: 'bigint', reaction: 'bigint', now: 'timestamptz' },
  gives: {},
  variants: byTargetAndFlags,
  sql: ($, { target, flags }) => `with before as materialized (
      select reaction, voted_at from mark
      where target_id = ${$.id} and member_id = ${$.member} and kind = ${target.id} and reaction is not null
    ), marked as (
      insert into mark as k (target_id, member_id, kind, reaction, voted_at, vote_place)
      values (${$.id}, ${$.member}, ${target.id}, ${$.reaction}, ${$.now}, nextval('contribution_place'))
      on conflict (target_id, member_id, kind) do update set (reaction, voted_at, vote_place) = row(
        case when k.reaction is distinct from ${$.reaction} then excluded.reaction end,
        case when k.reaction is distinct from ${$.reaction} then excluded.voted_at end,
        case when k.reaction is distinct from ${$.reaction} then excluded.vote_place end)
      returning reaction, voted_at
    ), c as (
      update ${target.table} set vote_count = vote_count
          + (select count(reaction) from marked)::int - (select count(*) from before)::int,
        reactions = reactions_moved(reactions, (select reaction from before), (select reaction from marked))
      where id = ${$.id} returning *
    ), ${peopleSql($.member)}
    ${emit(
      $.now,
      [voteDeleted, target.voteData(flags, 'before.voted_at'), 'from c, before'],
      [voteCreated, target.voteData(flags, 'marked.voted_at'), 'from c, marked where marked.reaction is not null'],
    )}`,
})

const looking = statement({
  name: 'marks: reaction to vote with',
  takes: { id: 'bigint', member: 'bigint', kind: 'smallint', reaction: 'bigint' },
  gives: { active: 'boolean', own: 'boolean' },
  sql: ($) => `select r.active, exists (select from mark m
      where m.target_id = ${$.id} and m.member_id = ${$.member} and m.kind = ${$.kind} and m.reaction = r.id) as own
    from reaction r where r.id = ${$.reaction}`,
})

/** Refuses an unknown reaction. A vote with one that is no longer active can still be taken back. */
function checkReaction(id: number, found: { active: boolean; own: boolean } | undefined): void {
  const others = 'GET /api/v2/reaction/ lists what there is.'
  if (!found) throw badField('reaction', 'unknown', `There is no reaction ${id}. ${others}`)
  if (!found.active && !found.own)
    throw badField('reaction', 'inactive', `Reaction ${id} is no longer voted with. ${others}`)
}

/**
 * Votes for a target with a reaction, or takes the vote back if it is the same. With another reaction the vote
 * changes: one event tells of its end, one of the new beginning.
 */
export async function vote(ctx: MemberCtx, target: Target, id: number, reaction: number): Promise<void> {
  await ctx.kith.db.transaction(async (tx) => {
    const { author, deleted, community, about } = await target.lock(tx, ctx, id, activeMember)
    if (deleted) throw refused('deleted', `This ${target.name} is deleted.`)
    const own = { id, member: ctx.actor.id, kind: target.id, reaction }
    const found = await looking.row(tx, own)
    checkReaction(reaction, found)
    const variant = { target, flags: flagsFor(community, true) }
    await voting.rows(tx, { id, member: ctx.actor.id, reaction, now: ctx.now }, variant)
    const done = { type: voteNotice, actor: ctx.actor.id, ...about }
    if (found?.own) await untell(tx, done)
    else await tell(tx, { now: ctx.now, community }, [{ ...done, to: [author] }])
  })
}
