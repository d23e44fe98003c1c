import type { Ctx } from '../context.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { badField, refused } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { fetchPage, type List } from '../platform/http/list.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { renderSql } from '../platform/http/view.ts'
import { noEndpoint } from './listening.ts'
import { WebhookRecovery } from './views.ts'

/** Which events: those whose last attempt failed, those never attempted, or all there are. */
export type Kind = 'failed' | 'missed' | 'all'

const render = renderSql(WebhookRecovery, null)

/** Reads a moment, as unix time in seconds: from that, or from a date with or without a time, UTC unless it says else. */
export function readMoment(sent: number | string): number {
  const refuse = (sentence: string) => badField('since', 'invalid', sentence)
  if (typeof sent === 'number') {
    if (sent < 0 || sent > 1e11) throw refuse('Send seconds since 1970, or a time as 2026-01-31T12:00:00Z.')
    return sent
  }
  const parts = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?)?$/i.exec(sent.trim())
  const [, date, time = '00:00', fraction = '', zone = 'Z'] = parts ?? []
  const local = Date.parse(`${date}T${time}Z`)
  // A day that does not exist is taken for one that does.
  const fits = parts && !Number.isNaN(local) && new Date(local).toISOString().startsWith(`${date}T${time}`)
  const ms = fits
    ? Date.parse(`${date}T${time}${zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2').toUpperCase()}`)
    : Number.NaN
  if (Number.isNaN(ms) || ms < 0) throw refuse('Send a time as 2026-01-31T12:00:00Z, or seconds since 1970.')
  return ms / 1000 + Number(`0${fraction}`)
}

/**
 * SQL of an id that every event since a moment lies after. Events come in the order of time but for those of slow
 * changes, which are older than their neighbours; so it is looked for as in a dictionary, a little before the moment.
 */
const positionSql = (since: string) => `(with recursive search (low, high) as (
    select 0::bigint, coalesce(max(id), 0) + 1 from event
    union all
    select case when found.after then low else middle end, case when found.after then found.id else high end
    from (select low, high, (low + high) / 2 as middle from search where high - low > 1) search
    left join lateral (select id, created >= ${since} - interval '10 minutes' as after from event
      where id > low and id <= middle order by id desc limit 1) found on true
  ) select max(low) from search)`

const beginText = `with endpoint as materialized (
    select id from webhook_endpoint where id = $1 and not deleted for share
  ), made as (
    insert into webhook_recovery (endpoint_id, kind, created_at, since, position, until)
    select id, $2, $3, to_timestamp($4), ${positionSql('to_timestamp($4)')}, (select coalesce(max(id), 0) from event)
    from endpoint on conflict (endpoint_id, kind) do nothing returning *
  )
  select exists (select from endpoint) as there, (select ${render} from made r) as json`

/** Begins to look through the events since a moment. Those that apply are queued bit by bit, by whoever delivers. */
export async function beginRecovery({ db, now }: Ctx, id: number, since: number, kind: Kind): Promise<Json> {
  if (since * 1000 > now.getTime())
    throw badField('since', 'invalid', 'This lies in the future. Send a time before now.')
  const [row] = await db.query<{ there: boolean; json: string | null }>(beginText, [id, kind, now.toISOString(), since])
  if (!row?.there) throw noEndpoint()
  if (row.json === null)
    throw refused(
      'under_way',
      'A recovery of this kind is under way for this endpoint. Wait until GET on this address no longer shows it.',
    )
  return { json: row.json }
}

const underWay: List = {
  columns: '',
  from: 'from webhook_recovery r where r.endpoint_id = $1',
  keys: [{ sql: 'r.id', descending: true, type: 'bigint' }],
  joins: 'join webhook_recovery r on r.id = p.k0',
  render,
  count: 'select count(*)::int from webhook_recovery where endpoint_id = $1',
  extra: { there: 'select true from webhook_endpoint where id = $1 and not deleted' },
}

/** The recoveries of an endpoint that are under way. */
export async function listRecoveries(db: Db, id: number, page: PageRequest): Promise<PageRows> {
  const { extra, ...rows } = await fetchPage<{ there: true | null }>(db, underWay, [id], page)
  if (!extra.there) throw noEndpoint()
  return rows
}

// Below, e is an event, l the lane, w the endpoint; `$1` is the endpoint, the events are those in ($2, $3].

