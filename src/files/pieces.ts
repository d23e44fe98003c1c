import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Kith } from '../context.ts'

/** The storage key of a piece of an unfinished file. */
export const pieceKey = (upload: string, piece: number) => `pieces/${upload}/${piece}`

/**
 * Joins the pieces of an upload, in the given order, in a file on the disk.
 * @param gone what to throw if a piece is missing
 */
export async function joinPieces(
  { files }: Pick<Kith, 'files'>,
  upload: string,
  pieces: number[],
  path: string,
  gone: () => Error,
): Promise<void> {
  await mkdir(files.folder, { recursive: true, mode: 0o700 })
  await pipeline(
    async function* () {
      for (const each of pieces) {
        const piece = await files.storage.get(pieceKey(upload, each))
        if (!piece) throw gone()
        yield* piece
      }
    },
    createWriteStream(path, { mode: 0o600 }),
  )
}
