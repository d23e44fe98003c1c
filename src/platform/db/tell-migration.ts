import type { Logger } from 'pino'
import type { MigrationStep } from './migrate.ts'

/** What is quicker than this is not worth a word, in s. */
const quick = 2

/**
 * Says how migrations go, as long as it takes: in the log where that is read, else on standard error, in place on a
 * terminal. Standard output is for what a command is asked for.
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
