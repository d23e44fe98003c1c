import type { Ctx } from '../context.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { changeRow, inTurn } from './listening.ts'

const batch = 5_000

/** Deletes some deliveries of an endpoint, and says how many they were. */
async function dropDeliveries(db: Db, id: number): Promise<number> {
  const [row] = await db.query<{ n: number }>(
    `with gone as (
      delete from webhook_delivery d using (
        select event_id from webhook_delivery where endpoint_id = $1 limit $2
      ) first where d.endpoint_id = $1 and d.event_id = first.event_id returning 1
    )
    select count(*)::int as n from gone`,
    [id, batch],
  )
  return row?.n ?? 0
}

/**
 * Deletes an endpoint. Without its lane whoever delivers finds nothing to write to any more; what was under way is
 * waited for, and nothing new begins. Its attempts go with their days.
 */
export function deleteEndpoint({ db, now }: Ctx, id: number): Promise<void> {
  return inTurn(db, async (tx) => {
    await changeRow(tx, id, now, () => ({ deleted: true }))
    await tx.query('delete from webhook_lane where endpoint_id = $1', [id])
    await tx.query('delete from webhook_recovery where endpoint_id = $1', [id])
    await dropDeliveries(tx, id)
  })
}

/**
 * Deletes for good what deleted endpoints have left: their deliveries, then they themselves. They stay for an hour, so
 * that every node has read of it by then.
 */
export async function removeLeftovers(db: Database, now = new Date()): Promise<void> {
  const deleted = await db.query<{ id: number; old: boolean }>(
    `select id, updated_at < $1::timestamptz - interval '1 hour' as old from webhook_endpoint where deleted`,
    [now.toISOString()],
  )
  for (const { id, old } of deleted) {
    while ((await dropDeliveries(db, id)) === batch) {}
    if (old) await db.query('delete from webhook_endpoint where id = $1 and deleted', [id])
  }
}
