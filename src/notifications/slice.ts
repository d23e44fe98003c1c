import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'

export const notifications: Slice = {
  name: 'notifications',
  endpoints: { Notifications: Object.values(endpoints) },
}
