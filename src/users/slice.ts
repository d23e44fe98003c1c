import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import * as events from './events.ts'
import { ownProfile } from './own.ts'
import { indexMembers } from './searched.ts'

export const users: Slice = {
  name: 'users',
  endpoints: { Members: Object.values(endpoints) },
  events,
  whatMemberHas: ownProfile,
  indexing: { table: 'users', rows: 'members', batch: indexMembers },
}
