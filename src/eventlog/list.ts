import type { Db } from '../platform/db/database.ts'
import { badField, readAll } from '../platform/errors.ts'
import { bodySql } from '../platform/events/body.ts'
import { readMoment } from '../platform/http/moment.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import Type from '../platform/schema.ts'
import { list } from '../platform/sql/list.ts'
import { renderingOf, shape } from '../platform/sql/view.ts'
import { readRemoved } from './remove.ts'
import { blockOf, xidOf } from './tally.ts'

export type EventFilters = { type?: string[]; since_id?: number; since?: number }

/** SQL of the type filter on rows `e`: exact names or families. */
type OfType = (e: string) => string

/**
 * SQL of an event's place in the order that is read forward. For an id that does not exist: the place of the event
 * before it.
 */
const place = (id: string, column: 'txid' | 'id') =>
  `(select ${column} from event where id <= ${id} order by id desc limit 1)`

/** SQL of how many events there are: whole blocks from the tally, the rest counted. */
const countAll = (ofType: OfType) =>
  `select (select coalesce(sum(n), 0) from event_tally t where ${ofType('t')})
    + (select count(*) from event e where e.txid >= ${xidOf('(select upto from event_tallied)')} and ${ofType('e')})`

/**
 * The same for events after the place of an id, in ended transactions only. The block of the place is counted from
 * the place on, later blocks are summed, the untallied end is counted.
 */
const countAfter = (id: string, ofType: OfType) =>
  `with place as (
      select coalesce(${place(id, 'txid')}, '0') as txid, coalesce(${place(id, 'id')}, 0) as id
    ), bounds as (
      select least(${blockOf('txid')} + 1, greatest(upto, ${blockOf('txid')})) as next, upto from place, event_tallied
    )
    select (select count(*) from event e, place, bounds where (e.txid, e.id) > (place.txid, place.id)
        and e.txid < ${xidOf('bounds.next')} and ${ofType('e')})
      + (select coalesce(sum(n), 0) from event_tally t, bounds where t.block >= bounds.next and ${ofType('t')})
      + (select count(*) from event e, place, bounds where e.txid >= ${xidOf('greatest(bounds.upto, bounds.next)')}
        and (e.txid, e.id) > (place.txid, place.id) and e.txid < pg_snapshot_xmin(pg_current_snapshot())
        and ${ofType('e')})`

/** Larger than other pages, for readers that catch up with the log. */
export const maxPage = 500

/** An event as it is stored. */
export const Event = shape(
  'Event',
  Type.Object(
    {
      event_id: Type.Integer(),
      type: Type.String(),
      created: Type.Number({ description: 'Unix time in seconds, with microseconds.' }),
      data: Type.Object({}, { additionalProperties: true }),
    },
    { $id: 'Event', description: 'An event, exactly as webhooks receive it.', additionalProperties: false },
  ),
)

const either = [false, true]

/**
 * Newest first; with `since_id`, oldest first. Reading forward never misses an event, because a page ends before the
 * oldest transaction still open.
 */
const events = list({
  name: 'eventlog: events',
  takes: { exact: 'text[]', families: 'text[]', since_id: 'bigint?', since: 'float8?' },
  longest: maxPage,
  variants: () =>
    either.flatMap((byType) =>
      either.flatMap((forward) => either.map((fromMoment) => ({ byType, forward, fromMoment }))),
    ),
  eachTime: ({ byType }) => byType,
  sql($, { byType, forward, fromMoment }) {
    const ofType: OfType = (e) =>
      byType ? `(${e}.type = any(${$.exact}) or ${e}.type like any(${$.families}))` : 'true'
    const after = `e.txid < pg_snapshot_xmin(pg_current_snapshot())
      and (e.txid, e.id) > (coalesce(${place($.since_id, 'txid')}, '0'), coalesce(${place($.since_id, 'id')}, 0))`
    const from = `from event e where ${ofType('e')} ${forward ? `and ${after}` : ''}
      ${fromMoment ? `and e.created >= to_timestamp(${$.since})` : ''}`
    const tallied = forward ? countAfter($.since_id, ofType) : countAll(ofType)
    return {
      columns: 'e.body',
      from,
      keys: forward
        ? [
            { sql: 'e.txid', descending: false, type: 'xid8' },
            { sql: 'e.id', descending: false, type: 'bigint' },
          ]
        : [{ sql: 'e.id', descending: true, type: 'bigint' }],
      joins: '',
      render: renderingOf(Event, bodySql('p.body')),
      weight: 'octet_length(p.body::text)',
      count: fromMoment ? `select count(*) ${from}` : tallied,
    }
  },
})

/** Refuses what is neither an event type nor a family of them. */
function checkTypes(sent: string[]): void {
  if (!sent.every((each) => /^[a-z_]+(\.[a-z_]+)*(\.\*)?$|^\*$/.test(each)))
    throw badField('type', 'invalid', 'Name an event type, as connection.created, or a family, as connection.*.')
}

/** Checks the filters beyond their shapes, and reads the moment. */
export const readFilters = ({ type = [], since }: { type?: string[]; since?: number | string }) =>
  readAll({
    types: () => checkTypes(type),
    moment: () => (since === undefined ? undefined : readMoment('since', since)),
  })

/**
 * A page of the event log: the envelopes as they were sent and will be sent. A reader who goes forward is refused
 * where events have been removed, unless they ask from 0.
 */
export async function listEvents(
  db: Db,
  { type = [], since_id, since }: EventFilters,
  page: PageRequest,
): Promise<PageRows<'Event'>> {
  const exact = type.filter((each) => !each.includes('*'))
  const families = type
    .filter((each) => each.includes('*'))
    .map((each) => each.replaceAll('_', '\\_').replace('*', '%'))
  const values = { exact, families, since_id: since_id ?? null, since: since ?? null }
  const rows = await events.page(db, values, page, {
    byType: type.length > 0 && !type.includes('*'),
    forward: since_id !== undefined,
    fromMoment: since !== undefined,
  })
  const after = page.seek ? Number(page.seek.key[1]) : since_id
  if (since_id === undefined || !after || page.seek?.direction === 'before') return rows
  // Looked at last: what was there when the page was read is on it.
  const { upto } = await readRemoved(db)
  if (after < upto)
    throw badField(
      page.seek ? 'cursor' : 'since_id',
      'gone',
      `Events up to ${upto} are kept no longer. Read the lists you mirror anew, then the log from since_id=${upto} on.`,
    )
  return rows
}
