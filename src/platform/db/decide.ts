import { setTimeout as sleep } from 'node:timers/promises'
import { unavailable } from '../errors.ts'
import { isConflict } from './database.ts'

/** The result of an attempt that wrote nothing because something it relied on has changed. */
export const outdated = Symbol('outdated')

const maxAttempts = 40

/**
 * One of the two ways in which concurrent acts get along: without locks. An attempt reads, decides in plain
 * TypeScript, and writes in one statement whose conditions are everything the decision relied on. If something has
 * changed, nothing is written and the attempt runs again. It also runs again after a deadlock, a clash, or KT001,
 * which a statement raises halfway. The other way is to lock the rows to be changed, in a transaction.
 *
 * @param attempt reads, decides and writes; returns `outdated` to run again
 * @throws 503 after forty attempts: each failure is somebody else's success, so few acts ever see it
 */
export async function decide<T>(attempt: () => Promise<T | typeof outdated>): Promise<T> {
  for (let n = 0; n < maxAttempts; n++) {
    // Under heavy contention each attempt waits a random moment, so that one gets through.
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
