import type { MemberCtx } from '../context.ts'
import { badField, forbidden } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { findShared } from './holder.ts'
import { insertMedia, renderMedia } from './make.ts'

/**
 * Makes a media for something shared. It only refers to the thing: a reader asks for the thing itself, and sees what
 * they may see of it.
 */
export async function makeShare(ctx: MemberCtx, id: number): Promise<Json<'Media'>> {
  if (!ctx.community.options['addons.share_post_enabled'])
    throw forbidden('Nothing is shared in this community: the option share_post_enabled is off.', 'disabled')
  const type = await findShared(ctx, id)
  if (!type) throw badField('shared_object', 'unknown', `There is nothing ${id} that you may share.`)
  return ctx.kith.db.transaction(async (tx) => {
    const named = { embed_type: 'sc_shared_object', embed_id: String(id), metadata: { id, type } }
    return renderMedia(tx, await insertMedia(tx, ctx, { type: 'share', shared_id: id, ...named }, null))
  })
}
