import type { MemberCtx } from '../context.ts'
import type { SentEmbed } from '../embeds/inputs.ts'
import { findOrMakeEmbed } from '../embeds/write.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { insertMedia, renderMedia } from './make.ts'

/** Makes a media from an embed. */
export const makeEmbedded = (ctx: MemberCtx, sent: SentEmbed): Promise<Json<'Media'>> =>
  ctx.kith.db.transaction(async (tx) => {
    const embedded_id = await findOrMakeEmbed(tx, ctx, sent)
    return renderMedia(tx, await insertMedia(tx, ctx, { type: 'embed', embedded_id }, null))
  })
