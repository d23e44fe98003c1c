/** How long a tick is, in ms. */
const tick = 10

/**
 * Lets things begin, in their order.
 * @param max so many in 10 ms; unless given, everything begins at once
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
