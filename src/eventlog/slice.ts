import { figure } from '../platform/figure.ts'
import { good, wrong } from '../platform/finding.ts'
import type { Slice } from '../slice.ts'
import { countDays } from './days.ts'
import * as endpoints from './endpoints.ts'
import * as events from './events.ts'
import { heldSince } from './hold.ts'
import { readRemoved, removeOldEvents } from './remove.ts'
import { tallyEvents } from './tally.ts'

export const eventlog: Slice = {
  name: 'eventlog',
  endpoints: { Events: Object.values(endpoints) },
  events,
  async figures(db) {
    const { oldest } = await readRemoved(db)
    const days = oldest === null ? 0 : Math.max(0, (Date.now() / 1_000 - oldest) / 86_400)
    return [figure('kith_event_log_days', 'Days since the oldest event that is kept.', days)]
  },
  async examine(db, { eventDays }) {
    const since = await heldSince(db)
    const sending = since
      ? [
          wrong(
            `sending: webhooks, mails and pushes wait since ${since.slice(0, 16)} UTC, when this community was imported. ` +
              'Let them go by `kith go-live`, once the original has stopped.',
          ),
        ]
      : [good('sending: goes on')]
    if (!eventDays) return sending
    const { held } = await readRemoved(db)
    const kept = `events: kept for ${eventDays} days`
    return [
      ...sending,
      held ? wrong(`${kept}, and longer, because ${held}. Let it have them, or delete it.`) : good(kept),
    ]
  },
  chores: {
    'count events': ({ kith }) => tallyEvents(kith.db),
    'count events by day': ({ kith }) => countDays(kith.db),
    async 'remove old events'({ kith, config, log }) {
      // In an imported copy, events that are held back may still have to be sent.
      if (!config.eventDays || (await heldSince(kith.db))) return
      const removed = await removeOldEvents(kith.db, kith.clock.now(), config.eventDays)
      if (removed) log.info({ events: removed, days: config.eventDays }, 'old events removed')
    },
  },
}
