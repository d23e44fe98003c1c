import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Kith, MemberCtx } from '../context.ts'
import { keepFile, type Part, pathOf, putPictures } from '../files/keep.ts'
import { addressSql } from '../files/paths.ts'
import { joinPieces, pieceKey } from '../files/pieces.ts'
import { nameOf } from '../media/document.ts'
import { badField, refused } from '../platform/errors.ts'
import type { Upload } from '../platform/http/uploads.ts'
import { chosenSql } from '../platform/sql/chosen.ts'
import { statement } from '../platform/sql/statement.ts'
import { type Arrived, makeFile, mostBytes, tooLarge } from './file.ts'
import { lockWriter } from './lock.ts'

/** Largest number of a member's files that were not sent with a message. */
const mostLoose = 50
/** They are deleted after this time, in ms. */
const goodFor = 86_400_000

/** The answer to an upload. */
export type Uploaded = { file_uuid: string; file_url?: string; parent_file_uuid?: string }

const noFile = (field = 'uuid') => badField(field, 'unknown', 'You have no such upload, or no more. Begin it again.')

const beginning = statement({
  name: 'messages: begin a file',
  takes: { uuid: 'text', owner: 'bigint', parts: 'int?', filename: 'text', now: 'timestamptz' },
  gives: { uuid: 'text' },
  sql: ($) => `insert into message_file (uuid, owner_id, parts, filename, loose_since)
    select ${$.uuid}, ${$.owner}, ${$.parts}, ${$.filename}, ${$.now} where (
      select count(*) from message_file where owner_id = ${$.owner} and loose_since is not null) < ${mostLoose}
    on conflict (uuid) do update set uuid = excluded.uuid where message_file.owner_id = excluded.owner_id
    returning uuid`,
})

const finding = statement({
  name: 'messages: a file of a member',
  takes: { uuid: 'text', owner: 'bigint' },
  gives: { filename: 'text', parts: 'int?', url: 'text?', pieces: 'int[]', bytes: 'bigint' },
  sql: ($) => `select f.filename, f.parts, ${addressSql('f.url')} as url, coalesce(p.pieces, '{}') as pieces,
      coalesce(p.bytes, 0) as bytes
    from message_file f, lateral (
      select array_agg(part order by part) as pieces, sum(bytes)::bigint as bytes from message_piece where uuid = f.uuid
    ) p where f.uuid = ${$.uuid} and f.owner_id = ${$.owner} and f.loose_since is not null`,
})

const announcing = statement({
  name: 'messages: announce a piece',
  takes: { uuid: 'text', part: 'int', bytes: 'int' },
  gives: {},
  sql: ($) => `insert into message_piece (uuid, part, bytes) values (${$.uuid}, ${$.part}, ${$.bytes})
    on conflict (uuid, part) do update set bytes = excluded.bytes`,
})

/** Begins a file of the caller, or finds the one they have begun. */
async function begin(ctx: MemberCtx, uuid: string, parts: number | null, filename: string): Promise<void> {
  const { actor, now } = ctx
  const begun = await ctx.kith.db.transaction(async (tx) => {
    await lockWriter(tx, ctx)
    return beginning.row(tx, { uuid, owner: actor.id, parts, filename: nameOf(filename), now })
  })
  if (!begun)
    throw refused('too_many', `This upload cannot begin. Send some of your files first; ${mostLoose} may wait at most.`)
}

/**
 * Takes a piece of a file, in any order; a piece may be sent again.
 * @param uuid of the upload; undefined with the first piece
 */
export async function takePiece(
  ctx: MemberCtx,
  piece: Upload,
  { uuid: sent, part, parts }: { uuid?: string; part: number; parts: number },
): Promise<Uploaded> {
  const { kith, actor } = ctx
  if (part >= parts) throw badField('partindex', 'invalid', `Pieces are counted from 0: the last is ${parts - 1}.`)
  if (!piece.bytes) throw badField('file', 'blank', 'This piece is empty.')
  const uuid = sent?.toLowerCase() ?? randomUUID()
  const of = { uuid, owner: actor.id }
  if (!(await finding.row(kith.db, of))) await begin(ctx, uuid, parts, piece.filename)
  const file = await finding.row(kith.db, of)
  if (!file) throw noFile()
  if (file.url) return { file_uuid: uuid }
  if (file.parts !== parts) throw badField('totalparts', 'invalid', `This file comes in ${file.parts} pieces.`)
  if (file.bytes + piece.bytes > mostBytes && !file.pieces.includes(part)) throw tooLarge()
  await announcing.rows(kith.db, { uuid, part, bytes: piece.bytes })
  await kith.files.storage.put(pieceKey(uuid, part), piece.path, 'application/octet-stream')
  return { file_uuid: uuid }
}

const finishing = statement({
  name: 'messages: a file is whole',
  takes: {
    ...{ uuid: 'text', owner: 'bigint', file: 'bigint', filename: 'text', mimetype: 'text', bytes: 'bigint' },
    ...{ duration: 'int?', url: 'text', thumbnail: 'text?', now: 'timestamptz' },
  },
  gives: { url: 'text' },
  sql: ($) => `update message_file f set file_id = ${$.file}, filename = ${$.filename}, mimetype = ${$.mimetype},
      bytes = ${$.bytes}, duration = ${$.duration}, url = ${$.url}, thumbnail = ${$.thumbnail}, loose_since = ${$.now}
    where f.uuid = ${$.uuid} and f.owner_id = ${$.owner} and f.file_id is null and f.loose_since is not null
    returning ${addressSql('f.url')} as url`,
})

