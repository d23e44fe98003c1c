import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'

/**
 * The running PostgreSQL processes of this cluster. Found by what they do, not by a number in a file, which may
 * belong to another program by now.
 */
export function processesIn(data: string): number[] {
  return process.platform === 'linux' ? byWorkingFolder(data) : byCommand(data)
}

/** PostgreSQL and its children have the cluster as working folder. Unreaped dead processes have none. */
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
      // It ended meanwhile, or belongs to another user.
      return []
    }
  })
}

/**
 * On other systems: the process started with this folder. Its children have other titles and end after it by
 * themselves.
 */
function byCommand(data: string): number[] {
  const list = execFileSync('ps', ['-axww', '-o', 'pid=,command='], { encoding: 'utf8', maxBuffer: 1 << 24 })
  return list.split('\n').flatMap((line) => {
    const [, pid, command] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? []
    return pid && command?.includes(`/postgres -D ${data} `) ? [Number(pid)] : []
  })
}
