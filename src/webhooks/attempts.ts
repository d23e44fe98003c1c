import type { Db } from '../platform/db/database.ts'
import { bodySql, namesErasedSql } from '../platform/events/body.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { type Cut, list, type Way } from '../platform/sql/list.ts'
import { renderSql } from '../platform/sql/view.ts'
import { noEndpoint } from './listening.ts'
import { EventAttempt, WebhookAttempt } from './views.ts'

const fields = ['created_at', 'sent_at', 'next_retry'] as const

export type Ordering = (typeof fields)[number] | `-${(typeof fields)[number]}`
export const orderings = [...fields, ...fields.map((each) => `-${each}` as const)] satisfies Ordering[]

/**
 * The attempts that a list reads: SQL of their endpoint, and the relation: all attempts, or those `found` beforehand.
 */
type Source = { endpoint: string; relation: 'webhook_attempt' | 'found' }

/**
 * SQL that reads attempts along one of the two indexes, beyond a moment and an id. If the order is by moment, the day
 * of the moment says which partitions need not be opened.
 */
function walk(
  { endpoint, relation }: Source,
  column: 'sent_at' | 'next_retry',
  descending: boolean,
  from: { moment: string; id: string } | null,
) {
  const sign = descending ? '<' : '>'
  const days = from && column === 'sent_at' ? `and a.sent_at ${sign}= ${from.moment}` : ''
  return `from ${relation} a where a.endpoint_id = ${endpoint}
    ${from ? `and (a.${column}, a.id) ${sign} (${from.moment}, ${from.id}) ${days}` : ''}
    ${column === 'next_retry' ? 'and a.next_retry is not null' : ''}`
}

const order = (column: string, descending: boolean) =>
  `order by a.${column} ${descending ? 'desc' : 'asc'}, a.id ${descending ? 'desc' : 'asc'}`

/** By the time they were sent: one scan. */
const pickSent =
  (source: Source, descending: boolean) =>
  (way: Way, { key, page }: Cut) => {
    const down = descending !== (way === 'before')
    const [moment, id] = key as [string, string]
    const from = way === 'first' ? null : { moment, id }
    return page(`select a.sent_at, a.sent_at as k0, a.id as k1 ${walk(source, 'sent_at', down, from)}
    ${order('sent_at', down)}`)
  }

/**
 * By the next retry: first those that have one, in that order, then the others, last sent first. The second half is
 * read only if the first did not fill the page.
 */
const pickRetry =
  (source: Source, descending: boolean) =>
  (way: Way, { limit, offset, key, part }: Cut) => {
    const backwards = way === 'before'
    const [retried, moment, id] = key as [string, string, string]
    const half = (name: 'retried' | 'rest', most?: string) => {
      const column = name === 'retried' ? 'next_retry' : 'sent_at'
      const down = (name === 'rest' || descending) !== backwards
      // If the cursor is in the other half, this half is wholly behind it or wholly before it.
      const isFirst = (name === 'retried') !== backwards
      const nothing = down ? `'-infinity'` : `'infinity'`
      const everything = down ? `'infinity'` : `'-infinity'`
      const here = name === 'retried' ? retried : `not ${retried}`
      const from = { moment: `case when ${here} then ${moment} else ${isFirst ? nothing : everything} end`, id }
      return part(
        `select a.sent_at, ${name === 'retried'} as k0, a.${column} as k1, a.id as k2
      ${walk(source, column, down, way === 'first' ? null : from)} ${name === 'rest' ? 'and a.next_retry is null' : ''}
      ${order(column, down)}`,
        most,
      )
    }
    const [one, other] = backwards ? (['rest', 'retried'] as const) : (['retried', 'rest'] as const)
    return `with first_half as materialized (${half(one)}),
      second_half as materialized (${half(other, `${limit} + 1 - (select count(*) from first_half)`)})
    select * from (
      select 1 as half, row_number() over () as place, * from first_half
      union all select 2, row_number() over (), * from second_half
    ) halves order by half, place limit ${limit} + 1 ${offset ? `offset ${offset}` : ''}`
  }

