import pino, { type Logger } from 'pino'

/**
 * The log, on standard output: lines to read in a terminal, JSON for machines elsewhere.
 * What could carry a secret (headers, bodies) is never logged in the first place.
 */
export async function createLog(level: string): Promise<Logger> {
  if (process.stdout.isTTY) {
    const { default: pretty } = await import('pino-pretty')
    return pino({ level }, pretty({ colorize: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss' }))
  }
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 1, sync: true }),
  )
}
