import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'

export const system: Slice = {
  name: 'system',
  endpoints: { System: Object.values(endpoints) },
}
