import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import * as events from './events.ts'
import { indexMembers } from './searched.ts'

export const users: Slice = {
  name: 'users',
  endpoints: { Members: Object.values(endpoints) },
  events,
  indexing: { table: 'users', rows: 'members', batch: indexMembers },
}
