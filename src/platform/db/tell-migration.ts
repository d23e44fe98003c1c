import type { Logger } from 'pino'
import type { MigrationStep } from './migrate.ts'

/** Migrations quicker than this are not reported, in s. */
const quick = 2

/**
 * Reports long migrations: to the log if there is one, else to standard error, in place on a terminal. Standard
 * output belongs to what a command prints.
 */
export function tellMigration(log?: Logger): (step: MigrationStep) => void {
  return log?.isLevelEnabled('info') ? tellLog(log) : tellTerminal()
}

function tellLog(log: Logger): (step: MigrationStep) => void {
  let next = quick
  let last = ''
  return ({ name, seconds, is, held }) => {
    if (`${name} ${is}` !== last) next = is === 'running' ? quick : 0
    last = `${name} ${is}`
    const about = { migration: name, seconds: Math.round(seconds), held }
    if (is === 'done') {
      if (seconds >= quick) log.info(about, 'migrated')
    } else if (seconds >= next) {
      log.info(about, is === 'running' ? 'migrating' : `a migration is ${is}`)
      next = seconds + 10
    }
  }
}

function tellTerminal(): (step: MigrationStep) => void {
  const { stderr } = process
  let last = ''
  return ({ name, seconds, is, held }) => {
    if (is === 'running' && seconds < quick) return
    const said = `${name}: ${is}${held ? ` of ${held}` : ''}`
    if (is === 'done') {
      if (seconds >= quick) stderr.write(`${stderr.isTTY ? '\r\x1b[K' : ''}${name}: done in ${seconds.toFixed(0)} s\n`)
    } else if (stderr.isTTY) stderr.write(`\r\x1b[K${said}, ${seconds.toFixed(0)} s`)
    else if (said !== last) stderr.write(`${said}\n`)
    last = is === 'done' ? '' : said
  }
}
