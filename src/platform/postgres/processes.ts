import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'

/**
 * The living PostgreSQL processes that work on this cluster. Their own evidence counts, not a number in a file, which
 * may long belong to another program.
 */
export function processesIn(data: string): number[] {
  return process.platform === 'linux' ? byWorkingFolder(data) : byCommand(data)
}

/** PostgreSQL and its children work in the folder of the cluster. The dead that nobody has reaped work nowhere. */
function byWorkingFolder(data: string): number[] {
  const folder = statSync(data)
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name)
    if (!pid) return []
    try {
      if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== 'postgres') return []
      const cwd = statSync(`/proc/${pid}/cwd`)
      return cwd.ino === folder.ino && cwd.dev === folder.dev ? [pid] : []
    } catch {
      // Ended meanwhile, or another user's.
      return []
    }
  })
}

/** Elsewhere: the one started with this folder. Its children have other titles and end after it by themselves. */
function byCommand(data: string): number[] {
  const list = execFileSync('ps', ['-axww', '-o', 'pid=,command='], { encoding: 'utf8', maxBuffer: 1 << 24 })
  return list.split('\n').flatMap((line) => {
    const [, pid, command] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? []
    return pid && command?.includes(`/postgres -D ${data} `) ? [Number(pid)] : []
  })
}
