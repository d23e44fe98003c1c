import { cpus } from 'node:os'
import { median } from './load.ts'
import { disturbance } from './measure.ts'
import { familySeconds, machineSeconds } from './processes.ts'

/** From so many cores of others on, figures of the two or four that a bench has are not to be believed. */
const quiet = 0.2

/** The processes that everything measured descends from. */
const roots = new Set([process.pid])

/** Counts a process that is no child of this one, with its own children, as the bench's. */
export const isOfBench = (pid: number) => void roots.add(pid)

const now = () => ({ at: performance.now(), machine: machineSeconds(), own: familySeconds(roots) })
let last = now()
let said = ''

/** What others did with the machine since this was last asked: in the windows of load, where there were any. */
export function saidOfMachine(): string {
  const windows = disturbance.splice(0)
  // Tables that are printed one after the other are of the same time.
  if (said && !windows.length && performance.now() - last.at < 1_000) return said
  const from = last
  last = now()
  const seconds = (last.at - from.at) / 1000
  const others = windows.length
    ? median(windows)
    : Math.max(0, (last.machine - from.machine - (last.own - from.own)) / seconds)
  if (!Number.isFinite(others)) return 'What else the machine did is not known here.'
  const worst = windows.length ? `, ${Math.max(...windows).toFixed(2)} in the worst` : ''
  const when = windows.length ? 'in the median window' : `in the ${seconds.toFixed(0)} s up to this table`
  const verdict = others > quiet ? ' BUSY: do not go by these figures.' : ''
  said = `Other processes used ${others.toFixed(2)} of ${cpus().length} cores ${when}${worst}.${verdict}`
  return said
}
