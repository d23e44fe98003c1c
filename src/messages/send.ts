import type { Actor } from '../auth/actor.ts'
import { activeSql } from '../auth/status.ts'
import { byFlags, flagsFor } from '../community/flags.ts'
import type { Community } from '../community/state.ts'
import type { MemberCtx } from '../context.ts'
import { tell } from '../notifications/tell.ts'
import type { Db } from '../platform/db/database.ts'
import { badField, forbidden } from '../platform/errors.ts'
import { signal } from '../platform/events/signal.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { arrayOf, arraySql, renderSql, shown } from '../platform/sql/view.ts'
import { hiddenOrNotSql, relationJoin } from '../users/visibility.ts'
import { reachOf, writableSql } from '../users/writable.ts'
import { readMessage, type Sent } from './inputs.ts'
import { lockBoxes, lockThreads, lockWriter } from './lock.ts'
import { messageOf } from './notices.ts'
import { messageSent } from './signals.ts'
import { Message } from './views.ts'

const lockingRecipients = statement({
  name: 'messages: lock who is written to',
  takes: { ids: 'bigint[]', member: 'bigint', reach: 'text' },
  gives: { id: 'bigint', hidden: 'boolean', writable: 'boolean' },
  variants: byFlags,
  sql: ($, { flags }) => `select u.id, ${hiddenOrNotSql('v.')} as hidden,
      ${writableSql(flags, $.member, $.reach)} as writable
    from users u ${relationJoin($.member, 'u.id')}
    where u.id = any(${$.ids}) and ${activeSql('u.')} order by u.id for key share of u`,
})

/** Locks the recipients, and refuses unless each of them may be written to. */
async function lockRecipients(tx: Db, actor: Actor, community: Community, ids: number[]): Promise<void> {
  const values = { ids, member: actor.id, reach: reachOf(actor, community) }
  const rows = await lockingRecipients.rows(tx, values, { flags: flagsFor(community, true) })
  const there = new Map(rows.map((row) => [row.id, row]))
  const unknown = ids.filter((id) => !there.has(id))
  if (unknown.length)
    throw badField('recipients', 'unknown', `There is no member ${unknown.join(', ')}. Leave them out.`)
  if (rows.some(({ hidden }) => hidden)) throw forbidden('One of you has hidden the other.')
  const closed = rows.filter(({ writable }) => !writable).map(({ id }) => id)
  if (!closed.length) return
  const who = community.mode === 'follow' ? 'members who follow you' : 'members you are connected with'
  throw forbidden(`You may write to ${who}. Leave out ${closed.join(', ')}.`)
}

const opening = statement({
  name: 'messages: open threads',
  takes: { member: 'bigint', ids: 'bigint[]', now: 'timestamptz' },
  gives: {},
  sql: ($) => `insert into message_thread (low_id, high_id, created_at)
    select least(id, ${$.member}), greatest(id, ${$.member}), ${$.now} from unnest(${$.ids}) id order by 1, 2
    on conflict do nothing`,
})

const finding = statement({
  name: 'messages: threads with members',
  takes: { member: 'bigint', ids: 'bigint[]' },
  gives: { id: 'bigint' },
  sql: ($) => `select t.id from unnest(${$.ids}) other
    join message_thread t on t.low_id = least(other, ${$.member}) and t.high_id = greatest(other, ${$.member})
    order by t.id`,
})

const siding = statement({
  name: 'messages: both sides of threads',
  takes: { threads: 'bigint[]' },
  gives: {},
  sql: ($) => `insert into message_side (member_id, other_id, thread_id)
    select one, other, t.id from message_thread t,
      lateral (values (t.low_id, t.high_id), (t.high_id, t.low_id)) s(one, other)
    where t.id = any(${$.threads}) on conflict do nothing`,
})

