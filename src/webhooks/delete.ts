import type { Ctx } from '../context.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { chosenSql } from '../platform/sql/chosen.ts'
import { statement } from '../platform/sql/statement.ts'
import { changeRow, lockEndpoints } from './listening.ts'

const batch = 5_000

const deletingDeliveries = statement({
  name: 'webhooks: delete some deliveries',
  takes: { id: 'bigint', batch: 'bigint' },
  gives: { n: 'int' },
  sql: ($) => `with gone as (
      delete from webhook_delivery where endpoint_id = ${$.id} and ${chosenSql(
        'event_id',
        `select event_id from webhook_delivery where endpoint_id = ${$.id} limit ${$.batch}`,
      )} returning 1
    )
    select count(*)::int as n from gone`,
})

/** Deletes some deliveries of an endpoint, and returns how many. */
async function deleteDeliveries(db: Db, id: number): Promise<number> {
  const row = await deletingDeliveries.row(db, { id, batch })
  return row?.n ?? 0
}

const deletingLane = statement({
  name: 'webhooks: delete a lane',
  takes: { id: 'bigint' },
  gives: {},
  sql: ($) => `delete from webhook_lane where endpoint_id = ${$.id}`,
})

const deletingRecoveries = statement({
  name: 'webhooks: delete the recoveries of an endpoint',
  takes: { id: 'bigint' },
  gives: {},
  sql: ($) => `with ended as (delete from webhook_recovery_ended where endpoint_id = ${$.id})
    delete from webhook_recovery where endpoint_id = ${$.id}`,
})

/**
 * Deletes an endpoint. The engine writes only to endpoints with a lane; it waits for requests under way and begins no
 * others. The attempts are dropped with their days.
 */
export function deleteEndpoint({ db, now }: Ctx, id: number): Promise<void> {
  return lockEndpoints(db, async (tx) => {
    await changeRow(tx, id, now, () => ({ deleted: true }))
    await deletingLane.rows(tx, { id })
    await deletingRecoveries.rows(tx, { id })
    await deleteDeliveries(tx, id)
  })
}

const leftovers = statement({
  name: 'webhooks: deleted endpoints',
  takes: { now: 'timestamptz' },
  gives: { id: 'bigint', old: 'boolean' },
  sql: ($) => `select id, updated_at < ${$.now} - interval '1 hour' as old from webhook_endpoint where deleted`,
})

const removing = statement({
  name: 'webhooks: remove a deleted endpoint',
  takes: { id: 'bigint' },
  gives: {},
  sql: ($) => `delete from webhook_endpoint where id = ${$.id} and deleted`,
})

/**
 * Removes what deleted endpoints have left: their deliveries, then their own rows. A row stays for an hour, so that
 * every node has seen it by then.
 */
export async function removeLeftovers(db: Database, now = new Date()): Promise<void> {
  for (const { id, old } of await leftovers.rows(db, { now })) {
    while ((await deleteDeliveries(db, id)) === batch) {}
    if (old) await removing.rows(db, { id })
  }
}
