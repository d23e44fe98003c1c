import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'

/**
 * Calls `stop` once, when this process is asked to end: by a signal, or because its launcher is gone (the launcher
 * holds the other end of a channel, which closes even if it is killed).
 *
 * A signal repeated at once is the same request: Ctrl-C arrives from the terminal, from npm and from the launcher.
 * Repeated after a second, it ends the process at once.
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

/** Why Kith cannot start, in a sentence with everything the operator needs. It is shown without a stack. */
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

/** A file system error as a sentence that says what to do; null for any other error. */
export function explainFileError(error: unknown): string | null {
  const { code, path, syscall } = error as NodeJS.ErrnoException
  const reason = syscall && reasons[code ?? '']
  return reason ? `${path ?? 'A file'} cannot be used (${syscall}): ${reason}.` : null
}

/** Logs what happens to a process. */
export type Saying = Record<'info' | 'error', (about: object, message: string) => void>

/** A command that runs until it is stopped, as its parts see it. */
export type Running = {
  /** True once it is being stopped: nothing new needs to begin. */
  readonly stopping: boolean
  /** Registers a close for the end, which runs before earlier ones; at once if the end has come already. */
  closeAtEnd(close: (why: string | Error) => Promise<unknown>): Promise<void>
  /** Ends the command, with exit code 1. */
  fail(why: Error): void
}

/** How long closing may take, in ms: after a requested stop, and after a failure. */
export type Patience = { stop: number; failure: number }

/**
 * Runs a command until it is asked to stop, even during its start, or until something fails. Then closes what it
 * opened, newest first. The process ends even if something cannot be closed in time.
 *
 * An uncaught error fails the command as well: nobody knows what it left behind in memory.
 */
export async function runUntilStopped(
  log: Saying,
  patience: Patience,
  start: (running: Running) => Promise<void>,
): Promise<void> {
  // V8 lets the heap double and more between two collections. Under load this setting halves the memory of the
  // process, for a few ms of time each.
  setFlagsFromString('--heap-growing-percent=20')
  const closing: ((why: string | Error) => Promise<unknown>)[] = []
  let why: string | Error | null = null
  let over = false
  let end: () => void = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const stop = (reason: string | Error) => {
    if (why === null) {
      why = reason
      end()
    } else if (reason instanceof Error) log.error({ err: reason }, 'another error while stopping')
  }
  const close = async (each: (why: string | Error) => Promise<unknown>) => {
    await Promise.resolve(each(why ?? '')).catch((error) => log.error({ err: error }, 'could not be closed in order'))
  }
  onStop(stop)
  // Unhandled rejections of promises arrive here, too.
  process.on('uncaughtException', (error) => {
    log.error({ err: error }, 'an error that nobody caught; Kith ends')
    stop(new CannotGoOn(`Kith ends because of an error that nobody caught: ${error?.message ?? error}`))
  })

  const running: Running = {
    get stopping() {
      return why !== null
    },
    async closeAtEnd(each) {
      if (over) await close(each)
      else closing.push(each)
    },
    fail: stop,
  }
  let begun = false
  const started = start(running).then(
    () => {
      begun = true
    },
    (error: Error) => {
      // A start that was cut short fails because its parts were closed: that is no news.
      if (why !== null) return
      if (!(error instanceof CannotStart)) log.error({ err: error }, 'the start failed')
      stop(error instanceof CannotStart ? error : new CannotStart(`Kith cannot start: ${error.message}`))
    },
  )
  await ended
  const reason = why as unknown as string | Error
  const failed = reason instanceof Error
  if (!failed) log.info({ why: reason }, 'stopping')
  // During a start, the final sentence says it.
  else if (begun) log.error({ why: reason.message }, 'stopping')
  const limit = failed ? patience.failure : patience.stop
  const late = setTimeout(() => {
    log.error({ seconds: limit / 1_000 }, 'not everything could be closed in time; Kith ends as it is')
    if (failed) process.stderr.write(`${reason.message}\n`)
    process.exit(1)
  }, limit)
  for (let each = closing.pop(); each; each = closing.pop()) await close(each)
  over = true
  await Promise.race([started, sleep(3_000, null, { ref: false })])
  clearTimeout(late)
  if (!failed) log.info({}, 'stopped')
  // Something forgotten must not keep alive a process that has ended for everybody else.
  sleep(1_000, null, { ref: false }).then(() => process.exit(failed ? 1 : 0))
  if (failed) throw reason
}

/** Why Kith stopped while it ran, in a sentence. The cause is in the log. */
export class CannotGoOn extends CannotStart {}
