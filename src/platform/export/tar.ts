import { CutShort, Damaged } from './faults.ts'

/** Headers and contents begin at multiples of this. */
const block = 512
const longestName = 100
/** The largest number in eleven octal digits. */
const largest = 8 ** 11 - 1

/** An entry. Read its content to the end before you ask for the next entry. */
export type TarEntry = { name: string; size: number; content: AsyncIterable<Buffer> }

/** The header of a file in a POSIX (ustar) archive, readable by its owner only. */
export function tarHeader(name: string, size: number, at: Date): Buffer {
  if (Buffer.byteLength(name) > longestName) throw new Error(`"${name}" is too long a name for a tar archive`)
  if (size > largest) throw new Error(`"${name}" is too large for a tar archive`)
  const head = Buffer.alloc(block)
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`
  head.write(name, 0)
  head.write(octal(0o600, 7), 100)
  head.write(octal(0, 7), 108)
  head.write(octal(0, 7), 116)
  head.write(octal(size, 11), 124)
  head.write(octal(Math.floor(at.getTime() / 1000), 11), 136)
  head.write(' '.repeat(8), 148)
  head.write('0', 156)
  head.write('ustar\x0000', 257, 'latin1')
  head.write(`${sumOf(head).toString(8).padStart(6, '0')}\0 `, 148)
  return head
}

/** The padding behind content of this size, up to the next header. */
export const tarPadding = (size: number): Buffer => Buffer.alloc((block - (size % block)) % block)

/** The end of an archive. */
export const tarEnd = (): Buffer => Buffer.alloc(2 * block)

const sumOf = (head: Buffer) => head.reduce((sum, byte) => sum + byte, 0)

/**
 * Reads a tar archive as it arrives: plain files with short names, as `tarHeader` makes them, and nothing else.
 * @throws Damaged or CutShort, with a sentence
 */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const bytes = createBytes(source)
  for (;;) {
    const head = await bytes.exactly(block)
    if (!head) throw new CutShort()
    if (head.every((byte) => byte === 0)) break
    const text = (from: number, length: number) => head.toString('latin1', from, from + length).replace(/\0.*$/s, '')
    const size = Number.parseInt(text(124, 12).trim(), 8)
    const sum = Number.parseInt(text(148, 8).trim(), 8)
    const bare = Buffer.from(head)
    bare.write(' '.repeat(8), 148)
    if (
      sum !== sumOf(bare) ||
      text(257, 6) !== 'ustar' ||
      text(156, 1) !== '0' ||
      !Number.isSafeInteger(size) ||
      size < 0
    )
      throw new Damaged('an entry of it is none')
    let left = size
    async function* content() {
      while (left > 0) {
        const some = await bytes.some(left)
        if (!some) throw new CutShort()
        left -= some.length
        yield some
      }
    }
    yield { name: text(0, longestName), size, content: content() }
    if (left > 0) throw new Error('The content of an entry was not read')
    const padding = tarPadding(size).length
    if (padding && !(await bytes.exactly(padding))) throw new CutShort()
  }
  // The checksum of gzip comes behind the last byte.
  for (let rest = 0; ; ) {
    const some = await bytes.some(block)
    if (!some) return
    rest += some.length
    if (rest > 1024 * block || some.some((byte) => byte !== 0)) throw new Damaged('something follows its end')
  }
}

/** Reads bytes that arrive in pieces of any size in pieces of another size. */
function createBytes(source: AsyncIterable<Buffer>) {
  const pieces = source[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  /** Up to `most` bytes, at least one; null at the end. */
  async function some(most: number): Promise<Buffer | null> {
    while (!held.length) {
      const next = await pieces.next()
      if (next.done) return null
      held = next.value
    }
    const taken = held.subarray(0, most)
    held = held.subarray(taken.length)
    return taken
  }
  /** Exactly this many bytes; null if there are fewer. */
  async function exactly(length: number): Promise<Buffer | null> {
    const parts: Buffer[] = []
    for (let left = length; left > 0; ) {
      const part = await some(left)
      if (!part) return null
      parts.push(part)
      left -= part.length
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
  }
  return { some, exactly }
}
