import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { mailFolder } from './post.ts'

/** Days that mails lie in the folder: what they say lets nobody in any more by then. */
export const folderDays = 7

/** Removes mails from the folder that nobody has come for. */
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
