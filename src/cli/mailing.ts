import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Kith } from '../context.ts'
import { createHold } from '../eventlog/hold.ts'
import { openPost } from '../mail/post.ts'
import { sendDue } from '../mail/send.ts'
import { slices } from '../slices.ts'
import { keepDoing } from './chores.ts'

/**
 * Writes and sends mails every two seconds until it is stopped.
 * @returns stops it: resolves when the mails under way are sent
 */
export async function keepMailing(kith: Kith, config: Config, log: Logger): Promise<() => Promise<void>> {
  let stopped = false
  const post = await openPost(config)
  const maySend = createHold(kith.db)
  const writing = slices.flatMap(({ name, writesMails }) =>
    writesMails ? [[`write mails of ${name}`, () => writesMails(kith)] as const] : [],
  )
  const chores = {
    ...Object.fromEntries(writing),
    'send mails': async () => {
      if (await maySend()) await sendDue(kith, { post, from: config.mailFrom, log }, () => stopped)
    },
  }
  const stop = keepDoing(log, chores, { first: 500, pause: 2_000 })
  return async () => {
    stopped = true
    await stop()
    post.close()
  }
}
