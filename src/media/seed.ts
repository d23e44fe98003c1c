import { crc32, deflateSync } from 'node:zlib'
import type { Kith } from '../context.ts'
import { type Put, putPictures } from '../files/keep.ts'
import { pick, type Random, whole } from '../seed/random.ts'
import { mediaSizes, type NewMedia, pictureOf } from './make.ts'

/** Captions of pictures, in many languages. */
const captions = [
  ...['The view this morning', 'Before the rain', 'Worth the climb', 'Somewhere behind the hills', 'Evening light'],
  ...['Вид из окна', 'Πρωινό στους λόφους', '朝の山', '산책길', '雨后的山', 'منظر الصباح', 'הדרך הביתה', 'सुबह की सैर'],
  ...['ทางกลับบ้าน', 'Schöner Weg', '¡Qué vistas!', 'Widok z góry 🏔️', ''],
]

const [width, height] = [480, 320]

/** A PNG of these pixels, three bytes each. */
function pngOf(pixels: (x: number, y: number) => [number, number, number]): Buffer {
  const rows = Buffer.alloc(height * (1 + 3 * width))
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) rows.set(pixels(x, y), y * (1 + 3 * width) + 1 + 3 * x)
  const chunk = (name: string, data: Buffer) => {
    const named = Buffer.concat([Buffer.from(name, 'latin1'), data])
    const around = Buffer.alloc(8)
    around.writeUInt32BE(data.length, 0)
    around.writeUInt32BE(crc32(named), 4)
    return [around.subarray(0, 4), named, around.subarray(4)]
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // Eight bits for each of three colours.
  header.set([8, 2], 8)
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    ...chunk('IHDR', header),
    ...chunk('IDAT', deflateSync(rows, { level: 1 })),
    ...chunk('IEND', Buffer.alloc(0)),
  ])
}

/** Draws hills under a sky, in the colours of some hour. */
function drawHills(random: Random): Buffer {
  const base = [40 + whole(random, 160), 60 + whole(random, 120), 80 + whole(random, 150)] as const
  const hills = Array.from({ length: 3 }, (_, i) => ({
    level: height * (0.45 + 0.17 * i),
    waves: Array.from({ length: 2 }, () => [8 + random() * 34, (1 + random() * 3) / width, random() * 7] as const),
    light: 0.75 - 0.22 * i,
  }))
  const tops = hills.map(({ level, waves }) =>
    Float64Array.from({ length: width }, (_, x) =>
      waves.reduce((sum, [far, often, from]) => sum + far * Math.sin(from + x * often * 6.28), level),
    ),
  )
  return pngOf((x, y) => {
    let light = 1.25 - (0.5 * y) / height
    for (const [i, { light: own }] of hills.entries()) if (y > (tops[i]?.[x] as number)) light = own
    const [red, green, blue] = base
    return [Math.min(255, red * light), Math.min(255, green * light), Math.min(255, blue * light)]
  })
}

/**
 * Stores a few drawn pictures. They belong to the community: medias of many members show the same file, and it stays
 * when one of them goes. Each must be kept with the first media that shows it.
 */
export async function putHills(kith: Kith, random: Random, amount: number): Promise<Put[]> {
  const put: Put[] = []
  for (let n = 0; n < amount; n++)
    put.push(await putPictures(kith, { owner: null }, 'picture', drawHills(random), mediaSizes))
  return put
}

/** A made-up media that shows one of these pictures. */
export const captioned = (random: Random, put: Put): NewMedia & { file_id: number } => {
  const title = pick(random, captions)
  return { type: 'image', ...pictureOf(put), title, description: title, file_id: put.id }
}
