/**
 * Soaks repeat something until chance has had its say: drawn acts, storms, kills. `npm run soak` runs them in full,
 * `npm test` a fifth of each. SEED=n draws others, RUNS=n repeats n times as often.
 */

/** Whether soaks run in full. */
export const inFull = process.env.SOAK === 'full'

/** How many times as long as usual a soak may take. */
export const times = Number(process.env.RUNS || 1)

/** How often something is repeated that is repeated n times in full: at least once. */
export const often = (n: number): number => Math.max(1, Math.ceil(n * times * (inFull ? 1 : 0.2)))

/** How long something may take that takes so many ms at most in `npm test`: for the five times as much in full, as long. */
export const within = (ms: number): number => ms * times * (inFull ? 5 : 1)

/** What is drawn from: the same each time, unless SEED says otherwise. */
export const seedOr = (usual: number): number => Number(process.env.SEED || usual)
