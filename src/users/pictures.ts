import type { Kith } from '../context.ts'
import { keepFile, type Put, pathOf, putPictures, releaseFiles } from '../files/keep.ts'
import type { Db } from '../platform/db/database.ts'
import { badField, readAll, refused } from '../platform/errors.ts'
import { fileOf } from '../platform/http/input.ts'
import type { Upload } from '../platform/http/uploads.ts'
import type { Size } from '../platform/images.ts'
import { statement } from '../platform/sql/statement.ts'
import { declareChange } from './change.ts'
import { userUpdated } from './events.ts'
import { noMember } from './inputs.ts'
import { WebhookUser } from './views.ts'

/** Largest size of a picture in bytes. */
export const pictureBytes = { avatar: 3 * 1024 * 1024, cover: 5 * 1024 * 1024 }
/** Largest body with both pictures as base64, which is a third longer. */
export const base64Bytes = 12 * 1024 * 1024

/** Largest number of avatars a member may keep. */
export const mostAvatars = 30

const sizes: Record<'avatar' | 'cover', Size[]> = {
  avatar: [{ name: 'avatar', width: 512, height: 512, fit: 'cover' }],
  cover: [{ name: 'cover', width: 1920, height: 1920, fit: 'inside' }],
}

/** The path of its only file on this server. */
export const onlyPath = (put: Put): string => pathOf(put, put.parts[0] as { name: string })

/** Makes an avatar or a cover from a picture, and stores it. The transaction that writes its address keeps it. */
export const putPicture = (
  kith: Kith,
  what: 'avatar' | 'cover',
  owner: number | null,
  from: Buffer | string,
  field: string = what,
): Promise<Put> => putPictures(kith, { owner }, field, from, sizes[what])

/** The bytes of a picture sent as base64, with or without the prefix of a data URL. */
export function readBase64(field: string, text: string, most: number): Buffer {
  const encoded = text.replace(/^data:[\w/+.-]*;base64,/, '')
  if (!/^[A-Za-z0-9+/_-]{4}/.test(encoded)) throw badField(field, 'invalid', 'Send the bytes of a picture as base64.')
  const data = Buffer.from(encoded, 'base64')
  if (data.length > most)
    throw badField(field, 'too_large', `A picture may have ${most} bytes; this has ${data.length}.`)
  return data
}

/** Changes to a member's pictures: null removes one, a stored one replaces it. */
export type Pictures = { avatar?: Put | null; cover?: Put | null }

const showing = statement({
  name: 'users: pictures',
  takes: { id: 'bigint' },
  gives: { avatar: 'text?', cover: 'text?' },
  sql: ($) => `select avatar, cover from users where id = ${$.id}`,
})

type SentPictures = { [Name in 'avatar' | 'cover']?: Upload | string | null }

/**
 * Reads the pictures of a profile that were sent. An address instead of a file is refused unless it is that of the
 * present picture, which a client has read and sends again.
 */
export async function readFiles(db: Db, id: number, sent: SentPictures) {
  const isText = Object.values(sent).some((each) => typeof each === 'string' && each !== '')
  const there = isText ? await showing.row(db, { id }) : undefined
  const read = (what: 'avatar' | 'cover') => () => {
    const current = there?.[what] ?? (what === 'avatar' ? `/api/v2/avatar/${id}` : null)
    const file = fileOf(what, sent[what], (text) => current !== null && text.endsWith(current))
    if (file && file.bytes > pictureBytes[what])
      throw badField(what, 'too_large', `A picture may have ${pictureBytes[what]} bytes; this has ${file.bytes}.`)
    return file
  }
  return readAll({ avatar: read('avatar'), cover: read('cover') })
}

/** Makes pictures from files that were sent with a profile, and stores them. */
export async function readPictures(kith: Kith, id: number, sent: SentPictures): Promise<Pictures> {
  const files = await readFiles(kith.db, id, sent)
  const pictures: Pictures = {}
  for (const what of ['avatar', 'cover'] as const) {
    const file = files[what]
    if (file !== undefined) pictures[what] = file && (await putPicture(kith, what, id, file.path))
  }
  return pictures
}

/** Makes pictures that were sent as base64, for a member who is about to be created. */
export async function readPicturesOf(
  kith: Kith,
  sent: { avatar_base64?: string; cover_base64?: string },
): Promise<Pictures> {
  const read = (what: 'avatar' | 'cover') => () => {
    const text = sent[`${what}_base64`]
    return text ? readBase64(`${what}_base64`, text, pictureBytes[what]) : undefined
  }
  const files = await readAll({ avatar: read('avatar'), cover: read('cover') })
  const pictures: Pictures = {}
  for (const what of ['avatar', 'cover'] as const) {
    const data = files[what]
    if (data) pictures[what] = await putPicture(kith, what, null, data, `${what}_base64`)
  }
  return pictures
}

const locking = statement({
  name: 'users: lock whose pictures change',
  takes: { id: 'bigint' },
  gives: { avatar: 'text?', cover: 'text?', avatars: 'int' },
  sql: ($) => `select avatar, cover, (select count(*)::int from avatar a where a.user_id = ${$.id}) as avatars
    from users where id = ${$.id} for no key update`,
})

const adding = statement({
  name: 'users: add an avatar',
  takes: { user: 'bigint', file: 'bigint', path: 'text', now: 'timestamptz' },
  gives: { id: 'bigint' },
  sql: ($) => `insert into avatar (user_id, file_id, path, uploaded_at)
    values (${$.user}, ${$.file}, ${$.path}, ${$.now}) returning id`,
})

/** Locks a member, so that acts on their pictures come one after the other. */
export async function lockPictures(tx: Db, id: number) {
  const row = await locking.row(tx, { id })
  if (!row) throw noMember()
  return row
}

/** Keeps a picture among a member's avatars. @returns its id */
export async function addAvatar(tx: Db, user: number, put: Put, now: Date): Promise<number> {
  await keepFile(tx, put)
  const row = await adding.row(tx, { user, file: put.id, path: onlyPath(put), now })
  return (row as { id: number }).id
}

/** Refuses more avatars than a member may keep. */
export function checkRoom({ avatars }: { avatars: number }): void {
  if (avatars >= mostAvatars) throw refused('too_many', `You have ${avatars} avatars. Remove one of them first.`)
}

/** Keeps new pictures and releases those they replace. @returns the columns of the member that change */
export async function keepPictures(
  tx: Db,
  id: number,
  { avatar, cover }: Pictures,
  now: Date,
): Promise<{ avatar?: string | null; cover?: string | null }> {
  const there = await lockPictures(tx, id)
  if (avatar) {
    checkRoom(there)
    await addAvatar(tx, id, avatar, now)
  }
  if (cover !== undefined) await releaseFiles(tx, [there.cover])
  if (cover) await keepFile(tx, cover)
  return {
    ...(avatar !== undefined && { avatar: avatar && onlyPath(avatar) }),
    ...(cover !== undefined && { cover: cover && onlyPath(cover) }),
  }
}

/** Changes which pictures a member shows. */
export const changePictures = declareChange({
  name: 'pictures',
  columns: ['avatar', 'cover'],
  event: userUpdated,
  view: WebhookUser,
})
