import pino, { type Logger } from 'pino'
import pretty from 'pino-pretty'

/**
 * The log, on standard output: lines to read in a terminal, JSON for machines elsewhere.
 * What could carry a secret (headers, bodies) is never logged in the first place.
 */
export function createLog(level: string): Logger {
  if (process.stdout.isTTY)
    return pino({ level }, pretty({ colorize: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss' }))
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 1, sync: true }),
  )
}
