import { byFlags, flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { notFound, refused } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { renderSql } from '../platform/http/view.ts'
import { statement } from '../platform/sql/statement.ts'
import { lockContribution } from './find.ts'
import type { Kind } from './kinds.ts'
import { Flag } from './views.ts'

const flagging = statement({
  name: 'contributions: flag',
  takes: { id: 'bigint', member: 'bigint', kind: 'smallint', type: 'smallint', now: 'timestamptz' },
  gives: {},
  sql: ($) => `with before as materialized (
      select from contribution_mark where contribution_id = ${$.id} and member_id = ${$.member} and flag_type is not null
    ), marked as (
      insert into contribution_mark as k (contribution_id, member_id, kind, flag_type, flagged_at, flag_place)
      values (${$.id}, ${$.member}, ${$.kind}, ${$.type}, ${$.now}, nextval('contribution_place'))
      on conflict (contribution_id, member_id) do update set flag_type = excluded.flag_type,
        flagged_at = coalesce(k.flagged_at, excluded.flagged_at), flag_place = coalesce(k.flag_place, excluded.flag_place)
    )
    update contribution set flag_count = flag_count + 1 where id = ${$.id} and not exists (select from before)`,
})

/** Reports a contribution to the moderators. A second report of the same member replaces the first. */
export async function flag(ctx: MemberCtx, kind: Kind, id: number, type: number): Promise<void> {
  await ctx.kith.db.transaction(async (tx) => {
    const { author, deleted } = await lockContribution(tx, ctx, kind, id, 'active member')
    if (author === ctx.actor.id) throw refused('own', `This ${kind.name} is your own.`)
    if (deleted) throw refused('deleted', `This ${kind.name} is deleted.`)
    await flagging.rows(tx, { id, member: ctx.actor.id, kind: kind.id, type, now: ctx.now })
  })
}

const ownFlag = statement({
  name: 'contributions: flag of a member',
  takes: { id: 'bigint', member: 'bigint', kind: 'smallint' },
  gives: { json: 'text' },
  variants: byFlags,
  sql: ($, { flags }) => `select ${renderSql(Flag, flags)}::text as json
    from contribution_mark m join users u on u.id = m.member_id
    left join relation v on v.member_id = ${$.member} and v.other_id = u.id
    where m.contribution_id = ${$.id} and m.member_id = ${$.member} and m.kind = ${$.kind} and m.flag_type is not null`,
})

/** One's own flag of a contribution. */
export async function showFlag(ctx: MemberCtx, kind: Kind, id: number): Promise<Json> {
  const values = { id, member: ctx.actor.id, kind: kind.id }
  const row = await ownFlag.row(ctx.db, values, { flags: flagsFor(ctx.community, true) })
  if (!row) throw notFound(`You have not flagged this ${kind.name}.`)
  return row
}
