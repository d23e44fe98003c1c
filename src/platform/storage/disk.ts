import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, open, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { giveToOwner, makeFolder } from '../owner.ts'
import type { Storage } from './storage.ts'

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT'

/** Deletes everything in a folder that was last written before a moment. */
export async function sweepFolder(folder: string, before: Date): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    const there = await stat(path).catch(() => null)
    if (there && there.mtimeMs < before.getTime()) await rm(path, { force: true, recursive: true })
  }
}

/** Files in a folder. Each is written under another name, and gets its own once it is whole and on the disk. */
export function createDisk(folder: string): Storage {
  const pathOf = (key: string) => join(folder, key)
  const unfinished = join(folder, 'new')
  return {
    where: folder,
    async put(key, from) {
      const beside = join(unfinished, randomUUID())
      makeFolder(dirname(beside))
      try {
        if (typeof from === 'string') await copyFile(from, beside)
        else await writeFile(beside, from, { mode: 0o600 })
        const written = await open(beside, 'r+')
        await written.sync().finally(() => written.close())
        makeFolder(dirname(pathOf(key)))
        giveToOwner(beside)
        await rename(beside, pathOf(key))
      } catch (error) {
        await rm(beside, { force: true })
        throw error
      }
    },
    async get(key, range) {
      try {
        const file = await open(pathOf(key), 'r')
        const stream = createReadStream('', { fd: file, start: range?.first, end: range?.last })
        // The reader gets the error; this catches one that comes before anybody reads.
        stream.on('error', () => {})
        return stream
      } catch (error) {
        if (isMissing(error)) return null
        throw error
      }
    },
    async delete(key) {
      await rm(pathOf(key), { force: true })
      // Removes the folder if it is empty.
      await rmdir(dirname(pathOf(key))).catch(() => {})
    },
    sweep: (before) => sweepFolder(unfinished, before),
  }
}
