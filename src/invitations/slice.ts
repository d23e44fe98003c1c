import type { Slice } from '../slice.ts'
import { eraseCodes } from './codes.ts'
import * as endpoints from './endpoints.ts'
import { ownCodes } from './own.ts'

export const invitations: Slice = {
  name: 'invitations',
  endpoints: { Invitations: Object.values(endpoints) },
  whatMemberHas: ownCodes,
  whenMemberIsErased: (tx, { id }) => eraseCodes(tx, id),
}
