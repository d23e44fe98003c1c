import type { MemberCtx } from '../context.ts'
import { refused } from '../platform/errors.ts'
import { emitSql } from '../platform/events/emit.ts'
import { textFor } from '../users/queries.ts'
import { type Shown, shownBy } from '../users/views.ts'
import { takeContribution } from './find.ts'
import type { Kind } from './kinds.ts'
import { toldWithSql } from './views.ts'

/** What a member can switch on and off about a contribution. */
type Toggle = { since: string; place: string; counter: string | null; on: string; off: string }

const toggles = {
  follow: { since: 'followed_at', place: 'follow_place', counter: 'follower_count', on: 'follow', off: 'unfollow' },
  suspend: { since: 'suspended_at', place: 'suspend_place', counter: null, on: 'suspend', off: 'unsuspend' },
} satisfies Record<string, Toggle>

const toggleText = (kind: Kind, { since, place, counter, on, off }: Toggle, shown: Shown) =>
  textFor(`${on} ${kind.name}`, shown, () => {
    return `with before as materialized (
      select ${since} as since from contribution_mark where contribution_id = $1 and member_id = $2
    ), marked as (
      insert into contribution_mark as k (contribution_id, member_id, kind, ${since}, ${place})
      values ($1, $2, ${kind.id}, $3, nextval('contribution_place'))
      on conflict (contribution_id, member_id) do update set
        ${since} = case when k.${since} is null then excluded.${since} end,
        ${place} = case when k.${since} is null then excluded.${place} end
      returning ${since} as since
    ), c as (
      ${
        counter
          ? `update contribution set ${counter} = ${counter} + case when (select since from marked) is null then -1 else 1 end
             where id = $1 returning *`
          : 'select * from contribution where id = $1'
      }
    ), author as materialized (
      select * from users where id = (select author_id from c)
    ), actor as materialized (
      select * from users where id = $2
    )
    ${emitSql(
      `select case when marked.since is null then '${kind.name}.${off}' else '${kind.name}.${on}' end as type,
         ${toldWithSql(kind, shown, 'coalesce(marked.since, (select since from before))')} as data from c, marked`,
      '$3::timestamptz',
    )}`
  })

/**
 * Follows a contribution, or suspends what is told of it, or ends that again: each call switches. Told with the moment
 * it began. One's own is followed by nature: neither can be switched.
 */
export async function toggle(ctx: MemberCtx, kind: Kind, id: number, what: keyof typeof toggles): Promise<void> {
  await ctx.kith.db.transaction(async (tx) => {
    const { author, deleted, community } = await takeContribution(tx, ctx, kind, id, 'member')
    if (author === ctx.actor.id)
      throw refused('own', `This ${kind.name} is your own: you hear of what happens to it anyway.`)
    if (deleted) throw refused('deleted', `This ${kind.name} is deleted.`)
    const shown = shownBy(community, true)
    await tx.query(toggleText(kind, toggles[what], shown), [id, ctx.actor.id, ctx.now.toISOString()])
  })
}

/** Hides a contribution from one's own lists, or shows it again. Nobody is told. */
export async function toggleHidden(ctx: MemberCtx, kind: Kind, id: number): Promise<void> {
  await ctx.kith.db.transaction(async (tx) => {
    await takeContribution(tx, ctx, kind, id, 'member')
    await tx.query(
      `insert into contribution_mark as k (contribution_id, member_id, kind, hidden) values ($1, $2, $3, true)
       on conflict (contribution_id, member_id) do update set hidden = not k.hidden`,
      [id, ctx.actor.id, kind.id],
    )
  })
}