/** The endpoint was subscribed to the event when that was told: its lane delivers it, or has done so. */
const listened = `exists (select from webhook_span s where s.endpoint_id = $1 and e.audience >= s.since
  and (s.until is null or e.audience < s.until) and e.type = any(s.types))`
const owed = `(${listened} and (e.id > l.position or e.id <@ l.holes))`
const wanted = `e.type in (select each ->> 'type' from json_array_elements(w.events) each)`

/**
 * The endpoint's attempts at these events. The sum hides the endpoint from the index that has all its attempts of all
 * time: what is to be read is the blocks that hold these events.
 */
const attempts = `select a.event_id, a.code, a.sent_at, a.id from webhook_attempt a
  where a.endpoint_id + 0 = $1 and a.event_id > $2 and a.event_id <= $3
    and a.sent_at >= $5::timestamptz - interval '1 hour'`

/** The first day that attempts are kept of. Of what was listened to before, it can only be said that it was attempted. */
const keptSince = `(select min(to_date(right(relid::regclass::text, 8), 'YYYYMMDD'))
  from pg_partition_tree('webhook_attempt') where relid::regclass::text ~ '_\\d{8}$')`

const applies: Record<Kind, { with: string; where: string }> = {
  failed: {
    with: `last as materialized (
      select distinct on (event_id) event_id, code from (${attempts}) a order by event_id, sent_at desc, id desc
    ), failed as materialized (select event_id from last where code between 200 and 299 is not true), `,
    where: 'e.id in (select event_id from failed)',
  },
  missed: {
    with: `attempted as materialized (${attempts}), `,
    where: `${wanted} and not ${owed} and e.id not in (select event_id from attempted)
      and not (${listened} and e.created < ${keptSince})`,
  },
  all: { with: 'nothing as (select $5::timestamptz), ', where: `${wanted} and not ${owed}` },
}

const queueText = (kind: Kind) => `with ${applies[kind].with}queued as (
    insert into webhook_delivery (endpoint_id, event_id, replay, run, attempts, due_at)
    select $1, e.id, true, 1, 0, $6 from event e, webhook_endpoint w, webhook_lane l
    where e.id > $2 and e.id <= $3 and e.created >= $4 and w.id = $1 and l.endpoint_id = $1 and ${applies[kind].where}
      and not exists (select from webhook_delivery d
        where d.endpoint_id = $1 and d.event_id = e.id and d.event_id > $2 and d.event_id <= $3)
    order by e.id on conflict do nothing returning 1
  )
  select count(*)::int as n from queued`

type Row = { id: number; kind: Kind; since: string; position: number; until: number }

/**
 * Looks at the next events of the oldest recovery under way for an endpoint, and queues those that apply.
 * @param batch so many events
 * @returns how many were queued, and whether nothing is left to be looked at for this endpoint
 */
export function continueRecovery(
  db: Database,
  endpointId: number,
  batch: number,
  now: Date,
): Promise<{ queued: number; done: boolean }> {
  return db.transaction(async (tx) => {
    const [row] = await tx.query<Row>(
      `select id, kind, since, position, until from webhook_recovery where endpoint_id = $1 order by id limit 1 for update`,
      [endpointId],
    )
    let queued = 0
    if (row) {
      const [seen] = await tx.query<{ n: number; last: number; first: string }>(
        `select count(*)::int as n, max(id) as last, min(created) as first from (
          select id, created from event where id > $1 and id <= $2 order by id limit $3) e`,
        [row.position, row.until, batch],
      )
      const { n, last, first } = seen as { n: number; last: number; first: string }
      if (n) {
        await tx.query('set local enable_seqscan = off')
        const [made] = await tx.query<{ n: number }>(queueText(row.kind), [
          endpointId,
          row.position,
          last,
          row.since,
          first,
          now.toISOString(),
        ])
        queued = made?.n ?? 0
      }
      if (n < batch) await tx.query('delete from webhook_recovery where id = $1', [row.id])
      else
        await tx.query('update webhook_recovery set position = $2, queued = queued + $3 where id = $1', [
          row.id,
          last,
          queued,
        ])
    }
    const left = await tx.query('select 1 from webhook_recovery where endpoint_id = $1 limit 1', [endpointId])
    return { queued, done: left.length === 0 }
  })
}
