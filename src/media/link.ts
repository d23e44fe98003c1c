import type { MemberCtx } from '../context.ts'
import { keepFile } from '../files/keep.ts'
import { badField } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { insertMedia, renderMedia } from './make.ts'
import { imagesOf, previewOf } from './preview.ts'

/** Makes a media from a link, with the preview of its page. */
export async function makeLink(ctx: MemberCtx, sent: string): Promise<Json<'Media'>> {
  const { kith, actor } = ctx
  const url = URL.parse(sent.trim())
  if ((url?.protocol !== 'http:' && url?.protocol !== 'https:') || url.username || url.password)
    throw badField('url', 'invalid', 'Send the address of a page, that begins with http:// or https://.')
  const link = url.href
  const { picture, ...metadata } = await kith.files.fetching(() => previewOf(kith, actor.id, link))
  const images = imagesOf(picture)
  const [image] = images
  return kith.db.transaction(async (tx) => {
    if (picture) await keepFile(tx, picture)
    const media = {
      ...{ type: 'url' as const, title: metadata.title, description: metadata.description, url: link },
      ...{ image: image?.url ?? null, image_width: image?.width ?? null, image_height: image?.height ?? null },
      ...{ embed_type: 'sc_link', embed_id: link, metadata: { ...metadata, images } },
    }
    return renderMedia(tx, await insertMedia(tx, ctx, media, picture?.id ?? null))
  })
}
