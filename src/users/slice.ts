import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import * as events from './events.ts'

export const users: Slice = {
  name: 'users',
  endpoints: { Members: Object.values(endpoints) },
  events,
}
