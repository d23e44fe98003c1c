import { releaseSending } from '../eventlog/hold.ts'
import { ownAllFiles } from '../files/clean.ts'
import { changeKith } from './with-kith.ts'

/** Lets go what an imported community holds back: servers that run find out within seconds. */
export const goLive = (): Promise<void> =>
  changeKith('go-live', {}, async ({ db }) => {
    const held = await releaseSending(db)
    // The original has stopped: what it had is ours. A copy beside it has held nothing back.
    if (held) await ownAllFiles(db)
    console.log(
      held
        ? 'Webhooks, mails and pushes go out from here now.'
        : 'Nothing was held back: webhooks, mails and pushes go out from here.',
    )
  })
