import type { Ctx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql, shown } from '../platform/sql/view.ts'
import { changeRow, lockEndpoints, noEndpoint } from './listening.ts'
import { WebhookDelivery } from './views.ts'

export type Settings = { rate_limit?: number | null; concurrency?: number | null; standard_headers?: boolean }

const showing = statement({
  name: 'webhooks: show the settings',
  takes: { id: 'bigint' },
  gives: { json: shown(WebhookDelivery) },
  sql: ($) => `select ${renderSql(WebhookDelivery, null)} as json
    from webhook_endpoint w join webhook_lane l on l.endpoint_id = w.id where w.id = ${$.id} and not w.deleted`,
})

/** The delivery settings of an endpoint, and how deliveries go. */
export async function renderSettings(db: Db, id: number): Promise<Json<'WebhookDelivery'>> {
  const row = await showing.row(db, { id })
  if (!row) throw noEndpoint()
  return row
}

/** Changes the delivery settings of an endpoint. */
export function changeSettings({ db, now }: Ctx, id: number, settings: Settings): Promise<Json<'WebhookDelivery'>> {
  return lockEndpoints(db, async (tx) => {
    await changeRow(tx, id, now, () => settings)
    return renderSettings(tx, id)
  })
}
