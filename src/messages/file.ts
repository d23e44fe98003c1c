import type { MemberCtx } from '../context.ts'
import { digestOf, type Part, type Put, pathOf, putFiles, putPictures } from '../files/keep.ts'
import { nameOf, typeOf } from '../media/document.ts'
import { mediaSizes } from '../media/make.ts'
import { badField } from '../platform/errors.ts'

/** Largest size of a file with a message, in bytes. */
export const mostBytes = 10 * 1024 * 1024

/** The types of files besides pictures: sound, video, documents; no programs. */
const taken = /^((audio|video|text)\/|application\/(pdf|rtf|zip|gzip|json|msword|x-cfb|epub\+zip|ogg|vnd\.))/

/** A file that was sent: its name, and where it is. */
export type Arrived = { filename: string; path: string; bytes: number; md5?: string }

/** A file in the storage, as its row says. */
export type Made = {
  put: Put
  filename: string
  mimetype: string
  bytes: number
  url: string
  thumbnail: string | null
}

async function putAny(ctx: MemberCtx, { path, bytes }: Arrived, filename: string): Promise<Put> {
  const of = { owner: ctx.actor.id }
  const { fileTypeFromFile } = await import('file-type')
  const found = await fileTypeFromFile(path).catch(() => undefined)
  // Pictures are encoded anew: what they tell of place and time stays with the sender.
  if (found?.mime.startsWith('image/')) return putPictures(ctx.kith, of, 'file', path, mediaSizes)
  const type = await typeOf('file', path, filename)
  if (!taken.test(type)) throw badField('file', 'invalid_type', `Files of the type ${type} cannot be sent.`)
  const extension = /\.([a-z\d]{1,5})$/i.exec(filename)?.[1]?.toLowerCase() ?? 'bin'
  return putFiles(ctx.kith, of, [{ name: `file.${extension}`, type, bytes, filename, from: path }])
}

/** Stores a file where it is served from once it is kept. */
export async function makeFile(ctx: MemberCtx, arrived: Arrived): Promise<Made> {
  if (!arrived.bytes) throw badField('file', 'blank', 'This file is empty.')
  if (arrived.bytes > mostBytes) throw tooLarge()
  if (arrived.md5 && (await digestOf(arrived.path, 'md5')) !== arrived.md5.toLowerCase())
    throw badField('md5', 'invalid', 'What arrived is not what was sent. Upload the file again.')
  const filename = nameOf(arrived.filename)
  const put = await putAny(ctx, arrived, filename)
  const [first, small] = put.parts as [Part, Part | undefined]
  return {
    ...{ put, filename, mimetype: first.type, bytes: first.bytes, url: pathOf(put, first) },
    thumbnail: small ? pathOf(put, small) : null,
  }
}

export const tooLarge = () => badField('file', 'too_large', `At most ${mostBytes} bytes are taken.`)
