import { activeSql } from '../auth/status.ts'
import { byFlags, flagsFor } from '../community/flags.ts'
import { areFriendships } from '../community/state.ts'
import type { MemberCtx } from '../context.ts'
import { notFound } from '../platform/errors.ts'
import { statement } from '../platform/sql/statement.ts'
import { connectionStatusSql } from '../users/views.ts'
import { hidesSql, relationJoin } from '../users/visibility.ts'
import { type ConnectionStatus, type Relationship, statusFor } from './relationship.ts'

/** The answer of an act: the status of the other member for the caller. */
export const answerStatus = (ctx: MemberCtx, relationship: Relationship) => ({
  connection_status: statusFor(relationship, ctx.actor.id, ctx.kith.community.current()),
})

const relation = statement({
  name: 'connections: relation to a member',
  takes: { viewer: 'bigint', other: 'bigint' },
  gives: {
    ...{ connection_status: 'text?', is_connection: 'boolean', is_followed: 'boolean', is_follower: 'boolean' },
    ...{ is_hidden: 'boolean', is_hidden_by: 'boolean' },
  },
  variants: byFlags,
  sql: ($, { flags }) => `select ${connectionStatusSql(flags)} as connection_status,
      coalesce(v.state = 4, false) as is_connection,
      v.following_place is not null as is_followed, v.follower_place is not null as is_follower,
      ${hidesSql('v.')} as is_hidden, coalesce(v.hidden_by, false) as is_hidden_by
    from users u ${relationJoin($.viewer, 'u.id')}
    where u.id = ${$.other} and ${activeSql('u.')}`,
})

/** Everything the caller may know of how they stand with another member. */
export async function findRelation(ctx: MemberCtx, otherId: number) {
  const values = { viewer: ctx.actor.id, other: otherId }
  const row = await relation.row(ctx.db, values, { flags: flagsFor(ctx.community, true) })
  if (!row) throw notFound('No member has this id.')
  return {
    ...row,
    connection_status: row.connection_status as ConnectionStatus,
    is_connection: row.is_connection && areFriendships(ctx.community),
  }
}

const statuses = statement({
  name: 'connections: statuses of many members',
  takes: { viewer: 'bigint', ids: 'bigint[]' },
  gives: { id: 'bigint', status: 'text?' },
  variants: byFlags,
  sql: ($, { flags }) => `select v.other_id as id, ${connectionStatusSql(flags)} as status
    from relation v where v.member_id = ${$.viewer} and v.other_id = any(${$.ids})`,
})

/** The status of many members at once, by id; null also for ids that do not exist. */
export async function listStatuses(ctx: MemberCtx, ids: number[]): Promise<Record<string, ConnectionStatus>> {
  const rows = await statuses.rows(ctx.db, { viewer: ctx.actor.id, ids }, { flags: flagsFor(ctx.community, true) })
  const found = new Map(rows.map(({ id, status }) => [id, status as ConnectionStatus]))
  return Object.fromEntries(ids.map((id) => [id, found.get(id) ?? null]))
}

const hidden = statement({
  name: 'connections: ids of hidden members',
  takes: { member: 'bigint' },
  gives: { other_id: 'bigint' },
  sql: ($) => `select other_id from relation where member_id = ${$.member} and ${hidesSql()}
    order by hidden_place desc`,
})

/** Ids of the members that the caller hides. Every client asks for them as it starts. */
export const listHiddenIds = async ({ db, actor }: MemberCtx): Promise<number[]> =>
  (await hidden.rows(db, { member: actor.id })).map((row) => row.other_id)
