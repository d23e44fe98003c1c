import type { Db } from '../platform/db/database.ts'
import { badField } from '../platform/errors.ts'
import { fetchPage, keptLists, type List } from '../platform/http/list.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'

import { blockOf, xidOf } from './tally.ts'

export type EventFilters = { type?: string[]; since_id?: number; since?: number }

const typeIs = (e: string) => `(${e}.type = any($1::text[]) or ${e}.type like any($2::text[]))`

/** The place of event `$3` in the order that is read forward; of an id nobody has, that of the event before it. */
const position = (columns: string) => `(select ${columns} from event where id <= $3 order by id desc limit 1)`

/**
 * How many events there are, from the tally: whole blocks at once, the rest one by one. Read forward, only those after
 * the place of `$3` and of transactions that have ended.
 */
function countSql(types: boolean, sinceId: boolean): string {
  const of = (e: string) => (types ? `and ${typeIs(e)}` : '')
  if (!sinceId)
    return `select ((select coalesce(sum(n), 0) from event_tally t where true ${of('t')})
      + (select count(*) from event e where e.txid >= ${xidOf('(select upto from event_tallied)')} ${of('e')}))::int`
  // The block of the place is counted from the place on, blocks after it are summed, the untallied end is counted.
  return `with place as (select coalesce(${position('txid')}, '0') as txid, coalesce(${position('id')}, 0) as id),
      bounds as (select least(${blockOf('txid')} + 1, greatest(upto, ${blockOf('txid')})) as next, upto from place, event_tallied)
    select ((select count(*) from event e, place, bounds where (e.txid, e.id) > (place.txid, place.id)
        and e.txid < ${xidOf('bounds.next')} ${of('e')})
      + (select coalesce(sum(n), 0) from event_tally t, bounds where t.block >= bounds.next ${of('t')})
      + (select count(*) from event e, place, bounds where e.txid >= ${xidOf('greatest(bounds.upto, bounds.next)')}
        and (e.txid, e.id) > (place.txid, place.id) and e.txid < pg_snapshot_xmin(pg_current_snapshot()) ${of('e')}))::int`
}

/** Whoever catches up with the log wants much of it at once. */
export const longestPage = 500

const lists = keptLists()

/**
 * Newest first, or, after `since_id`, oldest first: then a walk never misses an event, because it stops before the
 * oldest transaction still open.
 */
function listFor(types: boolean, sinceId: boolean, since: boolean): List {
  const key = [types, sinceId, since].map(Number).join('')
  const kept = lists.get(key)
  if (kept) return kept
  const where = [
    types ? typeIs('e') : `$1::text[] is null and $2::text[] is null`,
    sinceId
      ? `e.txid < pg_snapshot_xmin(pg_current_snapshot()) and (e.txid, e.id) > (coalesce(${position('txid')}, '0'), coalesce(${position('id')}, 0))`
      : `$3::bigint is null`,
    since ? `e.created >= to_timestamp($4)` : `$4::float8 is null`,
  ].join(' and ')
  const list: List = {
    columns: 'e.body',
    longest: longestPage,
    from: `from event e where ${where}`,
    keys: sinceId
      ? [
          { sql: 'e.txid', descending: false, type: 'xid8' },
          { sql: 'e.id', descending: false, type: 'bigint' },
        ]
      : [{ sql: 'e.id', descending: true, type: 'bigint' }],
    joins: '',
    render: 'p.body',
    count: since ? `select count(*)::int from event e where ${where}` : countSql(types, sinceId),
  }
  lists.set(key, list)
  return list
}

/** A page of the event log: the envelopes, as they were and will be sent. */
export function listEvents(db: Db, { type, since_id, since }: EventFilters, page: PageRequest): Promise<PageRows> {
  for (const each of type ?? []) {
    if (!/^[a-z_]+(\.[a-z_]+)*(\.\*)?$|^\*$/.test(each))
      throw badField('type', 'invalid', 'Name an event type, as connection.created, or a family, as connection.*.')
  }
  const filtered = !!type?.length && !type.includes('*')
  const exact = type?.filter((each) => !each.includes('*'))
  const families = type
    ?.filter((each) => each.includes('*'))
    .map((each) => each.replaceAll('_', '\\_').replace('*', '%'))
  return fetchPage(
    db,
    listFor(filtered, since_id !== undefined, since !== undefined),
    [filtered ? exact : null, filtered ? families : null, since_id ?? null, since ?? null],
    page,
  )
}
