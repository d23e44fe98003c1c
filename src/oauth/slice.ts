import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import { letGoOfMember } from './erase.ts'
import { ownGrants } from './own.ts'

export const oauth: Slice = {
  name: 'oauth',
  endpoints: { 'OAuth 2.0': Object.values(endpoints) },
  whatMemberHas: ownGrants,
  whenMemberIsErased: letGoOfMember,
}