/** Makes a file of what has arrived, and keeps it until it is sent. */
async function finish(ctx: MemberCtx, uuid: string, arrived: Arrived, duration: number | null): Promise<Uploaded> {
  const { put, ...made } = await makeFile(ctx, arrived)
  const url = await ctx.kith.db.transaction(async (tx) => {
    await lockWriter(tx, ctx)
    await keepFile(tx, put)
    const values = { uuid, owner: ctx.actor.id, file: put.id, ...made, duration, now: ctx.now }
    const row = await finishing.row(tx, values)
    if (!row) throw refused('completed', 'This upload was completed at the same moment. Ask again.')
    return row.url
  })
  return { file_uuid: uuid, file_url: url }
}

/** Takes a file that comes whole. */
export async function takeFile(ctx: MemberCtx, arrived: Arrived, duration: number | null): Promise<Uploaded> {
  const uuid = randomUUID()
  await begin(ctx, uuid, null, arrived.filename)
  return finish(ctx, uuid, arrived, duration)
}

/** Makes a file from its pieces, which are all there. Asked again, it returns the same file. */
export async function completeFile(
  ctx: MemberCtx,
  sent: { uuid: string; filename?: string; parts?: number; md5?: string; duration: number | null },
): Promise<Uploaded> {
  const { kith, actor } = ctx
  const uuid = sent.uuid.toLowerCase()
  const file = await finding.row(kith.db, { uuid, owner: actor.id })
  if (!file) throw noFile()
  if (file.url) return { file_uuid: uuid, file_url: file.url }
  const wanted = sent.parts ?? file.parts
  if (file.pieces.length !== file.parts || wanted !== file.parts)
    throw refused('incomplete', `${file.pieces.length} of ${file.parts} pieces are there. Send the rest first.`)
  const path = join(kith.files.folder, randomUUID())
  try {
    await joinPieces(kith, uuid, file.pieces, path, noFile)
    const arrived = { filename: sent.filename || file.filename, path, bytes: file.bytes, md5: sent.md5 }
    return await finish(ctx, uuid, arrived, sent.duration)
  } finally {
    await rm(path, { force: true })
  }
}

const thumbnailing = statement({
  name: 'messages: a thumbnail of a file',
  takes: { uuid: 'text', owner: 'bigint', file: 'bigint', thumbnail: 'text' },
  gives: { url: 'text' },
  sql: ($) => `with old as (
      select uuid, thumbnail_id from message_file where uuid = ${$.uuid} and owner_id = ${$.owner}
        and file_id is not null and loose_since is not null for update
    ), released as (
      update file set state = 'gone' where id in (select thumbnail_id from old)
    )
    update message_file f set thumbnail_id = ${$.file}, thumbnail = ${$.thumbnail} from old where f.uuid = old.uuid
    returning ${addressSql('f.thumbnail')} as url`,
})

/** Adds a preview picture to a file that waits to be sent. Clients send the message with the answer. */
export async function addThumbnail(ctx: MemberCtx, sent: string, picture: Upload): Promise<Uploaded> {
  const uuid = sent.toLowerCase()
  const file = await finding.row(ctx.kith.db, { uuid, owner: ctx.actor.id })
  if (!file?.url) throw noFile('parentuuid')
  const size = { name: 'thumbnail', width: 600, height: 600, fit: 'inside' as const }
  const put = await putPictures(ctx.kith, { owner: ctx.actor.id }, 'file', picture.path, [size])
  const url = await ctx.kith.db.transaction(async (tx) => {
    await lockWriter(tx, ctx)
    await keepFile(tx, put)
    const thumbnail = pathOf(put, put.parts[0] as Part)
    const row = await thumbnailing.row(tx, { uuid, owner: ctx.actor.id, file: put.id, thumbnail })
    if (!row) throw noFile('parentuuid')
    return row.url
  })
  return { file_url: url, file_uuid: uuid, parent_file_uuid: uuid }
}

const loose = statement({
  name: 'messages: delete files that were not sent',
  takes: { before: 'timestamptz' },
  gives: { n: 'int' },
  sql: ($) => `with gone as (
      delete from message_file where ${chosenSql(
        'uuid',
        `select uuid from message_file where loose_since < ${$.before}
        order by loose_since limit 200 for update skip locked`,
      )} returning *
    ), released as (
      update file set state = 'gone' where id in (select unnest(array[file_id, thumbnail_id]) from gone)
    )
    select count(*)::int as n from gone`,
})

const leftOver = statement({
  name: 'messages: pieces of no file',
  takes: {},
  gives: { uuid: 'text', part: 'int' },
  sql: () => `select p.uuid, p.part from message_piece p left join message_file f on f.uuid = p.uuid
    where f.uuid is null or f.file_id is not null limit 200`,
})

const forgetting = statement({
  name: 'messages: forget a piece',
  takes: { uuid: 'text', part: 'int' },
  gives: {},
  sql: ($) => `delete from message_piece where uuid = ${$.uuid} and part = ${$.part}`,
})

/** Deletes files that were not sent within a day, and pieces no longer needed. */
export async function deleteLooseFiles({ db, files, clock }: Kith): Promise<void> {
  const before = new Date(clock.now().getTime() - goodFor)
  while ((await loose.row(db, { before }))?.n);
  for (let more = true; more; ) {
    const pieces = await leftOver.rows(db, {})
    for (const { uuid, part } of pieces) {
      await files.storage.delete(pieceKey(uuid, part))
      await forgetting.rows(db, { uuid, part })
    }
    more = pieces.length > 0
  }
}
