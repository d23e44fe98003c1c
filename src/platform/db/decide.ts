import { setTimeout as sleep } from 'node:timers/promises'
import { unavailable } from '../errors.ts'
import { isConflict } from './database.ts'

/** What an attempt gives when something it relied on has changed meanwhile, and nothing was written. */
export const outdated = Symbol('outdated')

const maxAttempts = 40

/**
 * One of the two ways in which acts at the same moment get along: no lock. An attempt reads, decides in plain TypeScript,
 * and writes in one statement that has as its conditions whatever the decision relied on. If that has changed, nothing is
 * written and it is decided again. A statement that finds out halfway raises KT001; that, a deadlock and a clash are
 * the same to it. The other way is to lock what is to be changed, in a transaction.
 *
 * @param attempt reads, decides and writes; gives `outdated` to be asked again
 * @throws 503 after forty attempts: each failure is somebody else's success, so few acts ever see it
 */
export async function decide<T>(attempt: () => Promise<T | typeof outdated>): Promise<T> {
  for (let n = 0; n < maxAttempts; n++) {
    // Many at once at one thing: step aside for a moment, so that somebody gets through.
    if (n > 2) await sleep(Math.random() * 5 * n)
    try {
      const decided = await attempt()
      if (decided !== outdated) return decided
    } catch (error) {
      if (!isConflict(error)) throw error
    }
  }
  throw unavailable('Too many are doing this at the same moment. Try again.')
}
