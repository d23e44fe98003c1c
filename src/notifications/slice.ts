import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import { notificationTelling } from './live.ts'

export const notifications: Slice = {
  name: 'notifications',
  tellsPages: notificationTelling,
  endpoints: { Notifications: Object.values(endpoints) },
}
