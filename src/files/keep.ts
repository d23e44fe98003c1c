import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Kith } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { badField, unavailable } from '../platform/errors.ts'
import { failpoint } from '../platform/failpoint.ts'
import { BadPicture, makePictures, type Size } from '../platform/images.ts'
import { statement } from '../platform/sql/statement.ts'
import { filesPath } from './paths.ts'

/** One of the files that belong together, as stored in the table. */
export type Part = {
  /** The end of its address. */
  name: string
  type: string
  bytes: number
  /** Of a picture, in pixels. */
  width?: number
  height?: number
  /** Of a document: the name it is saved under. */
  filename?: string
}

/** Files in the storage. They are kept once something that shows them is written. */
export type Put = { id: number; token: string; parts: Part[] }

/** The path of a part on this server. */
export const pathOf = ({ token }: Pick<Put, 'token'>, { name }: Pick<Part, 'name'>) => `${filesPath}${token}/${name}`

export const keyOf = (token: string, name: string) => `${token.slice(0, 2)}/${token}/${name}`

const announcing = statement({
  name: 'files: announce what is about to be put',
  takes: { token: 'text', owner: 'bigint?', parts: 'json', sha256: 'text?', now: 'timestamptz' },
  gives: { id: 'bigint' },
  sql: ($) => `insert into file (token, owner_id, parts, sha256, created_at)
    values (${$.token}, ${$.owner}, ${$.parts}, ${$.sha256}, ${$.now}) returning id`,
})

type Content = Part & { from: Buffer | string }
type Of = { owner: number | null; sha256?: string | null }

/**
 * Stores files under an address that nobody can guess. The row comes first: if this is interrupted, a chore cleans
 * up.
 */
export async function putFiles(
  { db, files, clock }: Pick<Kith, 'db' | 'files' | 'clock'>,
  { owner, sha256 = null }: Of,
  contents: Content[],
): Promise<Put> {
  const token = randomBytes(20).toString('base64url')
  const parts = contents.map(({ from: _, ...part }) => part)
  const values = { token, owner, parts: JSON.stringify(parts), sha256, now: clock.now() }
  const { id } = (await announcing.row(db, values)) as { id: number }
  failpoint('a file is announced')
  for (const { name, type, from } of contents) await files.storage.put(keyOf(token, name), from, type)
  failpoint('a file is put')
  return { id, token, parts }
}

/**
 * Makes pictures from an uploaded field, and stores them. A file that is no picture is refused under the field's
 * name.
 * @param from the bytes, or the path of a file that has them
 */
export async function putPictures(
  kith: Pick<Kith, 'db' | 'files' | 'clock'>,
  of: Of,
  field: string,
  from: Buffer | string,
  sizes: Size[],
): Promise<Put> {
  const made = await kith.files
    .making(() => makePictures(from, sizes))
    .catch((error) => {
      throw error instanceof BadPicture ? badField(field, 'invalid_image', error.message) : error
    })
  const contents = made.map(({ data, ...part }) => ({ ...part, bytes: data.length, from: data }))
  return putFiles(kith, of, contents)
}

const keeping = statement({
  name: 'files: keep',
  takes: { id: 'bigint' },
  gives: { id: 'bigint' },
  sql: ($) => `update file set state = 'kept' where id = ${$.id} and state <> 'gone' returning id`,
})

/** Keeps files for good, in the transaction that writes what shows them. */
export async function keepFile(tx: Db, { id }: Pick<Put, 'id'>): Promise<void> {
  if (!(await keeping.row(tx, { id }))) throw unavailable('This file was just deleted. Send it again.')
}

const releasing = statement({
  name: 'files: nothing shows this any more',
  takes: { tokens: 'text[]' },
  gives: {},
  sql: ($) => `update file set state = 'gone' where token = any(${$.tokens}) and state <> 'gone'`,
})

const tokenIn = (path: string | null) =>
  path?.startsWith(filesPath) ? path.slice(filesPath.length).split('/')[0] : null

/** Releases the files at these addresses, in the transaction that removes what showed them. */
export async function releaseFiles(tx: Db, paths: (string | null)[]): Promise<void> {
  const tokens = paths.flatMap((path) => tokenIn(path) ?? [])
  if (tokens.length) await releasing.rows(tx, { tokens })
}

/** A digest of a file on the disk, read piece by piece: others have their turn between two of them. */
export async function digestOf(path: string, algorithm: 'md5' | 'sha256'): Promise<string> {
  const hash = createHash(algorithm)
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>)
    hash.update(chunk)
  return hash.digest('hex')
}