const emptied = statement({
  name: 'messages: whose threads are empty',
  takes: { threads: 'bigint[]' },
  gives: { member: 'bigint' },
  sql: ($) => `select distinct member_id as member from message_side
    where thread_id = any(${$.threads}) and last_id is null`,
})

const claiming = statement({
  name: 'messages: take a file',
  takes: { uuid: 'text', owner: 'bigint' },
  gives: { uuid: 'text' },
  sql: ($) => `select uuid from message_file where uuid = ${$.uuid} and owner_id = ${$.owner} and file_id is not null
    and loose_since is not null for update`,
})

const writing = statement({
  name: 'messages: send',
  takes: {
    ...{ threads: 'bigint[]', sender: 'bigint', html: 'text', summary: 'text', file: 'text?', now: 'timestamptz' },
  },
  gives: { id: 'bigint', receiver: 'bigint' },
  sql: ($) => `with m as (
      insert into message (thread_id, sender_id, receiver_id, html, summary, created_at, file_uuid)
      select t.id, ${$.sender}, case when t.low_id = ${$.sender} then t.high_id else t.low_id end, ${$.html},
        ${$.summary}, ${$.now}, ${$.file}
      from message_thread t where t.id = any(${$.threads}) order by t.id
      returning id, thread_id, receiver_id
    ), filled as (
      select s.member_id, count(*)::int as n from message_side s join m using (thread_id)
      where s.last_id is null group by s.member_id
    ), sides as (
      update message_side s set messages = s.messages + 1, unread = s.unread + (s.member_id <> ${$.sender})::int,
        last_id = m.id
      from m where s.thread_id = m.thread_id
    ), boxes as (
      update message_box b set threads = b.threads + f.n from filled f where b.member_id = f.member_id
    ), shown as (
      update message_file set loose_since = null where uuid = ${$.file}
    ), told as (
      ${signal($.now, messageSent, 'select receiver_id as member_id, id as about_id, thread_id as within_id from m')}
    )
    select id, receiver_id as receiver from m order by id`,
})

const showing = statement({
  name: 'messages: show those that were sent',
  takes: { ids: 'bigint[]', viewer: 'bigint' },
  gives: { json: shown(arrayOf(Message)) },
  variants: byFlags,
  sql: ($, { flags }) => `select ${arraySql(Message, renderSql(Message, flags, $.viewer), 'x.id')} as json
    from message x, (select 0::bigint as read_to) r where x.id = any(${$.ids})`,
})

/**
 * Writes a message to each of some members, all or none: the rows, the counts of both sides, the file, in one
 * transaction.
 * @returns the messages, as an array
 */
export async function sendMessage(ctx: MemberCtx, sent: Sent): Promise<Json<'PrivateMessage[]'>> {
  const { html, summary, recipients: ids } = await readMessage(ctx, sent)
  const { actor, now } = ctx
  const file = sent.file_uuid?.toLowerCase() || null
  return ctx.kith.db.transaction(async (tx) => {
    const member = actor.id
    const { community, writer } = await lockWriter(tx, ctx)
    await lockRecipients(tx, writer, community, ids)
    await opening.rows(tx, { member, ids, now })
    const threads = (await finding.rows(tx, { member, ids })).map(({ id }) => id)
    await lockThreads(tx, threads)
    if (file && !(await claiming.row(tx, { uuid: file, owner: member })))
      throw badField('file_uuid', 'unknown', 'You have no file of this uuid that waits to be sent. Upload it first.')
    await siding.rows(tx, { threads })
    const boxes = (await emptied.rows(tx, { threads })).map((row) => row.member)
    if (boxes.length) await lockBoxes(tx, boxes)
    const rows = await writing.rows(tx, { threads, sender: member, html, summary, file, now })
    await tell(
      tx,
      { now, community },
      rows.map((row) => messageOf(member, row)),
    )
    const values = { ids: rows.map(({ id }) => id), viewer: member }
    return (await showing.row(tx, values, { flags: flagsFor(community, true) })) as Json<'PrivateMessage[]'>
  })
}
