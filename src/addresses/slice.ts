import type { Slice } from '../slice.ts'
import { clearCodes, dropCodes } from './codes.ts'
import * as endpoints from './endpoints.ts'
import { ownCodes } from './own.ts'
import { writeRecoveries } from './recover.ts'

export const addresses: Slice = {
  name: 'addresses',
  endpoints: { Accounts: Object.values(endpoints) },
  whatMemberHas: ownCodes,
  writesMails: writeRecoveries,
  whenMemberLeaves: async (tx, { id }) => {
    await dropCodes(tx, id)
  },
  chores: { 'remove codes that are too old': ({ kith }) => clearCodes(kith) },
}
