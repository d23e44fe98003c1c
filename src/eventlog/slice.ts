import type { Slice } from '../slice.ts'
import { countDays } from './days.ts'
import * as endpoints from './endpoints.ts'
import * as events from './events.ts'
import { tallyEvents } from './tally.ts'

export const eventlog: Slice = {
  name: 'eventlog',
  endpoints: { Events: Object.values(endpoints) },
  events,
  chores: {
    'count events': ({ kith }) => tallyEvents(kith.db),
    'count events by day': ({ kith }) => countDays(kith.db),
  },
}
