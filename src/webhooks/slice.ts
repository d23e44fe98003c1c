import { dropDays, makeDays } from '../delivery/attempts/days.ts'
import type { Slice } from '../slice.ts'
import { removeLeftovers } from './delete.ts'
import * as endpoints from './endpoints.ts'
import { eraseAnswers } from './erase.ts'
import * as events from './events.ts'
import { examineWebhooks } from './examine.ts'
import { webhookFigures } from './figures.ts'
import { joinOutcomes } from './outcomes.ts'

const day = 86_400_000

export const webhooks: Slice = {
  name: 'webhooks',
  endpoints: { Webhooks: Object.values(endpoints) },
  events,
  figures: webhookFigures,
  examine: examineWebhooks,
  whenEventsAreErased: eraseAnswers,
  chores: {
    'make days of attempts'({ kith }) {
      const now = kith.clock.now().getTime()
      return makeDays(kith.db, [now, now + day])
    },
    async 'drop old days of attempts'({ kith, config, log }) {
      const dropped = await dropDays(kith.db, kith.clock.now().getTime(), config.webhookLogDays)
      if (dropped) log.info({ attempts: dropped, days: config.webhookLogDays }, 'old webhook attempts dropped')
    },
    'join outcomes of webhooks': ({ kith }) => joinOutcomes(kith.db, kith.clock.now()),
    'remove what deleted webhook endpoints left': ({ kith }) => removeLeftovers(kith.db),
  },
}
