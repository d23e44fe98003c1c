import { randomBytes, randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { lookAgain } from '../auth/again.ts'
import { activeMember } from '../auth/audience.ts'
import { askedOf, type Kith, type MemberCtx } from '../context.ts'
import { digestOf } from '../files/keep.ts'
import { joinPieces, pieceKey } from '../files/pieces.ts'
import { badField, notFound, refused } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import type { Upload } from '../platform/http/uploads.ts'
import { statement } from '../platform/sql/statement.ts'
import { nameOf } from './document.ts'
import { makeMedia, mostBytes, renderMedia } from './make.ts'

/** Largest piece in bytes: the documented client sends 204,800 at a time. */
export const mostPiece = 1024 * 1024
/** Largest number of a member's unfinished uploads. */
const mostOpen = 20
/** How long after its last piece an upload can be continued, in ms. */
const goodFor = 86_400_000

const noUpload = () => badField('upload_id', 'unknown', 'You have no upload with this id, or no more. Begin it again.')

/** The part of the file that was sent; without a header, all of it. */
function readRange(header: string | undefined, { bytes }: Upload): { start: number; total: number } {
  if (header === undefined) return { start: 0, total: bytes }
  const [, first, last, total] = /^\s*bytes\s+(\d{1,12})-(\d{1,12})\/(\d{1,12})\s*$/.exec(header) ?? []
  const range = { start: Number(first), total: Number(total) }
  if (first === undefined || Number(last) >= range.total || Number(last) - range.start + 1 !== bytes)
    throw refused('invalid_range', `Send Content-Range: bytes FIRST-LAST/TOTAL that fits this piece of ${bytes} bytes.`)
  return range
}

const beginning = statement({
  name: 'media: begin an upload',
  takes: { id: 'text', owner: 'bigint', filename: 'text', total: 'bigint', expires: 'timestamptz', now: 'timestamptz' },
  gives: { id: 'text' },
  sql: ($) => `insert into upload (id, owner_id, filename, total, expires_at)
    select ${$.id}, ${$.owner}, ${$.filename}, ${$.total}, ${$.expires} where (
      select count(*) from upload where owner_id = ${$.owner} and media_id is null and expires_at > ${$.now}) < ${mostOpen}
    returning id`,
})

const finding = statement({
  name: 'media: an upload',
  takes: { id: 'text', owner: 'bigint', now: 'timestamptz' },
  gives: { id: 'text', filename: 'text', total: 'bigint', received: 'bigint', media: 'bigint?' },
  sql: ($) => `select id, filename, total, received, media_id as media from upload
    where id = ${$.id} and owner_id = ${$.owner} and expires_at > ${$.now}`,
})

const announcing = statement({
  name: 'media: announce a piece',
  takes: { upload: 'text', start: 'bigint', bytes: 'int' },
  gives: {},
  sql: ($) => `insert into upload_piece (upload_id, start, bytes) values (${$.upload}, ${$.start}, ${$.bytes})
    on conflict (upload_id, start) do update set bytes = excluded.bytes`,
})

const advancing = statement({
  name: 'media: take a piece',
  takes: { upload: 'text', start: 'bigint', bytes: 'int', expires: 'timestamptz' },
  gives: {},
  sql: ($) => `update upload set received = ${$.start}::bigint + ${$.bytes}, expires_at = ${$.expires}
    where id = ${$.upload} and received = ${$.start}`,
})

/** How far an upload is. */
export type Progress = { upload_id: string; offset: string; expires: string }

/**
 * Takes a piece of a file. The first piece begins an upload; each other one must follow the last one taken. A piece
 * that was taken already may be sent again: a client that lost an answer goes on from the offset.
 */
export async function takePiece(
  ctx: MemberCtx,
  field: string,
  piece: Upload,
  sentId: string | undefined,
): Promise<Progress> {
  const { kith, actor, now } = ctx
  const { start, total } = readRange(askedOf(ctx).contentRange, piece)
  const most = mostBytes[field === 'document' ? 'doc' : 'image']
  if (piece.bytes === 0) throw badField(field, 'blank', 'This piece is empty.')
  if (total > most) throw badField(field, 'too_large', `At most ${most} bytes are taken; this has ${total}.`)
  const expires = new Date(now.getTime() + goodFor)
  const id = sentId || randomBytes(20).toString('base64url')
  if (!sentId) {
    if (start !== 0)
      throw badField('upload_id', 'required', 'Send the upload_id that the first piece was answered with.')
    const begun = { id, owner: actor.id, filename: nameOf(piece.filename), total, expires, now }
    const room = await kith.db.transaction(async (tx) => {
      await lookAgain(tx, ctx, activeMember)
      return beginning.row(tx, begun)
    })
    if (!room) throw refused('too_many', `You have begun ${mostOpen} uploads. Complete some of them first.`)
  }
  const upload = await finding.row(kith.db, { id, owner: actor.id, now })
  if (!upload) throw noUpload()
  if (upload.total !== total)
    throw refused('invalid_range', `This upload has ${upload.total} bytes in all, not ${total}.`)
  if (start > upload.received)
    throw refused('invalid_range', `Bytes are missing: send those from ${upload.received} on.`)
  if (start === upload.received) {
    await announcing.rows(kith.db, { upload: id, start, bytes: piece.bytes })
    await kith.files.storage.put(pieceKey(id, start), piece.path, 'application/octet-stream')
    await advancing.rows(kith.db, { upload: id, start, bytes: piece.bytes, expires })
  }
  const { received } = (await finding.row(kith.db, { id, owner: actor.id, now })) ?? upload
  return { upload_id: id, offset: String(received), expires: expires.toISOString() }
}

const pieces = statement({
  name: 'media: pieces of an upload',
  takes: { upload: 'text' },
  gives: { start: 'bigint', bytes: 'int' },
  sql: ($) => `select start, bytes from upload_piece where upload_id = ${$.upload} order by start`,
})

const completing = statement({
  name: 'media: complete an upload',
  takes: { upload: 'text', media: 'bigint' },
  gives: { id: 'text' },
  sql: ($) =>
    `update upload set media_id = ${$.media}, filename = '' where id = ${$.upload} and media_id is null returning id`,
})

/** Makes a media from a complete upload. Asked again, it returns the same media. */
export async function completeUpload(
  ctx: MemberCtx,
  sent: { upload_id: string; md5: string; type: 'image' | 'eimage' | 'doc' },
): Promise<Json<'Media'>> {
  const { kith, actor, now } = ctx
  const upload = await finding.row(kith.db, { id: sent.upload_id, owner: actor.id, now })
  if (!upload) throw noUpload()
  if (upload.media) return (await renderMedia(kith.db, upload.media)) ?? gone()
  if (upload.received < upload.total)
    throw refused('incomplete', `Only ${upload.received} of ${upload.total} bytes are there. Send the rest first.`)
  const path = join(kith.files.folder, randomUUID())
  try {
    const all = await pieces.rows(kith.db, { upload: upload.id })
    await joinPieces(
      kith,
      upload.id,
      all.map(({ start }) => start),
      path,
      noUpload,
    )
    const md5 = await digestOf(path, 'md5')
    if (md5 !== sent.md5.toLowerCase())
      throw badField('md5', 'invalid', 'What arrived is not what was sent. Upload the file again.')
    const file = { filename: upload.filename, path, bytes: upload.total }
    const media = await makeMedia(ctx, sent.type === 'doc' ? 'document' : 'image', sent.type, file, async (tx, id) => {
      if (!(await completing.row(tx, { upload: upload.id, media: id })))
        throw refused('completed', 'This upload was completed at the same moment. Ask again.')
    })
    await forgetPieces(kith, upload.id)
    return media
  } finally {
    await rm(path, { force: true })
  }
}

const gone = (): never => {
  throw notFound('The media of this upload is deleted.')
}

const forgetting = statement({
  name: 'media: forget pieces',
  takes: { upload: 'text' },
  gives: {},
  sql: ($) => `delete from upload_piece where upload_id = ${$.upload}`,
})

/** Deletes the pieces of an upload; if this is interrupted, a chore does it. */
async function forgetPieces(kith: Kith, upload: string): Promise<void> {
  for (const { start } of await pieces.rows(kith.db, { upload }))
    await kith.files.storage.delete(pieceKey(upload, start))
  await forgetting.rows(kith.db, { upload })
}

const expired = statement({
  name: 'media: uploads that are over',
  takes: { now: 'timestamptz' },
  gives: { id: 'text' },
  sql: ($) => `select id from upload where expires_at <= ${$.now} order by expires_at limit 100`,
})

const ending = statement({
  name: 'media: end an upload',
  takes: { id: 'text', now: 'timestamptz' },
  gives: {},
  sql: ($) => `delete from upload where id = ${$.id} and expires_at <= ${$.now}`,
})

/** Deletes abandoned uploads and their pieces. */
export async function endUploads(kith: Kith): Promise<void> {
  const now = kith.clock.now()
  for (const { id } of await expired.rows(kith.db, { now })) {
    await forgetPieces(kith, id)
    await ending.rows(kith.db, { id, now })
  }
}
