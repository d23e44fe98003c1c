import type { Db } from '../platform/db/database.ts'
import { badField } from '../platform/errors.ts'
import { fetchPage, type List } from '../platform/http/list.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'

export type EventFilters = { type?: string[]; since_id?: number; since?: number }

const lists = new Map<string, List>()

/**
 * Newest first, or, after `since_id`, oldest first: then a walk never misses an event. An id is given out before its
 * transaction commits, so that walk stops before the first transaction still open.
 */
function listFor(types: boolean, sinceId: boolean, since: boolean): List {
  const key = [types, sinceId, since].map(Number).join('')
  const kept = lists.get(key)
  if (kept) return kept
  const where = [
    types ? `(e.type = any($1::text[]) or e.type like any($2::text[]))` : `$1::text[] is null and $2::text[] is null`,
    sinceId ? `e.id > $3 and e.txid < pg_snapshot_xmin(pg_current_snapshot())` : `$3::bigint is null`,
    since ? `e.created >= to_timestamp($4)` : `$4::float8 is null`,
  ].join(' and ')
  const list: List = {
    columns: 'e.body',
    from: `from event e where ${where}`,
    keys: [{ sql: 'e.id', descending: !sinceId, type: 'bigint' }],
    joins: '',
    render: 'p.body',
    count: `select count(*)::int from event e where ${where}`,
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
  const all = type?.includes('*')
  const exact = type?.filter((each) => !each.includes('*')) ?? []
  const families =
    type?.filter((each) => each.includes('*')).map((each) => each.replace('_', '\\_').replace('*', '%')) ?? []
  const list = listFor(!!type?.length && !all, since_id !== undefined, since !== undefined)
  const filtered = !!type?.length && !all
  return fetchPage(
    db,
    list,
    [filtered ? exact : null, filtered ? families : null, since_id ?? null, since ?? null],
    page,
  )
}
