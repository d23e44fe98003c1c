import { author } from '../auth/audience.ts'
import { byFlags, flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { tell } from '../notifications/tell.ts'
import { refused } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { commentUpdated } from './events.ts'
import { lockComment, showComment } from './find.ts'
import { checkCommenting, readText } from './inputs.ts'
import { mentionOf } from './notices.ts'
import { eventData } from './views.ts'

const updating = statement({
  name: 'comments: update',
  takes: { id: 'bigint', html: 'text', summary: 'text', now: 'timestamptz' },
  gives: {},
  variants: byFlags,
  sql: ($, { flags }) => `with c as (
      update comment set (html, summary, last_edited_at) = row(${$.html}, ${$.summary}, ${$.now})
      where id = ${$.id} and html <> ${$.html} returning *
    ), author as materialized (
      select * from users where id = (select author_id from c)
    )
    ${emit($.now, [commentUpdated, eventData(flags), 'from c'])}`,
})

/** Changes a comment of the caller. A change without effect has no event. */
export async function updateComment(ctx: MemberCtx, id: number, sent: string): Promise<Json<'Comment'>> {
  const written = await readText(ctx, sent)
  return ctx.kith.db.transaction(async (tx) => {
    const { deleted, community, about } = await lockComment(tx, ctx, id, author)
    if (deleted) throw refused('deleted', 'This comment is deleted. Restore it first.')
    checkCommenting(community)
    await updating.rows(tx, { id, ...written, now: ctx.now }, { flags: flagsFor(community, true) })
    await tell(tx, { now: ctx.now, community }, [mentionOf({ about, actor: ctx.actor.id, html: written.html })])
    return showComment(ctx, id, tx)
  })
}
