import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import { eraseProviders } from './providers.ts'

export const providers: Slice = {
  name: 'providers',
  endpoints: { Members: Object.values(endpoints) },
  whenMemberIsErased: eraseProviders,
}
