import type { Logger } from 'pino'
import type { Kith } from '../context.ts'
import { slices } from '../slices.ts'
import { keepDoing } from './chores.ts'

/**
 * Continues, until it is stopped, work that acts have left because it is too much for one request.
 * @returns stops it: resolves when what is under way has ended
 */
export function keepGoingOn(kith: Kith, log: Logger): () => Promise<void> {
  let stopped = false
  const tasks = slices.flatMap(({ name, goesOn }) =>
    goesOn ? [[`go on with ${name}`, () => goesOn(kith, () => stopped)] as const] : [],
  )
  const stop = keepDoing(log, Object.fromEntries(tasks), { first: 500, pause: 1_000 })
  return () => {
    stopped = true
    return stop()
  }
}
