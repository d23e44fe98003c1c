import type { Sharp, SharpOptions } from 'sharp'

/** A picture to be made from another: `inside` keeps it whole, `cover` fills the size and cuts the rest. */
export type Size = { name: string; width: number; height: number; fit: 'inside' | 'cover'; moving?: boolean }

/** A picture that was made. */
export type Picture = { name: string; type: string; width: number; height: number; data: Buffer }

/** A picture that cannot be used; the message says what can. */
export class BadPicture extends Error {}

/** Limits of decoding: pixels of all frames together, pixels of one side, frames, and seconds. */
const most = { pixels: 50_000_000, side: 16_384, frames: 200, seconds: 15 }
const formats = ['jpeg', 'png', 'webp', 'gif']
const wanted = 'Send a JPEG, PNG, WebP or GIF.'

let loaded: Promise<(from: string | Buffer, options: SharpOptions) => Sharp> | undefined

/** Loaded with the first picture: it takes 20 MB. Only four of its formats are enabled. */
function load() {
  loaded ??= import('sharp').then(({ default: sharp }) => {
    sharp.cache(false)
    sharp.concurrency(1)
    sharp.block({ operation: ['VipsForeignLoad'] })
    const loaders = ['Jpeg', 'Png', 'Webp', 'Nsgif'].map((name) => `VipsForeignLoad${name}`)
    sharp.unblock({ operation: loaders.flatMap((name) => [`${name}File`, `${name}Buffer`]) })
    return sharp
  })
  return loaded
}

/**
 * Makes pictures from one that somebody sent. They are always encoded anew: rotated as the camera says, without its
 * place and time, without anything else in the file. Threads beside the event loop do the work.
 * @param from its bytes, or the path of a file that has them
 * @returns one per size, none larger than the picture sent: JPEG, or WebP if it is transparent or moves
 */
export async function makePictures(from: string | Buffer, sizes: Size[]): Promise<Picture[]> {
  const sharp = await load()
  const options = { limitInputPixels: most.pixels, failOn: 'error' } as const
  const { format, width = 0, height = 0, pageHeight = height, pages = 1, hasAlpha } = await readHeader()
  if (!formats.includes(format)) throw new BadPicture(wanted)
  if (Math.max(width, pageHeight) > most.side || width * pageHeight > most.pixels)
    throw new BadPicture(
      `This picture has ${width} by ${pageHeight} pixels: at most ${most.side} a side are taken, and ${most.pixels / 1e6} million in all.`,
    )
  const mayMove = pages > 1 && pages <= most.frames && width * pageHeight * pages <= most.pixels
  const made: Picture[] = []
  for (const size of sizes) made.push(await make(size))
  return made

  async function readHeader() {
    try {
      return await sharp(from, options).metadata()
    } catch {
      throw new BadPicture(wanted)
    }
  }

  async function make({ name, width, height, fit, moving }: Size): Promise<Picture> {
    const moves = Boolean(moving) && mayMove
    const image = sharp(from, { ...options, pages: moves ? -1 : 1 })
      .timeout({ seconds: most.seconds })
      .autoOrient()
      .resize({ width, height, fit, withoutEnlargement: true })
    const written =
      moves || hasAlpha ? image.webp({ quality: 82, effort: 2 }) : image.jpeg({ quality: 82, progressive: true })
    try {
      const { data, info } = await written.toBuffer({ resolveWithObject: true })
      const type = moves || hasAlpha ? 'webp' : 'jpeg'
      const { width, height, pageHeight } = info as { width: number; height: number; pageHeight?: number }
      return {
        name: `${name}.${type === 'jpeg' ? 'jpg' : type}`,
        type: `image/${type}`,
        width,
        height: pageHeight ?? height,
        data,
      }
    } catch (error) {
      const late = /timeout/i.test((error as Error).message)
      throw new BadPicture(
        late ? 'This picture takes too long to be read. Send a smaller one.' : `This picture is broken. ${wanted}`,
      )
    }
  }
}
