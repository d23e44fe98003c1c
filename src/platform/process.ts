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

const reasons: Record<string, string> = {
  ENOSPC: 'there is no room left on its disk. Make room, then try again',
  EDQUOT: 'the quota of its disk is used up. Make room, then try again',
  EROFS: 'its file system can only be read. Mount it for writing, or choose another folder',
  EACCES: 'this user may not open it. Start Kith as the user it belongs to, or choose another folder',
  EPERM: 'this user may not change it. Start Kith as the user it belongs to, or choose another folder',
  ENOTDIR: 'part of its path is a file. Choose another folder',
  EIO: 'its disk reports an error. Look at the log of the system',
  EMFILE: 'too many files are open. Raise the limit of open files (ulimit -n)',
  ENFILE: 'too many files are open on this machine',
}

/** What the file system refused, as a sentence that says what to do; null for any other error. */
export function explainFileError(error: unknown): string | null {
  const { code, path, syscall } = error as NodeJS.ErrnoException
  const reason = syscall && reasons[code ?? '']
  return reason ? `${path ?? 'A file'} cannot be used (${syscall}): ${reason}.` : null
}
