import { pick, type Random } from './random.ts'

const day = 86_400_000

/** The age of the community, in ms. Times within it count from its beginning. */
export const span = 730 * day

/** When the community began. It ends with the last midnight, so that one seed gives one community all day. */
export const beginning = (now: Date) => Math.floor(now.getTime() / day) * day - span

/** Hours of the day, each as often as people are awake and have time. */
const hours = [
  0, 6, 7, 7, 8, 8, 9, 9, 10, 11, 12, 12, 13, 13, 14, 15, 16, 17, 17, 18, 18, 18, 19, 19, 19, 20, 20, 20,
].concat([20, 21, 21, 21, 21, 22, 22, 23])

/** The same day, at an hour at which people write. */
export const atAnHour = (random: Random, time: number) =>
  Math.floor(time / day) * day + Math.floor((pick(random, hours) + random()) * 3_600_000)

/** Some time after `time`, soon rather than late, and before now. */
export const soonAfter = (random: Random, time: number, usually: number) =>
  Math.min(span - 1, Math.floor(time + (usually / 2) * Math.log(1 - random()) ** 2))
