/** Numbers from 0 to 1 that are the same in every run of a seed. Not for secrets. */
export type Random = () => number

/**
 * @param part what the numbers are for: each part has its own sequence, so that more members do not change the texts
 */
export function createRandom(seed: number, part: string): Random {
  let state = seed | 0
  for (const letter of part) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 0x9e3779b1)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export const chance = (random: Random, share: number) => random() < share

/** A whole number from 0 up to, but not including, `below`. */
export const whole = (random: Random, below: number) => Math.floor(random() * below)

export const pick = <T>(random: Random, from: readonly T[]): T => from[whole(random, from.length)] as T

/** Picks from a list, the first entries more often than the last. */
export const pickEarly = <T>(random: Random, from: readonly T[]): T =>
  from[Math.floor(random() ** 2 * from.length)] as T

/** A heavy-tailed number from 0 up: most are small, a few are very large. The mean is `mean`. */
export const heavy = (random: Random, mean: number) => ((1 - random()) ** -0.7 - 1) * mean * (0.3 / 0.7)

/** A number around a mean, never negative, as people differ: a few have several times as much as most. */
export function around(random: Random, mean: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return mean * Math.exp(0.8 * normal - 0.32)
}
