import { checkAgain } from '../auth/again.ts'
import { activeMember } from '../auth/audience.ts'
import type { MemberCtx } from '../context.ts'
import { digestOf, keepFile, type Part, type Put, pathOf, putFiles, putPictures } from '../files/keep.ts'
import type { Db } from '../platform/db/database.ts'
import { badField, refused } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import type { Size } from '../platform/images.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql, shown } from '../platform/sql/view.ts'
import { nameOf, typeOf } from './document.ts'
import { Media } from './views.ts'

/** Largest size of a picture and of a document, in bytes. */
export const mostBytes = { image: 20 * 1024 * 1024, doc: 50 * 1024 * 1024 }
/** Largest number of a member's medias that nothing shows. */
const mostLoose = 200

export const mediaSizes: Size[] = [
  { name: 'image', width: 1_920, height: 1_920, fit: 'inside', moving: true },
  { name: 'thumbnail', width: 600, height: 600, fit: 'inside' },
]

/** The variable columns of a media. */
export type NewMedia = {
  type: 'image' | 'eimage' | 'doc' | 'url' | 'share' | 'embed'
  title?: string
  description?: string
  url?: string | null
  image?: string | null
  image_width?: number | null
  image_height?: number | null
  thumbnail?: { url: string; width: number; height: number } | null
  mimetype?: string | null
  size?: number | null
  embed_type?: string | null
  embed_id?: string | null
  metadata?: object | null
  shared_id?: number
  embedded_id?: number
}

const inserting = statement({
  name: 'media: add',
  takes: { owner: 'bigint', media: 'json', file: 'bigint?', now: 'timestamptz' },
  gives: { id: 'bigint?', status: 'text', loose: 'int' },
  sql: ($) => `with me as (
      select status::text, (select count(*)::int from (select from media m where m.owner_id = ${$.owner}
        and m.contribution_id is null limit ${mostLoose}) x) as loose
      from users where id = ${$.owner} for key share
    ), made as (
      insert into media (owner_id, type, file_id, added_at, loose_since, title, description, url, image, image_width,
        image_height, thumbnail, mimetype, size, embed_type, embed_id, metadata, shared_id, embedded_id)
      select ${$.owner}, n.type, ${$.file}, ${$.now}, ${$.now}, coalesce(n.title, ''), coalesce(n.description, ''), n.url,
        n.image, n.image_width, n.image_height, n.thumbnail, n.mimetype, n.size, n.embed_type, n.embed_id, n.metadata,
        n.shared_id, n.embedded_id
      from json_populate_record(null::media, ${$.media}) n, me where me.status = 'a' and me.loose < ${mostLoose}
      returning id
    )
    select (select id from made) as id, me.status, me.loose from me`,
})

/** Writes a media of the caller. @returns its id */
export async function insertMedia(tx: Db, ctx: MemberCtx, media: NewMedia, file: number | null): Promise<number> {
  const values = { owner: ctx.actor.id, media: JSON.stringify(media), file, now: ctx.now }
  const row = await inserting.row(tx, values)
  checkAgain(ctx, activeMember, row)
  if (row?.id) return row.id
  throw refused('too_many', `You have ${mostLoose} medias that nothing shows. Publish or delete some of them first.`)
}

const showing = statement({
  name: 'media: show one that was made',
  takes: { id: 'bigint' },
  gives: { json: shown(Media) },
  sql: ($) => `select ${renderSql(Media, null)} as json from media, (select 1 as nth) n where media.id = ${$.id}`,
})

export const renderMedia = async (db: Db, id: number): Promise<Json<'Media'>> =>
  (await showing.row(db, { id })) as Json<'Media'>

// The lock fails while a chore checks whether to delete the file; then the file is stored anew.
const known = statement({
  name: 'media: the same file of the same member',
  takes: { owner: 'bigint', sha256: 'text' },
  gives: { id: 'bigint', token: 'text', parts: 'json' },
  sql: ($) => `select id, token, parts from file where owner_id = ${$.owner} and sha256 = ${$.sha256} and state = 'kept'
    order by id limit 1`,
})

/** The columns of a media that follow from its picture. */
export function pictureOf(put: Put): Omit<NewMedia, 'type'> {
  const [first, small] = put.parts as [Part, Part | undefined]
  const path = pathOf(put, first)
  const { width = 0, height = 0, type, bytes } = first
  return {
    ...{ url: path, image: path, image_width: width, image_height: height, mimetype: type, size: bytes },
    thumbnail: small ? { url: pathOf(put, small), width: small.width ?? 0, height: small.height ?? 0 } : null,
  }
}

/** The title of a file. Browsers call files `blob` that a page has made, as clients do that shrink pictures. */
const titleOf = (filename: string) => (filename === 'blob' ? '' : nameOf(filename))

/** A file that was sent: its name, and where it is. */
export type Sent = { filename: string; path: string; bytes: number }

async function putMedia(ctx: MemberCtx, field: string, isDoc: boolean, { filename, path, bytes }: Sent): Promise<Put> {
  const { kith, actor } = ctx
  const type = isDoc ? await typeOf(field, path, filename) : null
  const accepted = ctx.community.options['configurations.accepted_media_mimetypes'].split(',')
  if (type && !accepted.some((each) => each.trim() === type))
    throw badField(field, 'invalid_type', `This community takes no files of the type ${type}.`)
  const sha256 = await digestOf(path, 'sha256')
  const of = { owner: actor.id, sha256: `${type ?? 'image'} ${sha256}` }
  const same = await known.row(kith.db, of)
  // A document is saved under its cleaned name.
  const name = nameOf(filename)
  const sameName = !type || (same?.parts as Part[] | undefined)?.[0]?.filename === name
  if (same && sameName) return { id: same.id, token: same.token, parts: same.parts as Part[] }
  if (!type) return putPictures(kith, of, field, path, mediaSizes)
  const extension = /\.([a-z\d]{1,5})$/i.exec(name)?.[1]?.toLowerCase() ?? 'bin'
  return putFiles(kith, of, [{ name: `document.${extension}`, type, bytes, filename: name, from: path }])
}

/**
 * Makes a media from an uploaded file. The same file of the same member is stored once.
 * @param finish what else is written in the transaction, given the id
 */
export async function makeMedia(
  ctx: MemberCtx,
  field: string,
  type: 'image' | 'eimage' | 'doc',
  sent: Sent,
  finish: (tx: Db, id: number) => Promise<void> = async () => {},
): Promise<Json<'Media'>> {
  const most = mostBytes[type === 'doc' ? 'doc' : 'image']
  if (sent.bytes > most) throw badField(field, 'too_large', `At most ${most} bytes are taken; this has ${sent.bytes}.`)
  const put = await putMedia(ctx, field, type === 'doc', sent)
  const [{ type: mimetype, bytes: size, ...first }] = put.parts as [Part]
  const shown = type === 'doc' ? { url: pathOf(put, first), mimetype, size } : pictureOf(put)
  const media: NewMedia = { type, title: titleOf(sent.filename), ...shown }
  return ctx.kith.db.transaction(async (tx) => {
    await keepFile(tx, put)
    const id = await insertMedia(tx, ctx, media, put.id)
    await finish(tx, id)
    return renderMedia(tx, id)
  })
}
