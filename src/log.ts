import pino, { type Logger, type LoggerOptions } from 'pino'

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
