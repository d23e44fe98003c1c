import type { Ctx } from '../context.ts'
import { noEndpoint } from './listening.ts'

/** So many events are taken at once. */
export const mostAtOnce = 100_000

const mostNamed = 100

// The endpoint is locked as long as this takes: it is not deleted in the middle of it. In the order of their ids, so
// that two requests at once do not wait for each other.
const text = `with endpoint as materialized (
    select id from webhook_endpoint where id = $1 and not deleted for share
  ), asked as materialized (
    select distinct unnest($2::bigint[]) as id
  ), known as materialized (
    select asked.id from asked join lateral (select from event e where e.id = asked.id offset 0) e on true
  ), queued as (
    insert into webhook_delivery (endpoint_id, event_id, replay, run, attempts, due_at)
    select endpoint.id, known.id, true, 1, 0, $3 from endpoint, known order by known.id
    on conflict (endpoint_id, event_id) do update
      set replay = true, run = webhook_delivery.run + 1, attempts = 0, due_at = excluded.due_at
  )
  select exists (select from endpoint) as there,
    array(select id from asked except select id from known order by 1 limit ${mostNamed + 1}) as unknown`

/**
 * Queues events to be sent to an endpoint again, whatever became of them before. What is queued stays so until it is
 * done, also while the endpoint is inactive.
 * @returns the ids there is no event of, as a header
 */
export async function resendEvents({ db, now }: Ctx, id: number, events: number[]) {
  // A transaction, because whoever delivers may hold these rows in another order; then this is tried again.
  const [row] = await db.transaction((tx) =>
    tx.query<{ there: boolean; unknown: string[] }>(text, [id, events, now.toISOString()]),
  )
  if (!row?.there) throw noEndpoint()
  db.wake()
  const { unknown } = row
  const named = unknown.slice(0, mostNamed).join(',')
  return { 'X-Kith-Unknown-Events': unknown.length > mostNamed ? `${named},...` : named || undefined }
}
