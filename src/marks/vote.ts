import { activeMember } from '../auth/audience.ts'
import { flagsFor } from '../community/flags.ts'
import type { Community } from '../community/state.ts'
import type { MemberCtx } from '../context.ts'
import { untellWithSql } from '../notifications/end.ts'
import { lockBoxes, lockBoxesSql } from '../notifications/lock.ts'
import { isSilent, noticeColumns, rowOf, type ToldWithin, tell, tellWithSql, untoldSql } from '../notifications/tell.ts'
import type { Db } from '../platform/db/database.ts'
import { gatheredOn } from '../platform/db/gather.ts'
import { badField, Refusal, refused } from '../platform/errors.ts'
import { emitRows } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { usual } from '../reactions/views.ts'
import { voteCreated, voteDeleted } from './events.ts'
import { voteNotice } from './notices.ts'
import {
  actorSql,
  admitEach,
  byTargetAndFlags,
  type LockedTarget,
  peopleSql,
  type Target,
  voteDataSql,
} from './target.ts'

/** A vote that is written, and the columns of its notice. `before` and `since` are of the vote that it ends or changes. */
const columns = {
  ...{ target_id: 'bigint', voter: 'bigint', author: 'bigint', reaction: 'bigint' },
  ...{ before: 'bigint', since: 'timestamptz', begins: 'boolean', ...noticeColumns },
}

const types = [voteNotice] as ToldWithin[]

/**
 * Writes votes for different targets: the marks, the counts, the events, and what authors are told. The targets and the
 * boxes of their authors are locked, and nobody touches the marks otherwise: what was found of the votes is still so.
 */
const voting = statement({
  name: 'marks: vote',
  takes: { votes: 'json', now: 'timestamptz' },
  gives: {},
  variants: () =>
    byTargetAndFlags().flatMap((each) =>
      [false, true].flatMap((counted) =>
        [false, true].flatMap((ends) =>
          (each.target.toldAsShown ? [true, false] : [false]).map((tells) => ({ ...each, counted, ends, tells })),
        ),
      ),
    ),
  sql($, { target, flags, counted, ends, tells }) {
    const same = 'k.reaction = excluded.reaction'
    const data = (votedAt: string) => voteDataSql(target, votedAt, 'r.member', 'r.target')
    const told = tells
      ? tellWithSql({
          ...{ types, now: $.now, unless: untoldSql() },
          rows: 'select r.*, r.author as member_id from rendered r where r.begins',
          shown: () => `concat('"${target.name}":', n.target, ',"user":', n.member)`,
        })
      : null
    return `with sent as materialized (
      select * from json_to_recordset(${$.votes}) as s(${Object.entries(columns).map((each) => each.join(' '))})
    ), marked as (
      insert into mark as k (target_id, member_id, kind, reaction, voted_at, vote_place)
      select target_id, voter, ${target.id}, reaction, ${$.now}, nextval('contribution_place') from sent
      on conflict (target_id, member_id, kind) do update set reaction = case when ${same} then null else excluded.reaction end,
        voted_at = case when ${same} then null else excluded.voted_at end,
        vote_place = case when ${same} then null else excluded.vote_place end
    ), c as (
      update ${target.table} t set vote_count = t.vote_count + s.begins::int - (s.before is not null)::int${
        counted ? ', reactions = reactions_moved(t.reactions, s.before, case when s.begins then s.reaction end)' : ''
      }
      from sent s where t.id = s.target_id returning t.*
    ), rendered as materialized (
      select s.*, shown.* from sent s join c on c.id = s.target_id cross join lateral (
        with ${peopleSql('s.voter', 'c.author_id')}
        select ${actorSql(flags)} as member, ${target.shown(flags)} as target
      ) shown
    )${told ? `, ${told.ctes}` : ''}${ends ? `, ${untellWithSql('select * from sent where not begins')}` : ''}, emitted as (
      ${emitRows(
        $.now,
        `select e.type, e.data from rendered r cross join lateral (
          select '${voteDeleted.type}' as type, ${data('r.since')} as data where r.before is not null
          union all select '${voteCreated.type}', ${data($.now)} where r.begins) e${told ? ` union all ${told.rows}` : ''}`,
      )}${told ? ' returning id, type' : ''}
    )${told ? `, announced as (${told.kept})` : ''}
    select where false`
  },
})

/** A box is locked because the author may be told, but not here if somebody else has it, or if there is none. */
const looking = statement({
  name: 'marks: reaction to vote with',
  takes: { id: 'bigint', member: 'bigint', kind: 'smallint', reaction: 'bigint', author: 'bigint?' },
  gives: { active: 'boolean', before: 'bigint?', since: 'timestamptz?', boxed: 'boolean' },
  forEach: true,
  sql: ($) => `select r.active, m.reaction as before, m.voted_at as since,
      exists (${lockBoxesSql(`= ${$.author}`, 'true', false)}) as boxed
    from reaction r left join mark m on m.target_id = ${$.id} and m.member_id = ${$.member} and m.kind = ${$.kind}
    where r.id = ${$.reaction}`,
})

