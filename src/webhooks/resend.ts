import type { Ctx } from '../context.ts'
import { keepEvents } from '../eventlog/remove.ts'
import { notFound } from '../platform/errors.ts'
import { statement } from '../platform/sql/statement.ts'
import { noEndpoint } from './listening.ts'

/** Largest number of events per request. */
export const maxEvents = 100_000

/** Largest number of unknown ids that the answer names. */
const maxNamed = 100

const queueing = statement({
  name: 'webhooks: queue events again',
  takes: { id: 'bigint', events: 'bigint[]', now: 'timestamptz' },
  gives: { there: 'boolean', unknown: 'bigint[]' },
  // The endpoint stays locked, so that nobody deletes it meanwhile. Rows are written in the order of their ids, so
  // that two requests at once do not wait in a circle.
  sql: ($) => `with endpoint as materialized (
      select id from webhook_endpoint where id = ${$.id} and not deleted for share
    ), asked as materialized (
      select distinct unnest(${$.events}) as id
    ), known as materialized (
      select asked.id from asked join lateral (select from event e where e.id = asked.id offset 0) e on true
    ), queued as (
      insert into webhook_delivery (endpoint_id, event_id, replay, run, attempts, due_at)
      select endpoint.id, known.id, true, 1, 0, ${$.now} from endpoint, known order by known.id
      on conflict (endpoint_id, event_id) do update
        set replay = true, run = webhook_delivery.run + 1, attempts = 0, due_at = excluded.due_at
    )
    select exists (select from endpoint) as there,
      array(select id from asked except select id from known order by 1 limit ${maxNamed + 1}) as unknown`,
})

async function queue({ db, now }: Ctx, id: number, events: number[]): Promise<number[]> {
  // In a transaction, because the engine may lock these rows in another order; after a deadlock it is tried again.
  const row = await db.transaction(async (tx) => {
    await keepEvents(tx)
    return queueing.row(tx, { id, events, now })
  })
  if (!row?.there) throw noEndpoint()
  db.wake()
  return row.unknown
}

/**
 * Queues an event to be sent to an endpoint again, whatever became of it before. It stays queued until it is sent,
 * also while the endpoint is inactive.
 */
export async function resendEvent(ctx: Ctx, id: number, event: number): Promise<void> {
  const [unknown] = await queue(ctx, id, [event])
  if (unknown !== undefined) throw notFound('No event has this id.')
}

/**
 * Queues events to be sent to an endpoint again, as far as they exist.
 * @returns the ids of unknown events, as a header
 */
export async function resendEvents(ctx: Ctx, id: number, events: number[]) {
  const unknown = await queue(ctx, id, events)
  const named = unknown.slice(0, maxNamed).join(',')
  return { 'X-Kith-Unknown-Events': unknown.length > maxNamed ? `${named},...` : named || undefined }
}
