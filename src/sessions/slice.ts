import type { Slice } from '../slice.ts'
import { clearSignIns } from './clear.ts'
import { forgetMember } from './end-all.ts'
import * as endpoints from './endpoints.ts'
import { ownSessions } from './own.ts'

export const sessions: Slice = {
  name: 'sessions',
  endpoints: { Accounts: Object.values(endpoints) },
  whatMemberHas: ownSessions,
  whenMemberLeaves: async (tx, { id }) => {
    await forgetMember(tx, id)
  },
  chores: { 'remove sessions and tokens that have ended': ({ kith }) => clearSignIns(kith) },
}
