import type { Slice } from '../slice.ts'
import { clearAudit, forgetAddresses } from './clear.ts'
import * as endpoints from './endpoints.ts'
import { ownEntries } from './own.ts'

export const audit: Slice = {
  name: 'audit',
  endpoints: { Audit: Object.values(endpoints) },
  whatMemberHas: ownEntries,
  whenMemberIsErased: (tx, { id }) => forgetAddresses(tx, id),
  chores: { 'remove what the audit trail has kept for long enough': ({ kith }) => clearAudit(kith) },
}
