import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import { ownPreferences } from './own.ts'
import { erasePreferences } from './write.ts'

export const preferences: Slice = {
  name: 'preferences',
  endpoints: { Members: Object.values(endpoints) },
  whatMemberHas: ownPreferences,
  whenMemberIsErased: erasePreferences,
}
