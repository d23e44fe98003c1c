import { flagsSeenBy } from '../community/flags.ts'
import type { Ctx, MemberCtx } from '../context.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import { thereIsSql } from '../platform/sql/looked-up.ts'
import { renderSql } from '../platform/sql/view.ts'
import { votesWithSql } from '../reactions/views.ts'
import { hiddenSql, relationJoin, seenMemberSql } from '../users/visibility.ts'
import { byTargetAndFlags, type Target } from './target.ts'
import { Flag, Vote } from './views.ts'

/** Marks of members who are being erased no longer exist. */
const thereSql = 'k.member_id not in (select member_id from erasure)'

type When = 'voted_at' | 'flagged_at'

/**
 * SQL of whether a member has marked the target. No index of a list has the moment: with one that has all that is asked,
 * PostgreSQL may read all marks of the target instead of the one that the key finds.
 * @param and a further condition on the mark m
 */
const hasMarkedSql = ($: { id: string }, kind: number, when: When, member: string, and = '') =>
  thereIsSql(`from mark m where m.target_id = ${$.id} and m.kind = ${kind} and m.member_id = ${member}
    and m.${when} is not null ${and}`)

/** SQL of how many of the counted marks are by members who are being erased. */
const erasingSql = ($: { id: string }, kind: number, when: When, and = '') =>
  `(select count(*) from erasure e where ${hasMarkedSql($, kind, when, 'e.member_id', and)})`

/** SQL of how many of the counted votes are by members hidden from the viewer; those being erased are counted above. */
const hiddenVotesSql = (
  $: { id: string; viewer: string },
  kind: number,
  and: string,
) => `(select count(*) from relation h
  where h.member_id = ${$.viewer} and ${hiddenSql('h.')} and ${hasMarkedSql($, kind, 'voted_at', 'h.other_id', and)}
    and not exists (select from erasure e where e.member_id = h.other_id))`

/** Joins of a list of marks: their members, as the viewer sees them. */
const markJoins = (
  $: { viewer: string; id: string },
  kind: number,
) => `join mark m on m.target_id = ${$.id} and m.kind = ${kind} and m.member_id = p.member_id
  join users u on u.id = p.member_id
  ${relationJoin($.viewer, 'u.id')}`

const votes = list({
  name: 'marks: votes',
  takes: { viewer: 'bigint?', id: 'bigint', reaction: 'bigint?' },
  variants: () => byTargetAndFlags().flatMap((each) => [false, true].map((ofReaction) => ({ ...each, ofReaction }))),
  sql($, { target, flags, ofReaction }) {
    const wanted = (k: string) => (ofReaction ? `and ${k}.reaction = ${$.reaction}` : '')
    return {
      columns: 'k.member_id',
      from: `from mark k where k.target_id = ${$.id} and k.kind = ${target.id} and k.vote_place is not null
        ${wanted('k')} and ${thereSql} and ${seenMemberSql($.viewer, 'k.member_id')}`,
      keys: [{ sql: 'k.vote_place', descending: true, type: 'bigint' }],
      joins: markJoins($, target.id),
      render: renderSql(Vote, flags),
      count: `select ${ofReaction ? votesWithSql($.reaction) : 'vote_count'}
          - ${erasingSql($, target.id, 'voted_at', wanted('m'))} - ${hiddenVotesSql($, target.id, wanted('m'))}
          from ${target.table} c where id = ${$.id}`,
    }
  },
})

/** Who voted for a target, last first, without members hidden from the viewer; or only those with one reaction. */
export function listVotes(
  ctx: Ctx,
  target: Target,
  id: number,
  reaction: number | undefined,
  page: PageRequest,
): Promise<PageRows<'Vote'>> {
  const variant = { target, flags: flagsSeenBy(ctx.actor, ctx.community), ofReaction: reaction !== undefined }
  return votes.page(ctx.db, { viewer: ctx.actor?.id ?? null, id, reaction: reaction ?? null }, page, variant)
}

const flags = list({
  name: 'marks: flags',
  takes: { viewer: 'bigint?', id: 'bigint', type: 'smallint?' },
  variants: () => byTargetAndFlags().flatMap((each) => [false, true].map((ofType) => ({ ...each, ofType }))),
  sql($, { target, flags, ofType }) {
    const from = `from mark k where k.target_id = ${$.id} and k.kind = ${target.id} and k.flag_place is not null
      ${ofType ? `and k.flag_type = ${$.type}` : ''} and ${thereSql}`
    return {
      columns: 'k.member_id',
      from,
      keys: [{ sql: 'k.flag_place', descending: true, type: 'bigint' }],
      joins: markJoins($, target.id),
      render: renderSql(Flag, flags),
      count: ofType
        ? `select count(*) ${from}`
        : `select flag_count - ${erasingSql($, target.id, 'flagged_at')} from ${target.table} where id = ${$.id}`,
    }
  },
})

/** Who flagged a target, and why, last first; or only those of one type. */
export const listFlags = (
  ctx: MemberCtx,
  target: Target,
  id: number,
  page: PageRequest,
  type: number | null = null,
): Promise<PageRows<'Flag'>> =>
  flags.page(ctx.db, { viewer: ctx.actor.id, id, type }, page, {
    target,
    flags: flagsSeenBy(ctx.actor, ctx.community),
    ofType: type !== null,
  })
