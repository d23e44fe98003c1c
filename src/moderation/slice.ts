import type { Slice } from '../slice.ts'
import { endBlocks, endIfOver, forgetBlock, forgetBlocker } from './block.ts'
import * as endpoints from './endpoints.ts'
import { eraseDecisions } from './erase.ts'
import * as events from './events.ts'
import { caseRepairs, findCaseDrift } from './recount.ts'
import { seeding } from './seed.ts'

export const moderation: Slice = {
  name: 'moderation',
  endpoints: { Moderation: Object.values(endpoints) },
  events,
  drift: { find: findCaseDrift, repairs: caseRepairs },
  whenMemberLeaves: forgetBlock,
  whenMemberIsErased: async (tx, erasing) => (await eraseDecisions(tx, erasing)) || forgetBlocker(tx, erasing),
  whenBlockIsOver: endIfOver,
  goesOn: endBlocks,
  seeding,
}