/** Refuses an unknown reaction. A vote with one that is no longer active can still be taken back. */
function checkReaction(id: number, found: { active: boolean; before: number | null } | undefined): asserts found {
  const others = 'GET /api/v2/reaction/ lists what there is.'
  if (!found) throw badField('reaction', 'unknown', `There is no reaction ${id}. ${others}`)
  if (!found.active && found.before !== id)
    throw badField('reaction', 'inactive', `Reaction ${id} is no longer voted with. ${others}`)
}

type Vote = { ctx: MemberCtx; target: Target; id: number; reaction: number }

type Look = Awaited<ReturnType<typeof looking.row>>

/** A vote that may be written: what was locked for it, and what it changes. `boxed` says whether the author's box is locked. */
type Found = Vote & LockedTarget & { before: number | null; since: string | null; boxed: boolean; begins: boolean }

const noticeOf = ({ ctx, author, about }: Found) => ({
  ...{ type: voteNotice, actor: ctx.actor.id, ...about, to: [author] },
})

/** Decides about a vote whose target is locked. */
function admit(vote: Vote, locked: LockedTarget, look: Look): Found {
  if (locked.deleted) throw refused('deleted', `This ${vote.target.name} is deleted.`)
  checkReaction(vote.reaction, look)
  const { before, since, boxed } = look
  return { ...vote, ...locked, before, since, boxed, begins: before !== vote.reaction }
}

/** Whether the author may have to be told of a vote, or of its end. */
const concerns = ({ ctx, author }: Pick<Found, 'ctx' | 'author'>) => author !== ctx.actor.id

/** Whether two votes can be written by one statement: it adds to a box or takes away. */
const goTogether = (one: Found, other: Found) =>
  (one.author !== other.author || one.begins === other.begins) && one.community.version === other.community.version

/** Locks what the votes are for, and decides about each. Undefined for one that has to wait for somebody else. */
async function find(tx: Db, votes: Vote[]): Promise<(Found | Refusal | undefined)[]> {
  const [{ target }] = votes as [Vote]
  const locked = await target.lockEach(tx, votes, activeMember)
  const asked = votes.map(({ ctx, id, reaction }, i) => {
    const its = locked[i]
    const author = its && !(its instanceof Refusal) && concerns({ ctx, author: its.author }) ? its.author : null
    return { id, member: ctx.actor.id, kind: target.id, reaction, author }
  })
  const looks = await looking.each(tx, asked)
  return admitEach(votes, async (vote, i) => {
    const its = locked[i]
    return !its || its instanceof Refusal ? its : admit(vote, its, looks[i]?.[0])
  })
}

/** Writes votes for one kind of target, in a version of the community that all of them know. */
async function write(tx: Db, votes: Found[], community: Community): Promise<void> {
  const [{ ctx, target }] = votes as [Found]
  const now = votes.reduce((latest, { ctx }) => (ctx.now > latest ? ctx.now : latest), ctx.now)
  const told = isSilent(ctx.kith.db) ? [] : votes.filter((vote) => vote.begins && concerns(vote))
  const tells = target.toldAsShown === true && told.length > 0
  const sent = votes.map((vote) => {
    const { ctx, id, author, reaction, before, since, begins } = vote
    return { target_id: id, voter: ctx.actor.id, author, reaction, before, since, begins, ...rowOf(noticeOf(vote)) }
  })
  const counted = votes.some(({ before, reaction }) => [before ?? usual, reaction].some((one) => one !== usual))
  const variant = {
    target,
    flags: flagsFor(community, true),
    counted,
    tells,
    ends: votes.some(({ begins }) => !begins),
  }
  await voting.rows(tx, { votes: JSON.stringify(sent), now }, variant)
  if (!tells) for (const vote of told) await tell(tx, { now, community }, [noticeOf(vote)])
}

/** Votes at the same moment are written in one transaction. Each is refused by itself. */
const voteTogether = gatheredOn<Vote, Refusal | 'done'>((db) => ({
  ...{ most: 32, runs: 2, patience: 20 },
  fits: ({ target, id, ctx }, chosen) =>
    chosen.every(
      (other) => other.target === target && other.id !== id && other.ctx.community.version === ctx.community.version,
    ),
  run: (votes) =>
    db.transaction(async (tx) => {
      const found = await find(tx, votes)
      const chosen: Found[] = []
      for (const each of found) {
        if (!each || each instanceof Refusal) continue
        if (concerns(each) && !each.boxed) {
          if (votes.length > 1) continue
          await lockBoxes(tx, [each.author])
        }
        if (chosen.every((other) => goTogether(each, other))) chosen.push(each)
      }
      if (chosen.length) await write(tx, chosen, (chosen[0] as Found).community)
      return found.map((each) => {
        if (!each || each instanceof Refusal) return each
        return chosen.includes(each) ? 'done' : undefined
      })
    }),
}))

/**
 * Votes for a target with a reaction, or takes the vote back if it is the same. With another reaction the vote
 * changes: one event tells of its end, one of the new beginning.
 */
export async function vote(ctx: MemberCtx, target: Target, id: number, reaction: number): Promise<void> {
  const result = await voteTogether(ctx.kith.db, { ctx, target, id, reaction })
  if (result instanceof Refusal) throw result
}
