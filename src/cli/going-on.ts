import type { Logger } from 'pino'
import type { Kith } from '../context.ts'
import { slices } from '../slices.ts'
import { keepDoing } from './chores.ts'

/**
 * Goes on, until it is stopped, with what acts have left to be done because it is too much for one request.
 * @returns how to stop: resolves when what is under way has ended
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
