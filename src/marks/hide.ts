import { member } from '../auth/audience.ts'
import type { MemberCtx } from '../context.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Target } from './target.ts'

const hiding = statement({
  name: 'marks: hide or show',
  takes: { id: 'bigint', member: 'bigint', kind: 'smallint' },
  gives: {},
  sql: ($) => `insert into mark as k (target_id, member_id, kind, hidden)
    values (${$.id}, ${$.member}, ${$.kind}, true)
    on conflict (target_id, member_id, kind) do update set hidden = not k.hidden`,
})

/** Hides a target from the caller's lists, or shows it again. There is no event. */
export async function toggleHidden(ctx: MemberCtx, target: Target, id: number): Promise<void> {
  await ctx.kith.db.transaction(async (tx) => {
    await target.lock(tx, ctx, id, member)
    await hiding.rows(tx, { id, member: ctx.actor.id, kind: target.id })
  })
}
