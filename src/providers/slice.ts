import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import { eraseProviders, ownProviders } from './providers.ts'

export const providers: Slice = {
  name: 'providers',
  endpoints: { Members: Object.values(endpoints) },
  whatMemberHas: ownProviders,
  whenMemberIsErased: eraseProviders,
}
