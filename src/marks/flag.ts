import { activeMember } from '../auth/audience.ts'
import { byFlags, flagsSeenBy } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { refused } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { type Rendering, renderSql, shown } from '../platform/sql/view.ts'
import { relationJoin } from '../users/visibility.ts'
import { byTarget, type Target } from './target.ts'
import { Flag } from './views.ts'

const flagging = statement({
  name: 'marks: flag',
  takes: { id: 'bigint', member: 'bigint', type: 'smallint', now: 'timestamptz' },
  gives: {},
  variants: byTarget,
  sql: ($, { target }) => `with before as materialized (
      select from mark where target_id = ${$.id} and member_id = ${$.member} and kind = ${target.id} and flag_type is not null
    ), marked as (
      insert into mark as k (target_id, member_id, kind, flag_type, flagged_at, flag_place)
      values (${$.id}, ${$.member}, ${target.id}, ${$.type}, ${$.now}, nextval('contribution_place'))
      on conflict (target_id, member_id, kind) do update set flag_type = excluded.flag_type,
        flagged_at = coalesce(k.flagged_at, excluded.flagged_at), flag_place = coalesce(k.flag_place, excluded.flag_place)
    )
    update ${target.table} set flag_count = flag_count + 1 where id = ${$.id} and not exists (select from before)`,
})

/** Reports a target to the moderators. A second report of the same member replaces the first. */
export async function flag(ctx: MemberCtx, target: Target, id: number, type: number): Promise<void> {
  await ctx.kith.db.transaction(async (tx) => {
    const { author, deleted } = await target.lock(tx, ctx, id, activeMember)
    if (author === ctx.actor.id) throw refused('own', `This ${target.name} is your own.`)
    if (deleted) throw refused('deleted', `This ${target.name} is deleted.`)
    await flagging.rows(tx, { id, member: ctx.actor.id, type, now: ctx.now }, { target })
  })
}

const ownFlag = statement({
  name: 'marks: flag of a member',
  takes: { id: 'bigint', member: 'bigint', kind: 'smallint' },
  gives: { json: shown(Flag) },
  variants: byFlags,
  sql: ($, { flags }) => `select ${renderSql(Flag, flags)}::text as json
    from mark m join users u on u.id = m.member_id
    ${relationJoin($.member, 'u.id')}
    where m.target_id = ${$.id} and m.member_id = ${$.member} and m.kind = ${$.kind} and m.flag_type is not null`,
})

/** The caller's flag on a target. Without one the answer is empty: to clients any flag_type, even null, is a flag. */
export async function showFlag(ctx: MemberCtx, target: Target, id: number): Promise<Json<'Flag' | 'NoFlag'>> {
  const values = { id, member: ctx.actor.id, kind: target.id }
  const row = await ownFlag.row(ctx.db, values, { flags: flagsSeenBy(ctx.actor, ctx.community) })
  return row ?? { json: '{}' as Rendering<'NoFlag'> }
}
