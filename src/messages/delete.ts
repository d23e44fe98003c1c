import { admitAgain, againGives, againSql } from '../auth/again.ts'
import { author } from '../auth/audience.ts'
import type { MemberCtx } from '../context.ts'
import { endNotifications } from '../notifications/end.ts'
import { refused } from '../platform/errors.ts'
import { signal } from '../platform/events/signal.ts'
import { statement } from '../platform/sql/statement.ts'
import { letGoOfFiles, lockBoxes, lockFiles, lockThreads } from './lock.ts'
import { messagePart } from './notices.ts'
import { noMessage } from './show.ts'
import { messageTakenBack } from './signals.ts'

/** How many seconds a message can be deleted for both. */
const takenBackWithin = 60

const finding = statement({
  name: 'messages: thread of one',
  takes: { id: 'bigint', member: 'bigint' },
  gives: { thread: 'bigint' },
  sql: ($) => `select thread_id as thread from message
    where id = ${$.id} and ${$.member} in (sender_id, receiver_id)`,
})

const locking = statement({
  name: 'messages: lock one',
  takes: { id: 'bigint', member: 'bigint', now: 'timestamptz' },
  gives: {
    ...{ sender: 'bigint', receiver: 'bigint', hidden: 'boolean', file: 'text?', fresh: 'boolean', ...againGives },
  },
  sql: ($) => `select x.sender_id as sender, x.receiver_id as receiver, x.hidden, x.file_uuid as file,
      x.created_at >= ${$.now}::timestamptz - interval '${takenBackWithin} s' as fresh, ${againSql}
    from message x join users me on me.id = ${$.member}
    join message_side s on s.thread_id = x.thread_id and s.member_id = me.id
    where x.id = ${$.id} and x.id > s.cleared_to for update of x`,
})

const hiding = statement({
  name: 'messages: hide from its sender',
  takes: { id: 'bigint' },
  gives: {},
  sql: ($) => `update message set hidden = true where id = ${$.id}`,
})

const removing = statement({
  name: 'messages: take back',
  takes: { id: 'bigint', now: 'timestamptz' },
  gives: {},
  sql: ($) => `with gone as (
      delete from message where id = ${$.id} returning *
    ), kept as (
      select s.member_id, (select max(x.id) from message x
        where x.thread_id = s.thread_id and x.id > s.cleared_to and x.id <> gone.id) as last_id
      from message_side s join gone on s.thread_id = gone.thread_id where gone.id > s.cleared_to
    ), sides as (
      update message_side s set messages = s.messages - 1, last_id = kept.last_id,
        unread = s.unread - (s.member_id = gone.receiver_id and gone.id > s.read_to)::int
      from gone, kept where s.thread_id = gone.thread_id and s.member_id = kept.member_id
    ), told as (
      ${signal(
        $.now,
        messageTakenBack,
        `select member_id, id as about_id, thread_id as within_id
        from gone, unnest(array[sender_id, receiver_id]) member_id`,
      )}
    )
    update message_box b set threads = b.threads - 1 from kept
    where b.member_id = kept.member_id and kept.last_id is null`,
})

/** Deletes a message of the caller: within a minute for both, later for the caller only. */
export async function deleteMessage(ctx: MemberCtx, id: number): Promise<void> {
  const member = ctx.actor.id
  await ctx.kith.db.transaction(async (tx) => {
    const found = await finding.row(tx, { id, member })
    if (!found) throw noMessage()
    await lockThreads(tx, [found.thread])
    const row = await locking.row(tx, { id, member, now: ctx.now })
    if (!row) throw noMessage()
    await admitAgain(tx, ctx, author, row)
    author.checkOwner(ctx.actor, row.sender, 'message')
    if (row.hidden) throw refused('already_deleted', 'This message is deleted already.')
    if (!row.fresh) {
      await hiding.rows(tx, { id })
      return
    }
    if (row.file) await lockFiles(tx, [row.file])
    await lockBoxes(tx, [row.sender, row.receiver])
    await removing.rows(tx, { id, now: ctx.now })
    await letGoOfFiles(tx, [row.file])
    await endNotifications(tx, 'part', [messagePart, id])
  })
}
