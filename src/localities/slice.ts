import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import { loadLocalities } from './load.ts'

export const localities: Slice = {
  name: 'localities',
  endpoints: { Localities: Object.values(endpoints) },
  chores: { 'read localities': loadLocalities },
}
