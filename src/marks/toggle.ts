import { member } from '../auth/audience.ts'
import { flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { untell } from '../notifications/end.ts'
import { tell } from '../notifications/tell.ts'
import { refused } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { followNotice } from './notices.ts'
import { byFollowedAndFlags, type FollowedTarget, peopleSql } from './target.ts'

/** What a member switches on and off about a target. */
const toggles = {
  follow: { since: 'followed_at', place: 'follow_place', counter: 'follower_count', on: 'follow', off: 'unfollow' },
  suspend: { since: 'suspended_at', place: 'suspend_place', counter: null, on: 'suspend', off: 'unsuspend' },
} as const

export type Toggle = keyof typeof toggles

const toggling = statement({
  name: 'marks: follow or suspend',
  takes: { id: 'bigint', member: 'bigint', now: 'timestamptz' },
  gives: { on: 'boolean' },
  variants: () =>
    byFollowedAndFlags().flatMap((each) => (['follow', 'suspend'] as Toggle[]).map((what) => ({ ...each, what }))),
  sql($, { target, flags, what }) {
    const { since, place, counter, on, off } = toggles[what]
    const { events, data: dataOf } = target.followed
    const data = dataOf(flags, 'coalesce(marked.since, (select since from before))')
    return `with before as materialized (
      select ${since} as since from mark where target_id = ${$.id} and member_id = ${$.member} and kind = ${target.id}
    ), marked as (
      insert into mark as k (target_id, member_id, kind, ${since}, ${place})
      values (${$.id}, ${$.member}, ${target.id}, ${$.now}, nextval('contribution_place'))
      on conflict (target_id, member_id, kind) do update set
        ${since} = case when k.${since} is null then excluded.${since} end,
        ${place} = case when k.${since} is null then excluded.${place} end
      returning ${since} as since
    ), c as (
      ${
        counter
          ? `update ${target.table} set ${counter} = ${counter} + case when (select since from marked) is null then -1 else 1 end
             where id = ${$.id} returning *`
          : `select * from ${target.table} where id = ${$.id}`
      }
    ), ${peopleSql($.member)}, emitted as (
    ${emit(
      $.now,
      [events[on], data, 'from c, marked where marked.since is not null'],
      [events[off], data, 'from c, marked where marked.since is null'],
    )})
    select since is not null as on from marked`
  },
})

/**
 * Follows a target, or suspends its notifications, or ends that: each call switches. The event has the moment it
 * began. Authors always follow their own; they cannot switch that, but they can suspend it like anybody else.
 */
export async function toggle(ctx: MemberCtx, target: FollowedTarget, id: number, what: Toggle): Promise<void> {
  await ctx.kith.db.transaction(async (tx) => {
    const { author, deleted, community, about } = await target.lock(tx, ctx, id, member)
    if (what === 'follow' && author === ctx.actor.id)
      throw refused('own', `This ${target.name} is your own: you hear of what happens to it anyway.`)
    if (deleted) throw refused('deleted', `This ${target.name} is deleted.`)
    const variant = { target, flags: flagsFor(community, true), what }
    const row = await toggling.row(tx, { id, member: ctx.actor.id, now: ctx.now }, variant)
    if (what !== 'follow') return
    const done = { type: followNotice, actor: ctx.actor.id, ...about }
    if (!row?.on) await untell(tx, done)
    else await tell(tx, { now: ctx.now, community }, [{ ...done, to: [author] }])
  })
}
