import { type Finding, good } from '../platform/finding.ts'

type Report = { userLimits?: { open_files?: { soft?: number | string } } }

/** How many files the process may open. Connections of clients, of the database and of receivers count as files. */
function openFiles(): number {
  const report = process.report?.getReport() as Report | undefined
  const files = Number(report?.userLimits?.open_files?.soft)
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
