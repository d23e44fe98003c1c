import type { Ctx } from '../context.ts'
import { keepEvents } from '../eventlog/remove.ts'
import type { Db } from '../platform/db/database.ts'
import { badField, notFound, refused } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql, shown } from '../platform/sql/view.ts'
import type { RecoveryKind } from './continue-recovery.ts'
import { noEndpoint } from './listening.ts'
import { WebhookRecovery } from './views.ts'

const render = renderSql(WebhookRecovery, null)

/**
 * SQL of an id that is smaller than every event's since a moment. Ids follow time except for slow transactions, whose
 * events are older than their neighbours. So this is a binary search for a moment shortly before.
 */
const positionSql = (since: string) => `(with recursive search (low, high) as (
    select 0::bigint, coalesce(max(id), 0) + 1 from event
    union all
    select case when found.after then low else middle end, case when found.after then found.id else high end
    from (select low, high, (low + high) / 2 as middle from search where high - low > 1) search
    left join lateral (select id, created >= ${since} - interval '10 minutes' as after from event
      where id > low and id <= middle order by id desc limit 1) found on true
  ) select max(low) from search)`

const beginning = statement({
  name: 'webhooks: begin a recovery',
  takes: { id: 'bigint', kind: 'text', now: 'timestamptz', since: 'float8' },
  gives: { there: 'boolean', json: shown(WebhookRecovery) },
  sql($) {
    const since = `to_timestamp(${$.since})`
    return `with endpoint as materialized (
      select id from webhook_endpoint where id = ${$.id} and not deleted for share
    ), made as (
      insert into webhook_recovery (endpoint_id, kind, created_at, since, position, until)
      select id, ${$.kind}, ${$.now}, ${since}, ${positionSql(since)}, (select coalesce(max(id), 0) from event)
      from endpoint on conflict (endpoint_id, kind) do nothing returning *
    )
    select exists (select from endpoint) as there,
      (select ${render} from (select *, null::timestamptz as ended_at from made) r) as json`
  },
})

/** Begins to look through the events since a moment. The engine queues those that apply, step by step. */
export async function beginRecovery(
  { db, now }: Ctx,
  id: number,
  since: number,
  kind: RecoveryKind,
): Promise<Json<'WebhookRecovery'>> {
  if (since * 1000 > now.getTime())
    throw badField('since', 'invalid', 'This lies in the future. Send a time before now.')
  const row = await db.transaction(async (tx) => {
    const { before } = await keepEvents(tx)
    if (before !== null && since <= before)
      throw badField(
        'since',
        'gone',
        `Events are kept from ${new Date(Math.floor(before * 1000) + 1).toISOString()} on. Send that or a later time, and read ` +
          'what is older from the lists.',
      )
    return beginning.row(tx, { id, kind, now, since })
  })
  if (!row?.there) throw noEndpoint()
  // No recovery was made, so none is rendered.
  if ((row.json as string | null) === null)
    throw refused(
      'under_way',
      'A recovery of this kind is under way for this endpoint. Wait until GET on this address shows it as done.',
    )
  return { json: row.json }
}

/** SQL of an endpoint's recoveries, under way and ended. */
const recoveriesOf = (endpoint: string) => `(
    select id, kind, since, until, queued, null::timestamptz as ended_at from webhook_recovery where endpoint_id = ${endpoint}
    union all
    select id, kind, since, until, queued, ended_at from webhook_recovery_ended where endpoint_id = ${endpoint}
  )`

const isThere = (endpoint: string) => `select true from webhook_endpoint where id = ${endpoint} and not deleted`

const recoveries = list({
  name: 'webhooks: recoveries',
  takes: { id: 'bigint' },
  extra: { there: 'boolean?' },
  sql: ($) => ({
    columns: 'r.*',
    from: `from ${recoveriesOf($.id)} r where true`,
    keys: [{ sql: 'r.id', descending: true, type: 'bigint' }],
    joins: 'cross join lateral (select p.*) r',
    render,
    count: `select count(*) from ${recoveriesOf($.id)} r`,
    extra: { there: isThere($.id) },
  }),
})

/** An endpoint's recoveries, last first: those under way, and the last hundred that have ended. */
export async function listRecoveries(db: Db, id: number, page: PageRequest): Promise<PageRows<'WebhookRecovery'>> {
  const { extra, ...rows } = await recoveries.page(db, { id }, page)
  if (!extra.there) throw noEndpoint()
  return rows
}

const showing = statement({
  name: 'webhooks: show a recovery',
  takes: { endpoint: 'bigint', id: 'bigint' },
  gives: { json: shown(WebhookRecovery) },
  sql: ($) => `select ${render} as json from ${recoveriesOf($.endpoint)} r
    where r.id = ${$.id} and exists (${isThere($.endpoint)})`,
})

/** A recovery of an endpoint, under way or ended. */
export async function renderRecovery(db: Db, endpoint: number, id: number): Promise<Json<'WebhookRecovery'>> {
  const row = await showing.row(db, { endpoint, id })
  if (!row) throw notFound('No recovery of this endpoint has this id.')
  return row
}
