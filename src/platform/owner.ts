import { existsSync, lchownSync, lstatSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * When run as root, gives a file to the owner of its folder. A command that root runs once must leave nothing that
 * the user of Kith cannot open.
 */
export function giveToOwner(path: string): void {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = statSync(dirname(path))
  if (uid !== 0 && lstatSync(path).uid === 0) lchownSync(path, uid, gid)
}

/** Makes a folder and its parents, each owned by the owner of its parent. Existing folders stay as they are. */
export function makeFolder(path: string): void {
  if (!existsSync(path)) {
    makeFolder(dirname(path))
    mkdirSync(path, { recursive: true })
    giveToOwner(path)
  }
}
