import { readFileSync } from 'node:fs'
import { type Finding, good } from '../platform/finding.ts'

type Report = { userLimits?: { open_files?: { soft?: number | string } } }

/** As Linux says it: a report of Node says it everywhere, but is of all there is, and takes a server 20 ms. */
function openFilesOfLinux(): string | undefined {
  try {
    return /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
  } catch {
    return undefined
  }
}

/** So many files may be open: connections of clients, of the database and of receivers are files, too. */
function openFiles(): number {
  const said = openFilesOfLinux() ?? (process.report?.getReport() as Report | undefined)?.userLimits?.open_files?.soft
  const files = Number(said)
  return Number.isFinite(files) ? files : Number.POSITIVE_INFINITY
}

/** How many sockets a node takes: as many as it is set to, but what else it does needs files as well. */
export const mostSockets = (set: number, files = openFiles()): number =>
  Math.min(set, Math.max(Math.floor(files / 2), files - 2_000))

/** Says how many sockets a node takes. */
export function examineSockets({ sockets }: { sockets: number }): Finding[] {
  const most = mostSockets(sockets)
  const why = most < sockets ? `, because it may open no more files: raise LimitNOFILE or ulimit -n for ${sockets}` : ''
  return [good(`sockets: up to ${most} on a node${why}; /metrics says how many are open`)]
}
