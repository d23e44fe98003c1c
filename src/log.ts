import { openSync } from 'node:fs'
import pino, { type Logger, type LoggerOptions } from 'pino'
import { giveToOwner } from './platform/owner.ts'
import { CannotStart } from './platform/process.ts'

/** Of an error, what helps to find its cause. Not the rest: a database's error may quote the row it failed on. */
const err = (error: Error & { code?: string; constraint?: string }): object => ({
  type: error.name,
  message: error.message,
  code: error.code,
  constraint: error.constraint,
  stack: error.stack,
  cause: error.cause instanceof Error ? err(error.cause) : undefined,
})

/**
 * The log, on standard output: lines to read in a terminal, JSON for machines elsewhere.
 * What could carry a secret (headers, bodies, rows) is never logged in the first place.
 */
export async function createLog(level: string): Promise<Logger> {
  const options: LoggerOptions = { level, base: null, serializers: { err } }
  if (process.stdout.isTTY) {
    const { default: pretty } = await import('pino-pretty')
    return pino(options, pretty({ colorize: true, translateTime: 'SYS:HH:MM:ss' }))
  }
  return pino({ ...options, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ dest: 1, sync: true }))
}

/** Lines that wait for a disk are dropped beyond this, in bytes. */
const most = 4 * 1024 * 1024

/**
 * The lines of requests, in a file of their own: written some at a time, a second later at most, always at its end, so a
 * file that is copied and emptied goes on. Requests are answered while it cannot be written; the log says so.
 */
export function openAccessLog(file: string, log: Logger): { access: Logger; close(): Promise<void> } {
  let fd: number
  try {
    fd = openSync(file, 'a', 0o640)
    giveToOwner(file)
  } catch (error) {
    throw new CannotStart(`KITH_ACCESS_LOG cannot be written: ${(error as Error).message}.`)
  }
  const to = pino.destination({ fd, sync: false, minLength: 4096, maxLength: most })
  let said = 0
  to.on('error', (error: Error) => {
    if (Date.now() - said < 60_000) return
    said = Date.now()
    log.warn({ why: error.message }, 'lines of requests could not be written')
  })
  const flushing = setInterval(() => to.flush(), 1_000)
  flushing.unref()
  return {
    access: pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, to),
    async close() {
      clearInterval(flushing)
      await new Promise<void>((resolve) => {
        to.once('close', resolve)
        to.once('error', () => resolve())
        to.end()
      })
    },
  }
}
