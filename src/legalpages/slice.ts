import type { Slice } from '../slice.ts'
import { eraseAcks, ownAcks } from './acks.ts'
import * as endpoints from './endpoints.ts'
import * as events from './events.ts'
import { indexLegalPages } from './searched.ts'

export const legalpages: Slice = {
  name: 'legalpages',
  endpoints: { 'Legal pages': Object.values(endpoints) },
  events,
  whatMemberHas: ownAcks,
  whenMemberIsErased: eraseAcks,
  indexing: { table: 'legal_page', rows: 'policies', batch: indexLegalPages },
}
