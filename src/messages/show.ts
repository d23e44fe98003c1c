import { byFlags, flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { notFound } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql, shown } from '../platform/sql/view.ts'
import { apartMembers } from './apart.ts'
import { Message } from './views.ts'

export const noMessage = () => notFound('You have no message of this id.')

const showing = statement({
  name: 'messages: show',
  takes: { id: 'bigint', viewer: 'bigint' },
  gives: { json: shown(Message) },
  variants: byFlags,
  sql: ($, { flags }) => `select ${renderSql(Message, flags, $.viewer)} as json
    from message x join message_side r on r.thread_id = x.thread_id and r.member_id = ${$.viewer}
    where x.id = ${$.id} and x.id > r.cleared_to and r.other_id <> all(array(${apartMembers($.viewer)}))`,
})

/** A message, for its sender and recipient. For anybody else it does not exist, whatever their role. */
export async function showMessage(ctx: MemberCtx, id: number): Promise<Json<'PrivateMessage'>> {
  const row = await showing.row(ctx.db, { id, viewer: ctx.actor.id }, { flags: flagsFor(ctx.community, true) })
  if (!row) throw noMessage()
  return row
}
