import { author } from '../auth/audience.ts'
import { flagsFor } from '../community/flags.ts'
import type { Community } from '../community/state.ts'
import type { MemberCtx } from '../context.ts'
import { endNotifications } from '../notifications/end.ts'
import type { Db } from '../platform/db/database.ts'
import { forbidden, refused } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { discardOne } from './discard.ts'
import { contributionEvents } from './events.ts'
import { lockContribution } from './find.ts'
import { byKindAndFlags, type Kind } from './kinds.ts'
import { eventData } from './views.ts'

/** Removes a contribution from every list, or puts it back: the row, the author's counter, the total, the event. */
const setting = statement({
  name: 'contributions: delete or restore',
  takes: { id: 'bigint', moderated: 'boolean', now: 'timestamptz' },
  gives: {},
  variants: () => byKindAndFlags().flatMap((each) => [true, false].map((deleted) => ({ ...each, deleted }))),
  sql($, { kind, flags, deleted }) {
    const sign = deleted ? '-' : '+'
    const { [deleted ? 'deleted' : 'restored']: event } = contributionEvents[kind.name]
    return `with c as (
      update contribution set deleted = ${deleted}, moderated = ${$.moderated} where id = ${$.id} returning *
    ), author as (
      update users set ${kind.counter} = ${kind.counter} ${sign} 1,
        polls = polls ${sign} (select (poll_id is not null)::int from c)
      where id = (select author_id from c) returning *
    ), counted as (
      update contribution_total t set n = t.n ${sign} 1, uncommented = t.uncommented ${sign} (c.comment_count = 0)::int
      from c where t.kind = c.kind and t.part = c.author_id % 16
    )
    ${emit($.now, [event, eventData(kind, flags), 'from c'])}`
  },
})

/** Deletes or restores a locked contribution. */
export async function setDeleted(
  tx: Db,
  kind: Kind,
  id: number,
  deleted: boolean,
  { now, community, moderated }: { now: Date; community: Community; moderated: boolean },
): Promise<void> {
  await setting.rows(tx, { id, moderated, now }, { kind, flags: flagsFor(community, true), deleted })
  if (deleted) await endNotifications(tx, 'subject', [kind.id, id])
}

async function change(ctx: MemberCtx, kind: Kind, id: number, deleted: boolean): Promise<void> {
  await ctx.kith.db.transaction(async (tx) => {
    const locked = await lockContribution(tx, ctx, kind, id, author)
    // Nobody has seen an unpublished contribution: it is removed without an event.
    if (!locked.published && deleted) return discardOne(tx, locked.author, id, ctx.now)
    if (!locked.published) throw refused('not_deleted', `This ${kind.name} is not deleted: it is not published yet.`)
    if (locked.deleted === deleted)
      throw deleted
        ? refused('already_deleted', `This ${kind.name} is deleted already.`)
        : refused('not_deleted', `This ${kind.name} is not deleted.`)
    if (!deleted && locked.moderated)
      throw forbidden(`A moderator has deleted this ${kind.name}: only moderators restore it.`, 'moderated')
    await setDeleted(tx, kind, id, deleted, { now: ctx.now, community: locked.community, moderated: false })
  })
}

/** Deletes a contribution softly: its author can still see and restore it. An unpublished one is deleted for good. */
export const deleteContribution = (ctx: MemberCtx, kind: Kind, id: number) => change(ctx, kind, id, true)
export const restoreContribution = (ctx: MemberCtx, kind: Kind, id: number) => change(ctx, kind, id, false)
