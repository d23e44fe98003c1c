/**
 * Calls `stop` once, when this process is asked to end: by a signal, or because the launcher that started it is gone
 * (it holds the other end of a channel, which closes even when it is killed hard).
 *
 * A signal repeated at once means the same request: Ctrl-C arrives from the terminal, from npm and from the launcher.
 * Repeated after a second it means impatience, and ends the process on the spot.
 */
export function onStop(stop: (why: string) => void): void {
  let askedAt: number | null = null
  const ask = (why: string, code: number) => {
    const now = performance.now()
    if (askedAt === null) {
      askedAt = now
      stop(why)
    } else if (code !== 0 && now - askedAt > 1_000) process.exit(code)
  }
  process.on('SIGINT', () => ask('SIGINT', 130))
  process.on('SIGTERM', () => ask('SIGTERM', 143))
  process.on('SIGHUP', () => ask('SIGHUP', 129))
  process.once('disconnect', () => ask('the launcher is gone', 0))
  // Listening must not keep the process alive once its work is done.
  process.channel?.unref()
}

/** What keeps Kith from starting, in a sentence that says all the operator needs: shown without a stack. */
export class CannotStart extends Error {}
