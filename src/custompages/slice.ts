import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import * as events from './events.ts'
import { ownPages } from './own.ts'
import { indexCustomPages } from './searched.ts'

export const custompages: Slice = {
  name: 'custompages',
  endpoints: { 'Custom pages': Object.values(endpoints) },
  events,
  whatMemberHas: ownPages,
  indexing: { table: 'custom_page', rows: 'custom pages', batch: indexCustomPages },
}
