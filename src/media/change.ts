import type { MemberCtx } from '../context.ts'
import { keepFile, type Put, pathOf, putPictures } from '../files/keep.ts'
import { badField, refused } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import type { Upload } from '../platform/http/uploads.ts'
import { statement } from '../platform/sql/statement.ts'
import { letGoOfFiles, lockMedia } from './delete.ts'
import { mediaSizes, mostBytes, pictureOf, renderMedia } from './make.ts'

const changing = statement({
  name: 'media: change its picture',
  takes: { id: 'bigint', file: 'bigint', media: 'json', images: 'json' },
  gives: { before: 'bigint?' },
  sql: ($) => `update media set file_id = ${$.file}, image = n.image, image_width = n.image_width,
      image_height = n.image_height, thumbnail = n.thumbnail, mimetype = n.mimetype, size = n.size,
      url = case when media.type = 'url' then media.url else n.url end,
      metadata = case when media.metadata is not null then replace((media.metadata::jsonb || jsonb_build_object('images', ${$.images}::jsonb))::text,
        '"url": "', '"url":"')::json end
    from json_populate_record(null::media, ${$.media}) n, (select file_id from media where id = ${$.id}) old
    where media.id = ${$.id} returning old.file_id as before`,
})

/** How long another server has to send a picture, in ms. */
const patience = 6_000

/** Types of medias without a picture. */
const pictureless: Record<string, string> = { doc: 'A document', share: 'What you share', embed: 'An embed' }

async function put(ctx: MemberCtx, sent: Upload | string): Promise<Put> {
  const { kith, actor } = ctx
  const of = { owner: actor.id }
  if (typeof sent !== 'string') return putPictures(kith, of, 'image', sent.path, mediaSizes)
  const asked = { accept: 'image/*', bytes: mostBytes.image, signal: AbortSignal.timeout(patience) }
  const url = URL.parse(sent)
  const fetched = await kith.files
    .fetching(async () => (url && /^https?:$/.test(url.protocol) ? kith.files.fetch(url.href, asked) : null))
    .catch(() => null)
  if (!fetched) throw badField('image', 'unreachable', 'There is no picture to be had at this address.')
  return putPictures(kith, of, 'image', fetched.body, mediaSizes)
}

/** Gives a media another picture: a file, or one at an address. */
export async function changeMedia(
  ctx: MemberCtx,
  id: number,
  sent: Upload | string | null | undefined,
): Promise<Json<'Media'>> {
  // Checked before anything is fetched for a caller who is not the owner.
  await ctx.kith.db.transaction((tx) => lockMedia(tx, ctx, id))
  if (!sent || (typeof sent !== 'string' && sent.isEmpty))
    throw badField('image', 'required', 'Send a picture, or the address of one.')
  const picture = await put(ctx, sent)
  return ctx.kith.db.transaction(async (tx) => {
    const type = await lockMedia(tx, ctx, id)
    const without = pictureless[type]
    if (without) throw refused('no_picture', `${without} has no picture.`)
    await keepFile(tx, picture)
    const media = pictureOf(picture)
    const images = [
      {
        url: pathOf(picture, picture.parts[0] as { name: string }),
        width: media.image_width,
        height: media.image_height,
      },
    ]
    const values = { id, file: picture.id, media: JSON.stringify(media), images: JSON.stringify(images) }
    const row = await changing.row(tx, values)
    if (row?.before) await letGoOfFiles(tx, [row.before])
    return renderMedia(tx, id)
  })
}
