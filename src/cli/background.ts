import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Kith } from '../context.ts'
import type { Running } from '../platform/process.ts'
import { runChores } from './chores.ts'
import { keepGoingOn } from './going-on.ts'
import { keepIndexed } from './indexing.ts'
import { keepMailing } from './mailing.ts'
import { keepPushing } from './pushing.ts'

/**
 * Begins what every node does besides delivering webhooks and answering requests: chores, indexing, long tasks,
 * mails, web push. All of it ends with the process.
 */
export async function beginInBackground(kith: Kith, config: Config, log: Logger, running: Running): Promise<void> {
  await running.closeAtEnd(runChores(kith, config, log))
  await running.closeAtEnd(keepIndexed(kith, log))
  await running.closeAtEnd(keepGoingOn(kith, log))
  await running.closeAtEnd(await keepMailing(kith, config, log))
  await running.closeAtEnd(keepPushing(kith, config, log))
}
