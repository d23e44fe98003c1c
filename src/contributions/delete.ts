import type { MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { forbidden, refused } from '../platform/errors.ts'
import { emitSql } from '../platform/events/emit.ts'
import { textFor } from '../users/queries.ts'
import { type Shown, shownBy } from '../users/views.ts'
import { takeContribution } from './find.ts'
import type { Kind } from './kinds.ts'
import { toldSql } from './views.ts'

/** Takes a contribution out of every list, or puts it back: the row, the author's counter, the total, the event. */
function setDeleted(tx: Db, shown: Shown, now: Date, kind: Kind, id: number, deleted: boolean): Promise<object[]> {
  const more = deleted ? '- 1' : '+ 1'
  const text = textFor(`${deleted ? 'delete' : 'restore'} ${kind.name}`, shown, () => {
    return `with c as (
      update contribution set deleted = ${deleted} where id = $1 returning *
    ), author as (
      update users set ${kind.counter} = ${kind.counter} ${more} where id = (select author_id from c) returning *
    ), counted as (
      update contribution_total t set n = t.n ${more},
        uncommented = t.uncommented ${deleted ? '-' : '+'} (c.comment_count = 0)::int
      from c where t.kind = c.kind and t.part = c.author_id % 16
    )
    ${emitSql(
      `select '${kind.name}.${deleted ? 'deleted' : 'restored'}' as type, ${toldSql(kind, shown)} as data from c`,
      '$2::timestamptz',
    )}`
  })
  return tx.query(text, [id, now.toISOString()])
}

async function change(ctx: MemberCtx, kind: Kind, id: number, deleted: boolean): Promise<void> {
  await ctx.kith.db.transaction(async (tx) => {
    const standing = await takeContribution(tx, ctx, kind, id, 'active member')
    if (standing.author !== ctx.actor.id) throw forbidden(`This ${kind.name} is somebody else's.`)
    if (standing.deleted === deleted)
      throw deleted
        ? refused('already_deleted', `This ${kind.name} is deleted already.`)
        : refused('not_deleted', `This ${kind.name} is not deleted.`)
    await setDeleted(tx, shownBy(standing.community, true), ctx.now, kind, id, deleted)
  })
}

/** Deletes a contribution, softly: its author can still see it, and restore it. */
export const deleteContribution = (ctx: MemberCtx, kind: Kind, id: number) => change(ctx, kind, id, true)
export const restoreContribution = (ctx: MemberCtx, kind: Kind, id: number) => change(ctx, kind, id, false)
