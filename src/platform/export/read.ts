import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CutShort, Damaged } from './faults.ts'
import {
  createFilesSum,
  type End,
  fileOf,
  firstEntry,
  isKey,
  lastEntry,
  type Manifest,
  pieceOf,
  readEnd,
  readManifest,
} from './format.ts'
import { readTar, type TarEntry } from './tar.ts'

/** What to do with the parts of an export, in order. It must read each part to its end. */
export type Visitor = {
  manifest(manifest: Manifest): Promise<unknown>
  /** @returns how many rows there were, if they were counted */
  table(name: string, rows: AsyncIterable<Buffer>): Promise<number | null>
  file(key: string, bytes: AsyncIterable<Buffer>): Promise<unknown>
}

/** Largest size of export.json and end.json. */
const mostSaid = 16 * 1024 * 1024

const drain = async (pieces: AsyncIterable<Buffer>) => {
  for await (const _ of pieces);
}

/** Reads a whole export and does nothing with it. */
export const lookAt: Visitor = {
  manifest: async () => {},
  table: async (_, rows) => {
    await drain(rows)
    return null
  },
  file: (_, bytes) => drain(bytes),
}

/**
 * Reads an export from a file, and compares what was read with what the export says of itself.
 * @param tell called with the number of bytes read
 * @throws Damaged or CutShort, with a sentence; whatever was read until then must be discarded
 */
export async function readExport(
  path: string,
  visitor: Visitor,
  tell: (bytes: number) => void = () => {},
): Promise<End> {
  const file = createReadStream(path, { highWaterMark: 256 * 1024 })
  const unpacked = pipeline(file, createGunzip(), () => {
    // The error is thrown where the stream is read.
  })
  file.on('data', () => tell(file.bytesRead))
  try {
    return await readEntries(readTar(unpacked as AsyncIterable<Buffer>), visitor)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'Z_BUF_ERROR') throw new CutShort()
    if (code?.startsWith('Z_')) throw new Damaged('it cannot be unpacked')
    throw error
  } finally {
    unpacked.destroy()
    file.destroy()
  }
}

async function readEntries(entries: AsyncGenerator<TarEntry>, visitor: Visitor): Promise<End> {
  let next = await entries.next()
  const entry = () => {
    if (next.done) throw new CutShort()
    return next.value
  }
  async function whole(): Promise<Buffer> {
    const { size, content } = entry()
    if (size > mostSaid) throw new Damaged('what it says of itself is too long')
    const pieces: Buffer[] = []
    for await (const piece of content) pieces.push(piece)
    next = await entries.next()
    return Buffer.concat(pieces)
  }
  /** The contents of numbered entries that belong together. */
  async function* joined(belongs: (name: string) => number | null, hear: (bytes: Buffer) => void) {
    for (let n = 0; ; n++) {
      const at = next.done ? null : belongs(next.value.name)
      if (at === null) return
      if (at !== n) throw new Damaged('a piece of it is missing')
      for await (const some of entry().content) {
        hear(some)
        yield some
      }
      next = await entries.next()
    }
  }

  if (entry().name !== firstEntry) throw new Damaged(`it does not begin with ${firstEntry}`)
  const manifest = readManifest(await whole())
  await visitor.manifest(manifest)

  const read: End = { tables: {}, files: { count: 0, bytes: 0, missing: 0, sha256: '' } }
  const counted = new Map<string, number | null>()
  for (let at = pieceOf(entry().name); at; at = pieceOf(entry().name)) {
    const { table } = at
    if (!manifest.tables[table] || counted.has(table)) throw new Damaged(`the table ${table} is not to be there`)
    const hash = createHash('sha256')
    let bytes = 0
    const rows = joined(
      (name) => {
        const piece = pieceOf(name)
        return piece?.table === table ? piece.n : null
      },
      (some) => {
        hash.update(some)
        bytes += some.length
      },
    )
    counted.set(table, await visitor.table(table, rows))
    read.tables[table] = { rows: 0, bytes, sha256: hash.digest('hex') }
  }
  const sum = createFilesSum()
  for (let at = fileOf(entry().name); at; at = fileOf(entry().name)) {
    const { key } = at
    if (!isKey(key)) throw new Damaged('a file of it has a name that Kith gives to none')
    let size = 0
    sum.begin(key)
    const bytes = joined(
      (name) => {
        const piece = fileOf(name)
        return piece?.key === key ? piece.n : null
      },
      (some) => {
        sum.add(some)
        size += some.length
      },
    )
    await visitor.file(key, bytes)
    sum.end(size)
    read.files.count++
    read.files.bytes += size
  }
  read.files.sha256 = sum.digest()

  if (entry().name !== lastEntry) throw new Damaged('something is in it that does not belong there')
  const end = readEnd(await whole())
  if (!next.done) throw new Damaged(`something follows ${lastEntry}`)
  for (const name of Object.keys(manifest.tables)) {
    const [said, was] = [end.tables[name], read.tables[name]]
    if (!said || !was || said.sha256 !== was.sha256 || said.bytes !== was.bytes)
      throw new Damaged(`the table ${name} is not what it was when it was exported`)
    const rows = counted.get(name)
    if (typeof rows === 'number' && rows !== said.rows)
      throw new Damaged(`the table ${name} had ${said.rows} rows when it was exported, and has ${rows}`)
  }
  if (end.files.count !== read.files.count || end.files.sha256 !== read.files.sha256)
    throw new Damaged('its files are not what they were when they were exported')
  return end
}
