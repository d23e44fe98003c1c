import type { Logger } from 'pino'
import type { ServerOptions } from '../platform/http/server.ts'

/**
 * Builds the console while the server starts, if it is missing or older than its source. A failure never keeps the
 * server from starting: the log and the console's address say what went wrong.
 */
export function beginConsole(log: Logger): NonNullable<ServerOptions['console']> {
  const folder = new URL('../../console/built', import.meta.url).pathname
  const built = build(log)
  return { folder, ready: () => built }
}

async function build(log: Logger): Promise<string | null> {
  try {
    const { buildConsole } = await import('../../console/build.ts')
    await buildConsole()
    return null
  } catch (error) {
    const why = (error as Error).message.split('\n', 1)[0]
    log.warn({ err: error }, 'the console could not be built')
    return `The console could not be built: ${why}. Run \`npm run console\` as the user that may write to the folder of Kith.`
  }
}
