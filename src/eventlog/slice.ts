import { good, wrong } from '../platform/finding.ts'
import type { Slice } from '../slice.ts'
import { countDays } from './days.ts'
import * as endpoints from './endpoints.ts'
import * as events from './events.ts'
import { heldSince } from './hold.ts'
import { tallyEvents } from './tally.ts'

export const eventlog: Slice = {
  name: 'eventlog',
  endpoints: { Events: Object.values(endpoints) },
  events,
  async examine(db) {
    const since = await heldSince(db)
    return since
      ? [
          wrong(
            `sending: webhooks, mails and pushes wait since ${since.slice(0, 16)} UTC, when this community was imported. ` +
              'Let them go by `kith go-live`, once the original has stopped.',
          ),
        ]
      : [good('sending: goes on')]
  },
  chores: {
    'count events': ({ kith }) => tallyEvents(kith.db),
    'count events by day': ({ kith }) => countDays(kith.db),
  },
}
