import { releaseSending } from '../eventlog/hold.ts'
import { changeKith } from './with-kith.ts'

/** Lets go what an imported community holds back: servers that run find out within seconds. */
export const goLive = (): Promise<void> =>
  changeKith('go-live', {}, async ({ db }) => {
    console.log(
      (await releaseSending(db))
        ? 'Webhooks, mails and pushes go out from here now.'
        : 'Nothing was held back: webhooks, mails and pushes go out from here.',
    )
  })
