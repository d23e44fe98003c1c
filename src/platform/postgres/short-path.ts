import { createHash } from 'node:crypto'
import { lstatSync, lutimesSync, mkdirSync, mkdtempSync, readlinkSync, symlinkSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** The path of a unix socket may have 107 bytes on Linux, 103 on macOS. */
const limit = 100

/**
 * A path of the same folder that is short enough for a socket called `name`: the folder itself if it is, else a
 * symbolic link to it in a private folder below the system's temporary one.
 */
export function shortPath(folder: string, name: string): string {
  if (Buffer.byteLength(join(folder, name)) <= limit) return folder
  const key = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  const uid = process.getuid?.() ?? 0
  const link = join(tmpdir(), `kith-${uid}-${key}`, 'd')
  // Others may write in the temporary folder too: a link that is not ours alone is not used.
  if (isOurs(dirname(link), uid) && leadsTo(link, folder)) return link
  const other = join(mkdtempSync(join(tmpdir(), 'kith-')), 'd')
  symlinkSync(folder, other)
  return other
}

function isOurs(dir: string, uid: number): boolean {
  try {
    mkdirSync(dir, { mode: 0o700 })
  } catch {
    // Made by an earlier start, or by somebody else: the check below decides.
  }
  const found = lstatSync(dir, { throwIfNoEntry: false })
  return found?.isDirectory() === true && found.uid === uid && (found.mode & 0o77) === 0
}

function leadsTo(link: string, folder: string): boolean {
  try {
    symlinkSync(folder, link)
  } catch {
    // Most likely it exists already.
  }
  try {
    return readlinkSync(link) === folder
  } catch {
    return false
  }
}

/** Keeps a link looking new: temporary folders are swept by age. Returns a function that ends this. */
export function keepFresh(path: string): () => void {
  if (!path.startsWith(join(tmpdir(), 'kith-'))) return () => {}
  const touch = () => {
    try {
      lutimesSync(path, new Date(), new Date())
      utimesSync(dirname(path), new Date(), new Date())
    } catch {
      // It was removed anyway; open connections stay open.
    }
  }
  const timer = setInterval(touch, 3_600_000).unref()
  return () => clearInterval(timer)
}
