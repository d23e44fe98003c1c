import { existsSync, lchownSync, lstatSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * As root: gives what was made to the owner of the folder it lies in. A command that is run by root once must leave
 * nothing behind that the user who runs Kith cannot open.
 */
export function giveToOwner(path: string): void {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = statSync(dirname(path))
  if (uid !== 0 && lstatSync(path).uid === 0) lchownSync(path, uid, gid)
}

/** Makes a folder and those above it, each of them its upper folder's owner's. What is there stays as it is. */
export function makeFolder(path: string): void {
  if (!existsSync(path)) {
    makeFolder(dirname(path))
    mkdirSync(path, { recursive: true })
    giveToOwner(path)
  }
}
