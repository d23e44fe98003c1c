import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Kith } from '../context.ts'

/** Where a piece of a file that is not whole yet lies in the storage. */
export const pieceKey = (upload: string, piece: number) => `pieces/${upload}/${piece}`

/**
 * Puts the pieces of an upload together, in the given order, in a file on the disk.
 * @param gone what to throw if one of them is not there
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
