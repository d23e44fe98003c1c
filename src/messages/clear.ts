import { lookAgain } from '../auth/again.ts'
import { member as anyMember } from '../auth/audience.ts'
import type { Kith, MemberCtx } from '../context.ts'
import { endNotifications } from '../notifications/end.ts'
import { notFound } from '../platform/errors.ts'
import { chosenSql } from '../platform/sql/chosen.ts'
import { statement } from '../platform/sql/statement.ts'
import { findThread } from './lists.ts'
import { letGoOfFiles, lockBoxes, lockThreads } from './lock.ts'
import { senderSubject } from './notices.ts'

/** Messages deleted per transaction. */
const atOnce = 500

const clearing = statement({
  name: 'messages: clear one side of a thread',
  takes: { thread: 'bigint', member: 'bigint' },
  gives: { cleared: 'bigint' },
  sql: ($) => `with mine as (
      update message_side set cleared_to = last_id, messages = 0, unread = 0, last_id = null
      where thread_id = ${$.thread} and member_id = ${$.member} and last_id is not null returning *
    ), box as (
      update message_box b set threads = b.threads - 1 from mine where b.member_id = mine.member_id
    ), purged as (
      update message_thread t set purge_to = least(mine.cleared_to, o.cleared_to) from mine, message_side o
      where t.id = mine.thread_id and o.thread_id = t.id and o.member_id <> mine.member_id and o.cleared_to > 0
    )
    select cleared_to as cleared from mine`,
})

/** Deletes a thread for the caller; the other member keeps it. A chore deletes what neither has any more. */
export async function clearThread(ctx: MemberCtx, asked: { user?: number; thread?: number }): Promise<void> {
  const nothing = () => notFound('There is nothing in this thread.')
  const { thread, other } = await findThread(ctx, asked)
  if (!thread) throw nothing()
  await ctx.kith.db.transaction(async (tx) => {
    await lockThreads(tx, [thread])
    await lookAgain(tx, ctx, anyMember)
    await lockBoxes(tx, [ctx.actor.id])
    if (!(await clearing.row(tx, { thread, member: ctx.actor.id }))) throw nothing()
    await endNotifications(tx, 'group', [ctx.actor.id, senderSubject, other])
  })
}

const due = statement({
  name: 'messages: a thread that both have cleared',
  takes: {},
  gives: { id: 'bigint', upTo: 'bigint' },
  sql: () => `select id, purge_to as "upTo" from message_thread where purge_to is not null
    order by id limit 1 for update skip locked`,
})

const purging = statement({
  name: 'messages: delete what neither has',
  takes: { thread: 'bigint', upTo: 'bigint' },
  gives: { file: 'text?' },
  sql: ($) =>
    `delete from message where ${chosenSql(
      'id',
      `select id from message where thread_id = ${$.thread} and id <= ${$.upTo} order by id limit ${atOnce}`,
    )} returning file_uuid as file`,
})

const purged = statement({
  name: 'messages: nothing is left to delete of a thread',
  takes: { thread: 'bigint' },
  gives: {},
  sql: ($) => `update message_thread set purge_to = null where id = ${$.thread}`,
})

/** Deletes messages of threads that both have deleted, in batches. */
export async function purgeThreads({ db }: Pick<Kith, 'db'>): Promise<void> {
  for (let more = true; more; ) {
    more = await db.transaction(async (tx) => {
      const thread = await due.row(tx, {})
      if (!thread) return false
      const rows = await purging.rows(tx, { thread: thread.id, upTo: thread.upTo })
      await letGoOfFiles(
        tx,
        rows.map(({ file }) => file),
      )
      if (rows.length < atOnce) await purged.rows(tx, { thread: thread.id })
      return true
    })
  }
}