const attempts = list({
  name: 'webhooks: attempts',
  takes: { id: 'bigint', event: 'bigint?' },
  extra: { there: 'boolean?' },
  variants: () => orderings.flatMap((ordering) => [false, true].map((ofEvent) => ({ ordering, ofEvent }))),
  sql($, { ordering, ofEvent }) {
    const descending = ordering.startsWith('-')
    const byRetry = ordering.endsWith('next_retry')
    const source: Source = { endpoint: $.id, relation: ofEvent ? 'found' : 'webhook_attempt' }
    return {
      columns: '',
      from: '',
      pick: byRetry ? pickRetry(source, descending) : pickSent(source, descending),
      with: ofEvent
        ? `found as materialized (
            select a.endpoint_id, a.sent_at, a.id, a.next_retry from webhook_attempt a
            where a.endpoint_id = ${$.id} and a.event_id = ${$.event}
          )`
        : undefined,
      // Named here only for the cursor: the picks order for themselves.
      keys: [
        ...(byRetry ? [{ sql: 'k0', descending: true, type: 'boolean' as const }] : []),
        { sql: byRetry ? 'k1' : 'k0', descending, type: 'timestamptz' },
        { sql: byRetry ? 'k2' : 'k1', descending, type: 'bigint' },
      ],
      // `offset 0` keeps these index look-ups, whatever PostgreSQL estimates.
      joins: `cross join lateral (select * from webhook_attempt a
          where a.endpoint_id = ${$.id} and a.sent_at = p.sent_at and a.id = p.${byRetry ? 'k2' : 'k1'} offset 0) a
        cross join lateral (select type, created, ${bodySql('body')} as body, ${namesErasedSql('body')} as erased
          from event e where e.id = a.event_id offset 0) e`,
      render: renderSql(WebhookAttempt, null),
      weight: `(select octet_length(e.body::text) from webhook_attempt a join event e on e.id = a.event_id
        where a.endpoint_id = ${$.id} and a.sent_at = p.sent_at and a.id = p.${byRetry ? 'k2' : 'k1'})`,
      count: ofEvent ? 'select count(*) from found' : `select attempts from webhook_lane where endpoint_id = ${$.id}`,
      extra: { there: `select true from webhook_endpoint where id = ${$.id} and not deleted` },
    }
  },
})

/**
 * A page of the attempts to deliver to an endpoint, last first unless another order is asked for.
 * @param event only attempts to deliver this event
 */
export async function listAttempts(
  db: Db,
  id: number,
  { ordering = '-created_at', event }: { ordering?: Ordering; event?: number },
  page: PageRequest,
): Promise<PageRows<'WebhookAttempt'>> {
  const variant = { ordering, ofEvent: event !== undefined }
  const { extra, ...rows } = await attempts.page(db, { id, event: event ?? null }, page, variant)
  if (!extra.there) throw noEndpoint()
  return rows
}

const eventAttempts = list({
  name: 'webhooks: attempts at an event',
  takes: { event: 'bigint', endpoint: 'bigint?' },
  sql: ($) => ({
    columns: '',
    // One event has few.
    from: `from webhook_attempt a where a.event_id = ${$.event} and (${$.endpoint} is null or a.endpoint_id = ${$.endpoint})
      and exists (select from webhook_endpoint w where w.id = a.endpoint_id and not w.deleted)`,
    keys: [
      { sql: 'a.sent_at', descending: true, type: 'timestamptz' },
      { sql: 'a.id', descending: true, type: 'bigint' },
    ],
    joins: `cross join lateral (select * from webhook_attempt a
        where a.event_id = ${$.event} and a.sent_at = p.k0 and a.id = p.k1 offset 0) a
      cross join lateral (select type, created, ${bodySql('body')} as body, ${namesErasedSql('body')} as erased
        from event e where e.id = a.event_id offset 0) e`,
    render: renderSql(EventAttempt, null),
    weight: `(select octet_length(body::text) from event where id = ${$.event})`,
  }),
})

/** A page of the attempts to deliver one event, last first: to all endpoints, or to one. */
export const listEventAttempts = (db: Db, event: number, endpoint: number | undefined, page: PageRequest) =>
  eventAttempts.page(db, { event, endpoint: endpoint ?? null }, page)
