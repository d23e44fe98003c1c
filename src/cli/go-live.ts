import { releaseSending } from '../eventlog/hold.ts'
import { ownAllFiles } from '../files/clean.ts'
import { type Said, say } from './say.ts'
import { changeKith } from './with-kith.ts'

/** Releases what an imported community holds back: running servers notice within seconds. */
export const goLive = (said: Said = {}): Promise<void> =>
  changeKith('go-live', {}, async ({ db }) => {
    const released = await releaseSending(db)
    // The original has stopped, so its files are ours. A copy beside it has held nothing back.
    if (released) await ownAllFiles(db)
    say(
      said,
      { sending: true, released },
      released
        ? 'Webhooks, mails and pushes go out from here now.'
        : 'Nothing was held back: webhooks, mails and pushes go out from here.',
    )
  })
