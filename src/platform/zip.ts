import { pipeline, Readable } from 'node:stream'
import { crc32, createDeflateRaw } from 'node:zlib'

/** A file of an archive: its name, and its content in pieces. */
export type ZipEntry = { name: string; content: AsyncIterable<string | Buffer> }

/** From these values on, a number is also written in eight bytes (ZIP64). */
const [most16, most32] = [0xffff, 0xffffffff]

/** Names are UTF-8; sizes and checksum follow the content, since nobody knows them before. */
const flags = 0x0808
const deflated = 8
const version = 20
/** The version of readers that know eight-byte numbers. */
const version64 = 45

/** A moment in ZIP's form: two bytes of time, in steps of two seconds, and two of the date. */
function stampOf(at: Date): number {
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1)
  const date = (Math.max(at.getUTCFullYear() - 1980, 0) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate()
  return date * 0x10000 + time
}

/** Numbers of two, four or eight bytes, each with its size, little-endian. */
function numbers(...fields: [size: 2 | 4 | 8, value: number][]): Buffer {
  const bytes = Buffer.alloc(fields.reduce((sum, [size]) => sum + size, 0))
  let at = 0
  for (const [size, value] of fields)
    at = size === 8 ? bytes.writeBigUInt64LE(BigInt(value), at) : bytes.writeUIntLE(value, at, size)
  return bytes
}

/** What a reader needs to find an entry. The archive may exceed 4 GB; a single entry may not. */
function directoryEntry(name: Buffer, head: [2 | 4, number][], sizes: [4, number][], begins: number): Buffer {
  const far = begins >= most32
  const rest: [2 | 4 | 8, number][] = [
    [2, name.length],
    [2, far ? 12 : 0],
    [2, 0],
    [2, 0],
    [2, 0],
    [4, 0],
    [4, far ? most32 : begins],
  ]
  const entry = numbers([4, 0x02014b50], [2, version], ...head, ...sizes, ...rest)
  return Buffer.concat([entry, name, far ? numbers([2, 1], [2, 8], [8, begins]) : Buffer.alloc(0)])
}

/** The end of an archive: how many entries there are, and where their directory is. */
function endOf(n: number, size: number, offset: number): Buffer {
  const least = numbers(
    ...([
      [4, 0x06054b50],
      [2, 0],
      [2, 0],
      [2, Math.min(n, most16)],
      [2, Math.min(n, most16)],
      [4, Math.min(size, most32)],
      [4, Math.min(offset, most32)],
      [2, 0],
    ] as [2 | 4, number][]),
  )
  if (n < most16 && size < most32 && offset < most32) return least
  const whole = numbers(
    ...([
      [4, 0x06064b50],
      [8, 44],
      [2, version64],
      [2, version64],
      [4, 0],
      [4, 0],
      [8, n],
      [8, n],
      [8, size],
      [8, offset],
    ] as [2 | 4 | 8, number][]),
  )
  return Buffer.concat([whole, numbers([4, 0x07064b50], [4, 0], [8, offset + size], [4, 1]), least])
}

/**
 * Writes a ZIP archive piece by piece, compressed outside of this thread. Whatever its size, it holds one piece and a
 * line per entry in memory.
 * @param startsAt bytes before it, for a test beyond 4 GB
 */
export async function* zip(entries: AsyncIterable<ZipEntry>, at: Date, startsAt = 0): AsyncGenerator<Buffer> {
  const stamp = stampOf(at)
  const directory: Buffer[] = []
  let offset = startsAt
  const counted = (bytes: Buffer) => {
    offset += bytes.length
    return bytes
  }
  for await (const { name, content } of entries) {
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
      for await (const piece of content) {
        const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece
        sum = crc32(bytes, sum)
        size += bytes.length
        yield bytes
      }
    }
    // An error of either side is thrown where the other end is read.
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
    directory.push(directoryEntry(called, head, sizes, begins))
  }
  const whole = Buffer.concat(directory)
  yield Buffer.concat([whole, endOf(directory.length, whole.length, offset)])
}
