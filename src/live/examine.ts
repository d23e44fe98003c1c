import { readFileSync } from 'node:fs'
import { type Finding, good } from '../platform/finding.ts'

type Report = { userLimits?: { open_files?: { soft?: number | string } } }

/** The limit as Linux states it. A report of Node states it everywhere, but covers everything, and takes a server 20 ms. */
function openFilesOfLinux(): string | undefined {
  try {
    return /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
  } catch {
    return undefined
  }
}

/** How many files the process may open. Connections of clients, of the database and of receivers count as files. */
function openFiles(): number {
  const said = openFilesOfLinux() ?? (process.report?.getReport() as Report | undefined)?.userLimits?.open_files?.soft
  const files = Number(said)
  return Number.isFinite(files) ? files : Number.POSITIVE_INFINITY
}

/** How many sockets a node takes: the configured number, reduced if other connections need the files. */
export const mostSockets = (set: number, files = openFiles()): number =>
  Math.min(set, Math.max(Math.floor(files / 2), files - 2_000))

/** Reports how many sockets a node takes. */
export function examineSockets({ sockets }: { sockets: number }): Finding[] {
  const most = mostSockets(sockets)
  const why = most < sockets ? `, because it may open no more files: raise LimitNOFILE or ulimit -n for ${sockets}` : ''
  return [good(`sockets: up to ${most} on a node${why}; /metrics says how many are open`)]
}
