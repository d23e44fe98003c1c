import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import * as events from './events.ts'

export const community: Slice = {
  name: 'community',
  endpoints: { Community: Object.values(endpoints) },
  events,
}
