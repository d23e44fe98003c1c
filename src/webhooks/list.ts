import type { Db } from '../platform/db/database.ts'
import { namesErasedSql } from '../platform/events/body.ts'
import type { Json } from '../platform/http/endpoint.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql, shown } from '../platform/sql/view.ts'
import { notEmitted } from './event-types.ts'
import { noEndpoint } from './listening.ts'
import { maxRecent, WebhookEndpoint, WebhookHealth } from './views.ts'

const fields = ['created_at', 'is_active', 'updated_at'] as const

export type Ordering = (typeof fields)[number] | `-${(typeof fields)[number]}`
export const orderings = [...fields, ...fields.map((each) => `-${each}` as const)] satisfies Ordering[]

const render = renderSql(WebhookEndpoint, null)

const showing = statement({
  name: 'webhooks: show',
  takes: { id: 'bigint' },
  gives: { json: shown(WebhookEndpoint), types: 'text[]' },
  sql: ($) => `select ${render} as json,
      array(select each ->> 'type' from json_array_elements(w.events) each) as types
    from webhook_endpoint w where id = ${$.id} and not deleted`,
})

/** An endpoint, with a header for the types it is subscribed to that are never emitted. */
export type ShownEndpoint = Json<'WebhookEndpoint'> & { 'X-Kith-Not-Emitted'?: string }

/** An endpoint as the API shows it. */
export async function renderEndpoint(db: Db, id: number): Promise<ShownEndpoint> {
  const row = await showing.row(db, { id })
  if (!row) throw noEndpoint()
  return { json: row.json, 'X-Kith-Not-Emitted': notEmitted(row.types).join(',') || undefined }
}

const endpoints = list({
  name: 'webhooks: endpoints',
  takes: { pattern: 'text?' },
  variants: () => orderings.flatMap((ordering) => [false, true].map((filtered) => ({ ordering, filtered }))),
  sql($, { ordering, filtered }) {
    const descending = ordering.startsWith('-')
    const field = ordering.replace('-', '') as (typeof fields)[number]
    const from = `from webhook_endpoint w where not w.deleted ${filtered ? `and lower(w.target) like ${$.pattern}` : ''}`
    return {
      columns: '',
      from,
      keys: [
        { sql: `w.${field}`, descending, type: field === 'is_active' ? 'boolean' : 'timestamptz' },
        { sql: 'w.id', descending, type: 'bigint' },
      ],
      joins: 'join webhook_endpoint w on w.id = p.k1',
      render,
      count: `select count(*) ${from}`,
    }
  },
})

/**
 * A page of the endpoints.
 * @param target part of the address, in any case
 */
export function listEndpoints(
  db: Db,
  { ordering = '-created_at', target }: { ordering?: Ordering; target?: string },
  page: PageRequest,
): Promise<PageRows<'WebhookEndpoint'>> {
  const pattern = target ? `%${target.toLowerCase().replace(/[\\%_]/g, '\\$&')}%` : null
  return endpoints.page(db, { pattern }, page, { ordering, filtered: pattern !== null })
}

const health = list({
  name: 'webhooks: how endpoints are doing',
  takes: { endpoint: 'bigint?' },
  variants: () => [true, false].map((single) => ({ single })),
  sql: ($, { single }) => ({
    columns: '',
    from: `from webhook_endpoint w where not w.deleted ${single ? `and w.id = ${$.endpoint}` : ''}`,
    keys: [
      { sql: 'w.created_at', descending: true, type: 'timestamptz' },
      { sql: 'w.id', descending: true, type: 'bigint' },
    ],
    joins: `join webhook_endpoint w on w.id = p.k1 join webhook_lane l on l.endpoint_id = w.id
      cross join lateral (
        select count(*) filter (where code between 200 and 299) as delivered,
          count(*) filter (where code not between 200 and 299) as refused,
          count(*) filter (where code is null) as unanswered, min(sent_at) as since,
          percentile_disc(0.5) within group (order by ms) as ms
        from (select code, sent_at, ms from webhook_attempt where endpoint_id = w.id
          order by sent_at desc, id desc limit ${maxRecent}) each
      ) r
      left join lateral (
        select * from webhook_attempt where endpoint_id = w.id order by sent_at desc, id desc limit 1
      ) a on true
      left join lateral (
        select ${namesErasedSql('body')} as erased from event where id = a.event_id
      ) e on true`,
    render: renderSql(WebhookHealth, null),
    count: `select count(*) from webhook_endpoint w where not w.deleted ${single ? `and w.id = ${$.endpoint}` : ''}`,
  }),
})

/** A page of the endpoints with their health, newest first; or one of them. */
export const listHealth = (
  db: Db,
  endpoint: number | undefined,
  page: PageRequest,
): Promise<PageRows<'WebhookHealth'>> =>
  health.page(db, { endpoint: endpoint ?? null }, page, { single: endpoint !== undefined })
