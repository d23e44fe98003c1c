import type { Slice } from '../slice.ts'
import { endBlocks, endIfOver, forgetBlock, forgetBlocker } from './block.ts'
import * as endpoints from './endpoints.ts'
import { continueErasures, examineErasures } from './erase.ts'

export const accounts: Slice = {
  name: 'accounts',
  endpoints: { Accounts: Object.values(endpoints) },
  examine: examineErasures,
  whenMemberLeaves: forgetBlock,
  whenMemberIsErased: forgetBlocker,
  whenBlockIsOver: endIfOver,
  soon: { 'end the blocks whose days are over': endBlocks },
  chores: {
    async 'erase members'({ kith, log }) {
      const erased = await continueErasures(kith)
      if (erased) log.info({ members: erased }, 'members erased')
    },
  },
}
