import type { MemberCtx } from '../context.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Target } from './target.ts'

const marks = statement({
  name: 'marks: of a member',
  takes: { id: 'bigint', kind: 'smallint', member: 'bigint' },
  gives: { followed: 'boolean', suspended: 'boolean', hidden: 'boolean' },
  sql: ($) => `select m.followed_at is not null as followed, m.suspended_at is not null as suspended, m.hidden
    from mark m where m.target_id = ${$.id} and m.kind = ${$.kind} and m.member_id = ${$.member}`,
})

const none = { followed: false, suspended: false, hidden: false }

/** The caller's marks on a target. */
export const findMarks = async (ctx: MemberCtx, target: Target, id: number) =>
  (await marks.row(ctx.db, { id, kind: target.id, member: ctx.actor.id })) ?? none
