import { openSync } from 'node:fs'
import pino, { type Logger, type LoggerOptions } from 'pino'
import { giveToOwner } from './platform/owner.ts'
import { CannotStart } from './platform/process.ts'

/**
 * The parts of an error that help to find its cause. Not the rest: a database's error may quote the row it failed on.
 */
const err = (error: Error & { code?: string; constraint?: string }): object => ({
  type: error.name,
  message: error.message,
  code: error.code,
  constraint: error.constraint,
  stack: error.stack,
  cause: error.cause instanceof Error ? err(error.cause) : undefined,
})

const outputs = { 1: process.stdout, 2: process.stderr }

/**
 * The log: readable lines in a terminal, JSON elsewhere. Whatever could carry a secret (headers, bodies, rows) is
 * never logged in the first place.
 * @param dest standard output for a server; standard error for a command, whose output is its result
 * @param json JSON in a terminal, too
 */
export async function createLog(level: string, dest: 1 | 2 = 1, json = false): Promise<Logger> {
  const options: LoggerOptions = { level, base: null, serializers: { err } }
  if (outputs[dest].isTTY && !json) {
    const { default: pretty } = await import('pino-pretty')
    const colorize = !process.env.NO_COLOR
    return pino(options, pretty({ colorize, translateTime: 'SYS:HH:MM:ss', destination: dest }))
  }
  return pino({ ...options, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ dest, sync: true }))
}

/** Lines that wait for the disk are dropped beyond this many bytes. */
const most = 4 * 1024 * 1024

/**
 * The lines of requests, in a file of their own. They are written in batches, a second later at most, always at the
 * end of the file, so it can be copied and emptied. While it cannot be written, requests are still answered, and the
 * log says so.
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
