import { byFlags, flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { badField } from '../platform/errors.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import { statement } from '../platform/sql/statement.ts'
import { partBytesSql, subjectBytesSql } from './declare.ts'
import { markRange } from './read.ts'
import { aboutJoin, itemsJoin, newestSql, renderGroup, shownOfGroup } from './views.ts'

/** SQL of the bytes of the texts of a group. Its subject may also be shown with each of its notifications. */
const weightSql = () => `(select (${subjectBytesSql()}) * (1 + least(g.n, ${shownOfGroup})) + coalesce((
      select sum(${partBytesSql()}) from (${newestSql}) i join notification_notice n on n.id = i.notice_id
    ), 0) from notification_group g where g.id = p.id)`

const groups = list({
  name: 'notifications: of a member',
  takes: { viewer: 'bigint' },
  variants: byFlags,
  sql: ($, { flags }) => ({
    columns: 'g.id',
    from: `from notification_group g where g.member_id = ${$.viewer}`,
    keys: [{ sql: 'g.last', descending: true, type: 'bigint' }],
    joins: `join notification_group g on g.id = p.id ${aboutJoin(flags, $.viewer)} ${itemsJoin(flags, $.viewer)}`,
    render: renderGroup(),
    weight: weightSql(),
  }),
})

const placing = statement({
  name: 'notifications: place of a group',
  takes: { member: 'bigint', id: 'bigint' },
  gives: { last: 'bigint' },
  sql: ($) => `select last from notification_group where id = ${$.id} and member_id = ${$.member}`,
})

/** Where a page begins that is requested by the group before or behind it. */
async function seekBy(ctx: MemberCtx, { next_id, previous_id }: Beside, page: PageRequest): Promise<PageRequest> {
  const [name, sid] = previous_id ? ['previous_id', previous_id] : ['next_id', next_id]
  if (!sid) return page
  const [, id] = /^g(\d{1,15})$/.exec(sid) ?? []
  const row = id && (await placing.row(ctx.db, { member: ctx.actor.id, id: Number(id) }))
  if (!row)
    throw badField(name as string, 'unknown', 'You have no notifications of this sid. Follow `next` as it was given.')
  return { ...page, seek: { direction: previous_id ? 'before' : 'after', key: [row.last] } }
}

export type Beside = { next_id?: string; previous_id?: string }

/**
 * A page of the caller's notifications, grouped by subject, newest first. Reading the page marks its notifications as
 * seen; the answer still shows them as new.
 */
export async function listNotifications(
  ctx: MemberCtx,
  beside: Beside,
  asked: PageRequest,
): Promise<PageRows<'Notification'>> {
  const viewer = ctx.actor.id
  const page = await seekBy(ctx, beside, asked)
  const rows = await groups.page(ctx.db, { viewer }, page, { flags: flagsFor(ctx.community, true) })
  const [one, other] = [rows.first?.[0], rows.last?.[0]] as (number | undefined)[]
  if (one !== undefined && other !== undefined) await markRange(ctx, viewer, Math.min(one, other), Math.max(one, other))
  return rows
}
