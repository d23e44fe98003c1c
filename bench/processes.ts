import { readdirSync, readFileSync } from 'node:fs'

// Read from /proc. Where there is none, figures are NaN and the table leaves them out.

const ticks = 100

const read = (path: string) => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** The fields of /proc/PID/stat behind the name, from the state on. */
const statOf = (pid: number) => read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? []

/** CPU seconds of a process so far; with `reaped`, also those of its children that have ended. */
function cpuOf(pid: number, reaped = false): number {
  const [utime, stime, cutime, cstime] = statOf(pid).slice(11, 15).map(Number)
  if (utime === undefined || stime === undefined) return Number.NaN
  return (utime + stime + (reaped ? (cutime ?? 0) + (cstime ?? 0) : 0)) / ticks
}

const childrenOf = (parent: number) =>
  readdirSync('/proc').flatMap((name) =>
    /^\d+$/.test(name) && Number(statOf(Number(name))[1]) === parent ? [Number(name)] : [],
  )

/** A server of the bench: one process, or PostgreSQL's with its children. */
export type Watched = { pid: number; family: boolean }

export function cpuSeconds({ pid, family }: Watched): number {
  if (!read('/proc/stat')) return Number.NaN
  const own = cpuOf(pid, family)
  return family ? childrenOf(pid).reduce((sum, child) => sum + (cpuOf(child) || 0), own) : own
}

/** CPU seconds of processes and of all that descend from them, those that have ended among them. */
export function familySeconds(roots: Iterable<number>): number {
  if (!read('/proc/stat')) return Number.NaN
  const family = new Set<number>(roots)
  for (const pid of family) for (const child of childrenOf(pid)) family.add(child)
  return [...family].reduce((sum, pid) => sum + (cpuOf(pid, true) || 0), 0)
}

/** CPU seconds that the whole machine has spent on anything. */
export function machineSeconds(): number {
  const [, ...fields] = read('/proc/stat').split('\n', 1)[0]?.trim().split(/\s+/) ?? []
  const [user = Number.NaN, nice = 0, system = 0, , , irq = 0, softirq = 0] = fields.map(Number)
  return (user + nice + system + irq + softirq) / ticks
}

const kilobytes = (text: string, name: string) =>
  Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN)

/** Resident memory in MB: now, and the most it ever was. */
export function residentMb(pid: number): { now: number; peak: number } {
  const status = read(`/proc/${pid}/status`)
  return { now: kilobytes(status, 'VmRSS') / 1024, peak: kilobytes(status, 'VmHWM') / 1024 }
}

/** Memory of a family of processes in MB, what they share counted once. */
export function sharedMb(pid: number): number {
  if (!read('/proc/stat')) return Number.NaN
  return (
    [pid, ...childrenOf(pid)].reduce(
      (sum, each) => sum + (kilobytes(read(`/proc/${each}/smaps_rollup`), 'Pss') || 0),
      0,
    ) / 1024
  )
}
