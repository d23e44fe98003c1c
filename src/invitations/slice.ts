import type { Slice } from '../slice.ts'
import { eraseCodes } from './codes.ts'
import * as endpoints from './endpoints.ts'

export const invitations: Slice = {
  name: 'invitations',
  endpoints: { Invitations: Object.values(endpoints) },
  whenMemberIsErased: (tx, { id }) => eraseCodes(tx, id),
}
