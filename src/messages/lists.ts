import { byFlags, flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { markSubject } from '../notifications/read.ts'
import { badField, forbidden, notFound } from '../platform/errors.ts'
import { noRows, type PageRequest, type PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql } from '../platform/sql/view.ts'
import { hiddenOrNotSql, relationJoin } from '../users/visibility.ts'
import { apartMembers } from './apart.ts'
import { senderSubject } from './notices.ts'
import { Message, Snippet } from './views.ts'

/** SQL of the viewer's sides s of threads that are not empty. */
const sides = (viewer: string) => `from message_side s where s.member_id = ${viewer} and s.last_id is not null`

const snippets = list({
  name: 'messages: threads of a member',
  takes: { viewer: 'bigint' },
  variants: byFlags,
  sql: ($, { flags }) => ({
    columns: 's.thread_id, s.unread',
    from: `${sides($.viewer)} and s.other_id <> all(array(${apartMembers($.viewer)}))`,
    keys: [{ sql: 's.last_id', descending: true, type: 'bigint' }],
    joins: 'join message x on x.id = p.k0',
    render: renderSql(Snippet, flags, $.viewer),
    count: `select coalesce((select threads from message_box where member_id = ${$.viewer}), 0)
      - (select count(*) ${sides($.viewer)} and s.other_id = any(array(${apartMembers($.viewer)})))`,
  }),
})

/** A page of the caller's threads, most recently written first. */
export const listSnippets = (ctx: MemberCtx, page: PageRequest): Promise<PageRows<'PrivateMessageSnippet'>> =>
  snippets.page(ctx.db, { viewer: ctx.actor.id }, page, { flags: flagsFor(ctx.community, true) })

const finding = statement({
  name: 'messages: side of a member',
  takes: { member: 'bigint', other: 'bigint?', thread: 'bigint?' },
  gives: { other: 'bigint', thread: 'bigint?', cleared: 'bigint', read: 'bigint', hidden: 'boolean' },
  sql: (
    $,
  ) => `select u.id as other, s.thread_id as thread, coalesce(s.cleared_to, 0) as cleared, coalesce(s.read_to, 0) as read,
      ${hiddenOrNotSql('v.')} or exists (select from hidden_author h
        where h.member_id = ${$.member} and h.author_id = u.id) as hidden
    from users u left join message_side s on s.member_id = ${$.member} and s.other_id = u.id
    ${relationJoin($.member, 'u.id')}
    where u.id = coalesce(${$.other},
        (select other_id from message_side where member_id = ${$.member} and thread_id = ${$.thread}))
      and u.status not in ('u', 'w')
      and not exists (select from erasure e where e.member_id = u.id)`,
})

// The row is locked before its last message is read: messages written meanwhile are not marked as read.
const reading = statement({
  name: 'messages: read a thread',
  takes: { member: 'bigint', thread: 'bigint' },
  gives: {},
  sql: ($) => `with old as (
      select thread_id from message_side
      where thread_id = ${$.thread} and member_id = ${$.member} and unread > 0 for update
    )
    update message_side s set unread = 0, read_to = s.last_id from old
    where s.thread_id = old.thread_id and s.member_id = ${$.member} and s.unread > 0`,
})

const thread = list({
  name: 'messages: of a thread',
  takes: { viewer: 'bigint', thread: 'bigint', cleared: 'bigint', read: 'bigint', from: 'bigint', before: 'bigint' },
  variants: byFlags,
  sql: ($, { flags }) => ({
    columns: '',
    from: `from message x where x.thread_id = ${$.thread} and x.id > ${$.cleared} and x.id >= ${$.from}
      and x.id < ${$.before}`,
    keys: [{ sql: 'x.id', descending: true, type: 'bigint' }],
    joins: `join message x on x.id = p.k0 cross join (select ${$.read} as read_to) r`,
    render: renderSql(Message, flags, $.viewer),
    weight: '(select octet_length(m.html) from message m where m.id = p.k0)',
    count: `select messages from message_side where member_id = ${$.viewer} and thread_id = ${$.thread}`,
    backwards: true,
  }),
})

export type Asked = { user?: number; thread?: number; before_message?: number; from_message?: number }

/** The named thread, as the caller has it; `thread` is null if nobody has written yet. */
export async function findThread(ctx: MemberCtx, { user, thread }: Pick<Asked, 'user' | 'thread'>) {
  if (user && thread) throw badField('thread', 'invalid', 'Send only one of `user` and `thread`.')
  const row = await finding.row(ctx.db, { member: ctx.actor.id, other: user ?? null, thread: thread ?? null })
  if (!row || user === ctx.actor.id)
    throw notFound(user ? 'There is no thread with a member of this id.' : 'You have no thread of this id.')
  return row
}

/** A page of a thread: its last messages, or those before one, oldest first. This marks the thread as read. */
export async function listThread(ctx: MemberCtx, asked: Asked, page: PageRequest): Promise<PageRows<'PrivateMessage'>> {
  const side = await findThread(ctx, asked)
  if (side.hidden) throw forbidden('One of you has hidden the other.')
  if (!side.thread) return noRows
  const viewer = ctx.actor.id
  await reading.rows(ctx.db, { member: viewer, thread: side.thread })
  await markSubject(ctx, viewer, senderSubject, side.other)
  const { thread: id, cleared, read } = side
  const { from_message: from = 0, before_message: before = Number.MAX_SAFE_INTEGER } = asked
  const values = { viewer, thread: id, cleared, read, from, before }
  return thread.page(ctx.db, values, page, { flags: flagsFor(ctx.community, true) })
}
