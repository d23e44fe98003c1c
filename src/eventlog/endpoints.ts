import { admin } from '../auth/audience.ts'
import { endpoint } from '../context.ts'
import { data, page } from '../platform/http/endpoint.ts'
import { momentInput } from '../platform/http/moment.ts'
import Type from '../platform/schema.ts'
import { Days, days, listDays, listMinutes, Minutes } from './days.ts'
import { Event, listEvents, maxPage, readFilters } from './list.ts'

export const listEventLog = endpoint('GET /api/v2/events/', {
  summary: 'List events',
  description:
    'The event log, newest first. With `since_id` it is read forward: oldest first, up to the oldest transaction ' +
    'still open, so that a reader who keeps the last id they saw misses nothing.',
  extension: true,
  who: admin,
  takes: {
    type: Type.Optional(
      Type.Array(Type.String({ maxLength: 100 }), { description: 'Event types, or families as `connection.*`.' }),
    ),
    since_id: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
    since: Type.Optional(momentInput('Only what happened from then on.')),
  },
  returns: page(Event, { limit: 20, max: maxPage }),
  checks: (_ctx, sent) => readFilters(sent),
  async act({ db }, { page, type = [], since, since_id }) {
    const { moment } = await readFilters({ type, since })
    return listEvents(db, { type, since_id, since: moment }, page)
  },
})

export const listEventDays = endpoint('GET /api/v2/events/daily/', {
  summary: 'Count events by day',
  description:
    'How many events of each type happened on each of the last days, in UTC, including today. Under heavy load ' +
    'those of the last minute may be missing.',
  extension: true,
  who: admin,
  takes: { days },
  returns: data(Days),
  act: ({ db, now }, input) => listDays(db, now, input.days ?? 30),
})

export const listEventMinutes = endpoint('GET /api/v2/events/minutes/', {
  summary: 'Count the last events by minute',
  description: 'For the last hour, or for the last 5,000 events if there were more.',
  extension: true,
  who: admin,
  returns: data(Minutes),
  act: ({ db, now }) => listMinutes(db, now),
})
