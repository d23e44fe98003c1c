import type { Db } from '../platform/db/database.ts'
import { badField } from '../platform/errors.ts'
import { bodySql } from '../platform/events/body.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import Type from '../platform/schema.ts'
import { list } from '../platform/sql/list.ts'
import { renderingOf, shape } from '../platform/sql/view.ts'
import { readRemoved } from './remove.ts'
import { blockOf, xidOf } from './tally.ts'

export type EventFilters = { type?: string[]; since_id?: number; since?: number }

/** SQL of the type filter of rows `e`: one of the exact names, or of the families. */
type OfType = (e: string) => string

/** SQL of the place of an event in the order that is read forward; of an id no event has, that of the event before it. */
const place = (id: string, column: 'txid' | 'id') =>
  `(select ${column} from event where id <= ${id} order by id desc limit 1)`

/** How many events there are, from the tally: whole blocks at once, the rest one by one. */
const countAll = (ofType: OfType) =>
  `select (select coalesce(sum(n), 0) from event_tally t where ${ofType('t')})
    + (select count(*) from event e where e.txid >= ${xidOf('(select upto from event_tallied)')} and ${ofType('e')})`

/**
 * The same, of events after the place of an id whose transactions have ended. The block of the place is counted from
 * the place on, blocks after it are summed, the untallied end is counted.
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

/** Readers that catch up with the log want much of it at once. */
export const maxPage = 500

/** An event as it is kept. */
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
 * Newest first, or, after `since_id`, oldest first: then a walk never misses an event, because it stops before the
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
export function checkTypes(sent: string[]): void {
  if (!sent.every((each) => /^[a-z_]+(\.[a-z_]+)*(\.\*)?$|^\*$/.test(each)))
    throw badField('type', 'invalid', 'Name an event type, as connection.created, or a family, as connection.*.')
}

/**
 * A page of the event log: the envelopes, as they were and will be sent. Whoever reads it forward is not led past what is
 * kept no longer, unless they ask for whatever there is by 0.
 */
export async function listEvents(
  db: Db,
  { type = [], since_id, since }: EventFilters,
  page: PageRequest,
): Promise<PageRows<'Event'>> {
  checkTypes(type)
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
  // Looked at last: what was there as the page was read is on it.
  const { upto } = await readRemoved(db)
  if (after < upto)
    throw badField(
      page.seek ? 'cursor' : 'since_id',
      'gone',
      `Events up to ${upto} are kept no longer. Read the lists you mirror anew, then the log from since_id=${upto} on.`,
    )
  return rows
}
