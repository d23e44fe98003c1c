/** The length of a tick, in ms. */
const tick = 10

/**
 * Starts things in order, at a limited rate.
 * @param max starts in 10 ms; without it, everything starts at once
 */
export function createPace(max = Number.POSITIVE_INFINITY): { begin(start: () => void): void; stop(): void } {
  const waiting: (() => void)[] = []
  let begun = 0
  let timer: NodeJS.Timeout | null = null

  function next(): void {
    begun = 0
    while (begun < max && waiting.length) {
      begun++
      waiting.shift()?.()
    }
    if (!begun) stop()
  }

  function stop(): void {
    if (timer) clearInterval(timer)
    timer = null
  }

  return {
    begin(start) {
      if (max === Number.POSITIVE_INFINITY) {
        start()
        return
      }
      timer ??= setInterval(next, tick)
      if (begun < max && !waiting.length) {
        begun++
        start()
      } else waiting.push(start)
    },
    stop,
  }
}
