import { isStaff } from '../auth/actor.ts'
import type { Ctx } from '../context.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql, shown } from '../platform/sql/view.ts'
import { noMedia } from './delete.ts'
import { seenSql } from './holder.ts'
import { Media } from './views.ts'

const showing = statement({
  name: 'media: show',
  takes: { id: 'bigint', viewer: 'bigint?', staff: 'boolean' },
  gives: { json: shown(Media) },
  sql: ($) => `select ${renderSql(Media, null)} as json from media, (select 1 as nth) n
    where media.id = ${$.id} and (${seenSql('media', $.viewer, $.staff)})`,
})

const clicking = statement({
  name: 'media: count a click',
  takes: { id: 'bigint', viewer: 'bigint?', staff: 'boolean' },
  gives: { id: 'bigint' },
  sql: ($) => `update media set clicks = clicks + 1
    where media.id = ${$.id} and (${seenSql('media', $.viewer, $.staff)}) returning id`,
})

const seenBy = ({ actor }: Ctx, id: number) => ({ id, viewer: actor?.id ?? null, staff: isStaff(actor) })

/** A media that is the caller's, or belongs to something they may see. */
export async function showMedia(ctx: Ctx, id: number): Promise<Json<'Media'>> {
  const row = await showing.row(ctx.db, seenBy(ctx, id))
  if (!row) throw noMedia()
  return row
}

/** Counts that somebody has opened a media. */
export async function clickMedia(ctx: Ctx, id: number): Promise<void> {
  if (!(await clicking.row(ctx.db, seenBy(ctx, id)))) throw noMedia()
}
