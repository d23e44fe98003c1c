import { admitAgain, againGives, againSql } from '../auth/again.ts'
import { member } from '../auth/audience.ts'
import type { MemberCtx } from '../context.ts'
import { notFound } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { arraySql, shown } from '../platform/sql/view.ts'
import { noPage } from './inputs.ts'
import { LegalPageAck, LegalPageAcks, renderAck } from './views.ts'

const locking = statement({
  name: 'legalpages: lock to answer',
  takes: { id: 'bigint', member: 'bigint' },
  gives: { ...againGives },
  sql: ($) => `select ${againSql} from legal_page l join users me on me.id = ${$.member}
    where l.id = ${$.id} and l.active for share of l for key share of me`,
})

const answering = statement({
  name: 'legalpages: answer',
  takes: { id: 'bigint', member: 'bigint', accept: 'boolean', now: 'timestamptz' },
  gives: { json: shown(LegalPageAck) },
  // The same answer again keeps the time of the first.
  sql: ($) => `with a as (
      insert into legal_page_ack as a (page_id, member_id, accepted_at, not_accepted_at)
      values (${$.id}, ${$.member}, case when ${$.accept} then ${$.now} end, case when not ${$.accept} then ${$.now} end)
      on conflict (member_id, page_id) do update set
        accepted_at = case when ${$.accept} then coalesce(a.accepted_at, excluded.accepted_at) end,
        not_accepted_at = case when not ${$.accept} then coalesce(a.not_accepted_at, excluded.not_accepted_at) end
      returning *
    )
    select ${renderAck}::text as json from a`,
})

/** Accepts or rejects a published revision. */
export const acknowledge = (ctx: MemberCtx, id: number, accept: boolean): Promise<Json<'LegalPageAck'>> =>
  ctx.db.transaction(async (tx) => {
    const row = await locking.row(tx, { id, member: ctx.actor.id })
    if (!row) throw noPage()
    await admitAgain(tx, ctx, member, row)
    return (await answering.row(tx, { id, member: ctx.actor.id, accept, now: ctx.now })) as Json<'LegalPageAck'>
  })

const showing = statement({
  name: 'legalpages: answer of a member',
  takes: { member: 'bigint', id: 'bigint' },
  gives: { json: shown(LegalPageAck) },
  sql: ($) => `select ${renderAck}::text as json from legal_page_ack a
    where a.member_id = ${$.member} and a.page_id = ${$.id}`,
})

/** The caller's answer to a revision; 404 if there is none. */
export async function showAck(ctx: MemberCtx, id: number): Promise<Json<'LegalPageAck'>> {
  const row = await showing.row(ctx.db, { member: ctx.actor.id, id })
  if (!row) throw notFound('You have not answered to this page yet.')
  return row
}

const listing = statement({
  name: 'legalpages: answers of a member',
  takes: { member: 'bigint' },
  gives: { json: shown(LegalPageAcks) },
  sql: ($) => `select ${arraySql(LegalPageAck, renderAck, 'a.id desc')} as json from legal_page_ack a
    where a.member_id = ${$.member}`,
})

/** All answers of the caller to legal pages, last first. There is at most one per revision. */
export const listAcks = async (ctx: MemberCtx) =>
  (await listing.row(ctx.db, { member: ctx.actor.id })) as Json<'LegalPageAck[]'>
