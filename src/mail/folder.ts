import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { mailFolder } from './post.ts'

/** Days that mails stay in the folder: their links have expired by then. */
export const folderDays = 7

/** Deletes mails from the folder that nobody has read in time. */
export async function clearFolder(config: Pick<Config, 'dataDir'>, now: Date): Promise<void> {
  const folder = mailFolder(config)
  const before = now.getTime() - folderDays * 86_400_000
  for (const name of await readdir(folder).catch(() => [])) {
    if (!/^\d+\.txt/.test(name)) continue
    const file = join(folder, name)
    const there = await stat(file).catch(() => null)
    if (there && there.mtimeMs < before) await rm(file, { force: true })
  }
}
