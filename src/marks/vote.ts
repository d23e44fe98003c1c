import { activeMember } from '../auth/audience.ts'
import { flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { untell } from '../notifications/end.ts'
import { tell } from '../notifications/tell.ts'
import { badField, refused } from '../platform/errors.ts'
import { type Emitted, emit } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { voteCreated, voteDeleted } from './events.ts'
import { voteNotice } from './notices.ts'
import { actorSql, byTargetAndFlags, peopleSql, type Target, voteDataSql } from './target.ts'

/** What a vote does: it begins, ends, or becomes another. */
const outcomes = ['begins', 'ends', 'changes'] as const
type Outcome = (typeof outcomes)[number]

/** The reaction that counts have by the number of votes alone; others are counted by themselves. */
const usual = 1

// The target is locked, and nobody touches its marks otherwise: what was found of the vote is still so.
const voting = statement({
  name: 'marks: vote',
  takes: { id: 'bigint', member: 'bigint', reaction: 'bigint', now: 'timestamptz' },
  gives: { shown: 'text?' },
  variants: () =>
    byTargetAndFlags().flatMap((each) =>
      outcomes.flatMap((outcome) => [false, true].map((counted) => ({ ...each, outcome, counted }))),
    ),
  sql($, { target, flags, outcome, counted }) {
    const [begins, ends] = [outcome !== 'ends', outcome !== 'begins']
    const data = (votedAt: string) => voteDataSql(target, votedAt, 'rendered.member', 'rendered.target')
    return `with before as materialized (
      select reaction, voted_at from mark
      where target_id = ${$.id} and member_id = ${$.member} and kind = ${target.id} and reaction is not null
    ), marked as (
      insert into mark (target_id, member_id, kind, reaction, voted_at, vote_place)
      values (${$.id}, ${$.member}, ${target.id}, ${$.reaction}, ${$.now}, nextval('contribution_place'))
      on conflict (target_id, member_id, kind) do update set reaction = ${begins ? 'excluded.reaction' : 'null'},
        voted_at = ${begins ? 'excluded.voted_at' : 'null'}, vote_place = ${begins ? 'excluded.vote_place' : 'null'}
      returning reaction, voted_at
    ), c as (
      update ${target.table} set vote_count = vote_count + ${Number(begins)} - ${Number(ends)}${
        counted
          ? `,
        reactions = reactions_moved(reactions, (select reaction from before), (select reaction from marked))`
          : ''
      }
      where id = ${$.id} returning *
    ), ${peopleSql($.member)}, rendered as materialized (
      select ${actorSql(flags)} as member, ${target.shown(flags)} as target from c
    ), emitted as (
      ${emit(
        $.now,
        ...(ends ? [[voteDeleted, data('before.voted_at'), 'from rendered, before'] satisfies Emitted] : []),
        ...(begins ? [[voteCreated, data('marked.voted_at'), 'from rendered, marked'] satisfies Emitted] : []),
      )}
    )
    select ${target.toldAsShown && begins ? `concat('"${target.name}":', target, ',"user":', member)` : 'null'} as shown from rendered`
  },
})

const looking = statement({
  name: 'marks: reaction to vote with',
  takes: { id: 'bigint', member: 'bigint', kind: 'smallint', reaction: 'bigint' },
  gives: { active: 'boolean', before: 'bigint?' },
  sql: ($) => `select r.active, (select m.reaction from mark m
      where m.target_id = ${$.id} and m.member_id = ${$.member} and m.kind = ${$.kind}) as before
    from reaction r where r.id = ${$.reaction}`,
})

/** Refuses an unknown reaction. A vote with one that is no longer active can still be taken back. */
function checkReaction(id: number, found: { active: boolean; before: number | null } | undefined): asserts found {
  const others = 'GET /api/v2/reaction/ lists what there is.'
  if (!found) throw badField('reaction', 'unknown', `There is no reaction ${id}. ${others}`)
  if (!found.active && found.before !== id)
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
    const member = ctx.actor.id
    const found = await looking.row(tx, { id, member, kind: target.id, reaction })
    checkReaction(reaction, found)
    const { before } = found
    const outcome = before === null ? 'begins' : before === reaction ? 'ends' : 'changes'
    const counted = [before ?? usual, reaction].some((one) => one !== usual)
    const variant = { target, flags: flagsFor(community, true), outcome: outcome as Outcome, counted }
    const row = await voting.row(tx, { id, member, reaction, now: ctx.now }, variant)
    const done = { type: voteNotice, actor: member, ...about }
    if (outcome === 'ends') await untell(tx, done)
    else await tell(tx, { now: ctx.now, community }, [{ ...done, to: [author], shown: row?.shown ?? undefined }])
  })
}
