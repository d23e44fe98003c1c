import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Kith } from '../context.ts'
import type { Slice } from '../slice.ts'
import { slices } from '../slices.ts'

/** Regular work, by what it does. */
export type Chores = Record<string, () => Promise<unknown>>
type SliceChores = NonNullable<Slice['chores']>

const allChores: SliceChores = Object.assign({}, ...slices.map(({ chores }) => chores))

/**
 * Does chores, one round after the other, until it is stopped. A chore that fails is logged, and does not stop the
 * others.
 * @param times when the first round begins, and the pause from the end of one to the next, in ms
 * @returns stops it: resolves when what is under way has ended
 */
export function keepDoing(log: Logger, chores: Chores, { first = 5_000, pause = 60_000 } = {}): () => Promise<void> {
  let stopped = false
  let timer: NodeJS.Timeout
  let round = Promise.resolve()

  async function work(): Promise<void> {
    for (const [chore, act] of Object.entries(chores)) {
      if (stopped) return
      try {
        await act()
      } catch (error) {
        log.error({ chore, err: error }, 'a chore failed; it is tried again in a minute')
      }
    }
  }
  const next = (ms: number) => {
    if (stopped) return
    timer = setTimeout(() => {
      round = work().then(() => next(pause))
    }, ms)
  }
  next(first)
  return async () => {
    stopped = true
    clearTimeout(timer)
    await round
  }
}

/** Does the regular work of slices. */
export const runChores = (
  kith: Kith,
  config: Config,
  log: Logger,
  { chores = allChores, ...times }: { chores?: SliceChores; first?: number; pause?: number } = {},
): (() => Promise<void>) => {
  const given = { kith, config, log }
  const acts = Object.entries(chores).map(([chore, act]) => [chore, () => act(given)] as const)
  return keepDoing(log, Object.fromEntries(acts), times)
}
