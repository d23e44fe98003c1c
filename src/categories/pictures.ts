import type { Kith } from '../context.ts'
import { keepFile, type Put, pathOf, putPictures, releaseFiles } from '../files/keep.ts'
import { filesPath } from '../files/paths.ts'
import type { Db } from '../platform/db/database.ts'
import { readAll } from '../platform/errors.ts'
import { fileOf, upload } from '../platform/http/input.ts'
import type { Upload } from '../platform/http/uploads.ts'
import type { Size } from '../platform/images.ts'

/** Largest size of a picture in bytes. */
export const pictureBytes = 5 * 1024 * 1024

const square = (name: string, side: number): Size => ({ name, width: side, height: side, fit: 'cover' })
const whole: Size = { name: 'original', width: 1_920, height: 1_920, fit: 'inside' }

/** The sizes that a picture is stored in, each under its own name beside the original. */
const sizes = {
  image_original: [whole, square('bigger', 800), square('big', 400), square('medium', 200), square('small', 100)],
  emotional_image_original: [whole],
}

export type PictureName = keyof typeof sizes
const names = Object.keys(sizes) as PictureName[]

export const pictureInputs = {
  image_original: upload('A picture; smaller ones are made of it. Empty: take it away.'),
  emotional_image_original: upload('A wide picture for the top of its page. Empty: take it away.'),
}

export type SentPictures = { [Name in PictureName]?: Upload | string | null }
type Paths = { [Name in PictureName]: string | null }

/**
 * Reads the files that were sent. An address instead of a file is refused unless it is that of the present picture.
 * @param there the present pictures of the category; if it is undefined, any address of a file passes
 */
export const readFiles = (sent: SentPictures, there?: Paths) => {
  const isThere = (name: PictureName) => (text: string) => {
    if (!there) return text.includes(filesPath)
    const path = there[name]
    return path !== null && text.endsWith(path)
  }
  return readAll({
    image_original: () => fileOf('image_original', sent.image_original, isThere('image_original')),
    emotional_image_original: () =>
      fileOf('emotional_image_original', sent.emotional_image_original, isThere('emotional_image_original')),
  })
}

/** Changes to a category's pictures: null removes one, a stored one replaces it. */
export type Pictures = { [Name in PictureName]?: Put | null }

/** Makes pictures in all sizes from the files that were sent, and stores them. */
export async function readPictures(kith: Kith, sent: SentPictures, there: Paths): Promise<Pictures> {
  const files = await readFiles(sent, there)
  const pictures: Pictures = {}
  for (const name of names) {
    const file = files[name]
    if (file === undefined) continue
    pictures[name] = file && (await putPictures(kith, { owner: null }, name, file.path, sizes[name]))
  }
  return pictures
}

/** Keeps new pictures and releases those they replace. @returns the columns that change */
export async function keepPictures(tx: Db, pictures: Pictures, there?: Paths): Promise<Partial<Paths>> {
  const paths: Partial<Paths> = {}
  for (const name of names) {
    const put = pictures[name]
    if (put === undefined) continue
    if (there) await releaseFiles(tx, [there[name]])
    if (put) await keepFile(tx, put)
    paths[name] = put && pathOf(put, put.parts[0] as { name: string })
  }
  return paths
}
