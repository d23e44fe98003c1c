import { pipeline, Readable } from 'node:stream'
import { crc32, createDeflateRaw } from 'node:zlib'

/** A file of an archive: its name, and its text as it comes. */
export type ZipEntry = { name: string; text: AsyncIterable<string> }

/** Names are UTF-8; sizes and checksum come behind what they are of, as nobody knows them before. */
const flags = 0x0808
const deflated = 8
const version = 20

/** A moment as ZIP has it: two bytes of time, in steps of two seconds, and two of the date. */
function stampOf(at: Date): number {
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1)
  const date = (Math.max(at.getUTCFullYear() - 1980, 0) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate()
  return date * 0x10000 + time
}

/** Numbers of two or four bytes, each with its size, little-endian. */
function numbers(...fields: [size: 2 | 4, value: number][]): Buffer {
  const bytes = Buffer.alloc(fields.reduce((sum, [size]) => sum + size, 0))
  let at = 0
  for (const [size, value] of fields) at = bytes.writeUIntLE(value, at, size)
  return bytes
}

/**
 * Writes a ZIP archive as its texts come, compressed outside of this thread. Whatever its size, it holds no more than a
 * piece of it.
 */
export async function* zip(entries: AsyncIterable<ZipEntry>, at: Date): AsyncGenerator<Buffer> {
  const stamp = stampOf(at)
  const directory: Buffer[] = []
  let offset = 0
  const counted = (bytes: Buffer) => {
    offset += bytes.length
    return bytes
  }
  for await (const { name, text } of entries) {
    const called = Buffer.from(name)
    const begins = offset
    const head: [2 | 4, number][] = [
      [2, version],
      [2, flags],
      [2, deflated],
      [4, stamp],
    ]
    yield counted(
      Buffer.concat([numbers([4, 0x04034b50], ...head, [4, 0], [4, 0], [4, 0], [2, called.length], [2, 0]), called]),
    )
    let [sum, size, packed] = [0, 0, 0]
    const read = async function* () {
      for await (const piece of text) {
        const bytes = Buffer.from(piece)
        sum = crc32(bytes, sum)
        size += bytes.length
        yield bytes
      }
    }
    // An error of either is thrown where the other end is read.
    for await (const piece of pipeline(Readable.from(read()), createDeflateRaw(), () => {})) {
      packed += (piece as Buffer).length
      yield counted(piece as Buffer)
    }
    const sizes: [4, number][] = [
      [4, sum],
      [4, packed],
      [4, size],
    ]
    yield counted(numbers([4, 0x08074b50], ...sizes))
    const rest: [2 | 4, number][] = [
      [2, called.length],
      [2, 0],
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, begins],
    ]
    directory.push(Buffer.concat([numbers([4, 0x02014b50], [2, version], ...head, ...sizes, ...rest), called]))
  }
  const whole = Buffer.concat(directory)
  const n = directory.length
  yield Buffer.concat([
    whole,
    numbers([4, 0x06054b50], [2, 0], [2, 0], [2, n], [2, n], [4, whole.length], [4, offset], [2, 0]),
  ])
}
