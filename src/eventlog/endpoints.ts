import { admin } from '../auth/audience.ts'
import { endpoint } from '../context.ts'
import { readAll } from '../platform/errors.ts'
import { data, page } from '../platform/http/endpoint.ts'
import { momentInput, readMoment } from '../platform/http/moment.ts'
import Type from '../platform/schema.ts'
import { Days, days, listDays, listMinutes, Minutes } from './days.ts'
import { checkTypes, Event, listEvents, maxPage } from './list.ts'

export const listEventLog = endpoint('GET /api/v2/events/', {
  summary: 'List events',
  description:
    'The event log, newest first. With `since_id` it is read forward: the oldest first, up to the oldest transaction ' +
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
  checks: (_ctx, { type = [] }) => checkTypes(type),
  async act({ db }, { page, type = [], since, since_id }) {
    const { moment } = await readAll({
      types: () => checkTypes(type),
      moment: () => (since === undefined ? undefined : readMoment('since', since)),
    })
    return listEvents(db, { type, since_id, since: moment }, page)
  },
})

export const listEventDays = endpoint('GET /api/v2/events/daily/', {
  summary: 'Count events by day',
  description:
    'How many events of each type each of the last days had, in UTC, today included. What happened in the last minute may ' +
    'be missing where very much did.',
  extension: true,
  who: admin,
  takes: { days },
  returns: data(Days),
  act: ({ db, now }, input) => listDays(db, now, input.days ?? 30),
})

export const listEventMinutes = endpoint('GET /api/v2/events/minutes/', {
  summary: 'Count the last events by minute',
  description: 'Of the last hour; of the last 5,000 events, where there were more.',
  extension: true,
  who: admin,
  returns: data(Minutes),
  act: ({ db, now }) => listMinutes(db, now),
})
