import { unavailable } from '../errors.ts'

/** How many wait for their turn, and for how long, in ms. */
const [maxWaiting, patience] = [200, 5_000]

/** Runs some kinds of work a few at a time, so that slow work leaves room for quick work. */
export type Share = <T>(work: () => Promise<T> | T) => Promise<T>

/**
 * @param atOnce how many run at once; others wait for their turn, and get 503 if it takes too long
 * @param sentence what that answer says
 */
export function createShare(
  atOnce: number,
  sentence = 'Too many searches and long lists are asked for. Try again in a moment.',
): Share {
  let running = 0
  const waiting: { start(): void; timer: NodeJS.Timeout }[] = []

  const turn = () =>
    new Promise<void>((resolve, reject) => {
      const refuse = () => reject(unavailable(sentence))
      if (waiting.length >= maxWaiting) return refuse()
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(entry), 1)
        refuse()
      }, patience)
      const entry = { start: resolve, timer }
      waiting.push(entry)
    })

  return async (work) => {
    if (running < atOnce) running++
    else await turn()
    try {
      return await work()
    } finally {
      // The place goes to the next in line, or becomes free.
      const next = waiting.shift()
      if (next) {
        clearTimeout(next.timer)
        next.start()
      } else running--
    }
  }
}
