import { author } from '../auth/audience.ts'
import { byFlags, flagsFor } from '../community/flags.ts'
import type { Community } from '../community/state.ts'
import type { MemberCtx } from '../context.ts'
import { endNotifications } from '../notifications/end.ts'
import type { Db } from '../platform/db/database.ts'
import { forbidden, refused } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { commentDeleted, commentRestored } from './events.ts'
import { lockComment } from './find.ts'
import { commentsId } from './kept.ts'
import { eventData } from './views.ts'

/** Hides a comment and the replies to it, or puts them back: the row, every count it is in, the event. */
const setting = statement({
  name: 'comments: delete or restore',
  takes: { id: 'bigint', moderated: 'boolean', now: 'timestamptz' },
  gives: {},
  variants: () => byFlags().flatMap((each) => [true, false].map((deleted) => ({ ...each, deleted }))),
  sql($, { flags, deleted }) {
    const sign = deleted ? '-' : '+'
    const event = deleted ? commentDeleted : commentRestored
    return `with c as (
      update comment set deleted = ${deleted}, moderated = ${$.moderated} where id = ${$.id} returning *
    ), parent as (
      update comment p set comment_count = p.comment_count ${sign} 1 from c where p.id = c.parent_id
    ), x as (
      update contribution x set comment_count = x.comment_count ${sign} (1 + c.comment_count),
        thread_count = x.thread_count ${sign} (c.parent_id is null)::int
      from c where x.id = c.contribution_id returning x.*, 1 + c.comment_count as moved
    ), counted as (
      update contribution_total t set uncommented = t.uncommented ${deleted ? '+' : '-'} 1
      from x where ${deleted ? 'x.comment_count = 0' : 'x.comment_count = x.moved'} and t.kind = x.kind and t.part = x.author_id % 16
    ), contributed as (
      update contributor k set comments = k.comments ${sign} 1
      from c where k.contribution_id = c.contribution_id and k.author_id = c.author_id
    ), author as materialized (
      select * from users where id = (select author_id from c)
    )
    ${emit($.now, [event, eventData(flags), 'from c'])}`
  },
})

/** Deletes a locked comment with its thread, or restores it. */
export async function setDeleted(
  tx: Db,
  id: number,
  deleted: boolean,
  { now, community, moderated }: { now: Date; community: Community; moderated: boolean },
): Promise<void> {
  await setting.rows(tx, { id, moderated, now }, { flags: flagsFor(community, true), deleted })
  if (!deleted) return
  await endNotifications(tx, 'part', [commentsId, id])
  await endNotifications(tx, 'under', [commentsId, id])
}

async function change(ctx: MemberCtx, id: number, deleted: boolean): Promise<void> {
  await ctx.kith.db.transaction(async (tx) => {
    const locked = await lockComment(tx, ctx, id, author, true)
    if (locked.deleted === deleted)
      throw deleted
        ? refused('already_deleted', 'This comment is deleted already.')
        : refused('not_deleted', 'This comment is not deleted.')
    if (!deleted && locked.moderated)
      throw forbidden('A moderator has deleted this comment: only moderators restore it.', 'moderated')
    await setDeleted(tx, id, deleted, { now: ctx.now, community: locked.community, moderated: false })
  })
}

/** Deletes a comment softly: its author can still see and restore it. The replies to it are hidden meanwhile. */
export const deleteComment = (ctx: MemberCtx, id: number) => change(ctx, id, true)
export const restoreComment = (ctx: MemberCtx, id: number) => change(ctx, id, false)
