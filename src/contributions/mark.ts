import { flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { refused } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { contributionEvents } from './events.ts'
import { lockContribution } from './find.ts'
import { byKindAndFlags, type Kind } from './kinds.ts'
import { markData } from './views.ts'

/** What a member can switch on and off about a contribution. */
const toggles = {
  follow: { since: 'followed_at', place: 'follow_place', counter: 'follower_count', on: 'follow', off: 'unfollow' },
  suspend: { since: 'suspended_at', place: 'suspend_place', counter: null, on: 'suspend', off: 'unsuspend' },
} as const

type Toggle = keyof typeof toggles

const toggling = statement({
  name: 'contributions: follow or suspend',
  takes: { id: 'bigint', member: 'bigint', now: 'timestamptz' },
  gives: {},
  variants: () =>
    byKindAndFlags().flatMap((each) => (['follow', 'suspend'] as Toggle[]).map((what) => ({ ...each, what }))),
  sql($, { kind, flags, what }) {
    const { since, place, counter, on, off } = toggles[what]
    const events = contributionEvents[kind.name]
    const data = markData(kind, flags, 'coalesce(marked.since, (select since from before))')
    return `with before as materialized (
      select ${since} as since from contribution_mark where contribution_id = ${$.id} and member_id = ${$.member}
    ), marked as (
      insert into contribution_mark as k (contribution_id, member_id, kind, ${since}, ${place})
      values (${$.id}, ${$.member}, ${kind.id}, ${$.now}, nextval('contribution_place'))
      on conflict (contribution_id, member_id) do update set
        ${since} = case when k.${since} is null then excluded.${since} end,
        ${place} = case when k.${since} is null then excluded.${place} end
      returning ${since} as since
    ), c as (
      ${
        counter
          ? `update contribution set ${counter} = ${counter} + case when (select since from marked) is null then -1 else 1 end
             where id = ${$.id} returning *`
          : `select * from contribution where id = ${$.id}`
      }
    ), author as materialized (
      select * from users where id = (select author_id from c)
    ), actor as materialized (
      select * from users where id = ${$.member}
    )
    ${emit(
      $.now,
      [events[on], data, 'from c, marked where marked.since is not null'],
      [events[off], data, 'from c, marked where marked.since is null'],
    )}`
  },
})

/**
 * Follows a contribution, or suspends what is told of it, or ends that again: each call switches. Told with the moment
 * it began. One's own is followed by nature: neither can be switched.
 */
export async function toggle(ctx: MemberCtx, kind: Kind, id: number, what: Toggle): Promise<void> {
  await ctx.kith.db.transaction(async (tx) => {
    const { author, deleted, community } = await lockContribution(tx, ctx, kind, id, 'member')
    if (author === ctx.actor.id)
      throw refused('own', `This ${kind.name} is your own: you hear of what happens to it anyway.`)
    if (deleted) throw refused('deleted', `This ${kind.name} is deleted.`)
    const flags = flagsFor(community, true)
    await toggling.rows(tx, { id, member: ctx.actor.id, now: ctx.now }, { kind, flags, what })
  })
}

const hiding = statement({
  name: 'contributions: hide or show',
  takes: { id: 'bigint', member: 'bigint', kind: 'smallint' },
  gives: {},
  sql: ($) => `insert into contribution_mark as k (contribution_id, member_id, kind, hidden)
    values (${$.id}, ${$.member}, ${$.kind}, true)
    on conflict (contribution_id, member_id) do update set hidden = not k.hidden`,
})

/** Hides a contribution from one's own lists, or shows it again. No event is emitted. */
export async function toggleHidden(ctx: MemberCtx, kind: Kind, id: number): Promise<void> {
  await ctx.kith.db.transaction(async (tx) => {
    await lockContribution(tx, ctx, kind, id, 'member')
    await hiding.rows(tx, { id, member: ctx.actor.id, kind: kind.id })
  })
}
