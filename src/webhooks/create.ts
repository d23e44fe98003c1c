import type { Ctx } from '../context.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { checkAddress, type Events, readEvents } from './inputs.ts'
import { renderEndpoint } from './list.ts'
import { inTurn, nextVersion, settleSpans } from './listening.ts'
import { makeSecret } from './secrets.ts'

export type Sent = {
  target: string
  events: Events
  is_active?: boolean
  description?: string
  ssl_cert_verification?: boolean
}

/** Makes an endpoint, and the lane it is delivered on: it is told of what happens from now on. */
export async function createEndpoint({ kith, db, now }: Ctx, sent: Sent): Promise<Json> {
  checkAddress(sent.target, kith.webhookAddresses)
  const events = readEvents(sent.events, now)
  return inTurn(db, async (tx) => {
    const version = await nextVersion(tx)
    const [row] = await tx.query<{ id: number }>(
      `with made as (
        insert into webhook_endpoint (created_at, updated_at, is_active, target, description, events,
          ssl_cert_verification, secret, version)
        values ($1, $1, $2, $3, $4, $5, $6, $7, $8) returning id
      ), lane as (
        -- A sequence that was never used says 1 all the same.
        insert into webhook_lane (endpoint_id, position)
        select made.id, case when is_called then last_value else 0 end from made, event_id
      )
      select id from made`,
      [
        now.toISOString(),
        sent.is_active ?? true,
        sent.target,
        sent.description ?? '',
        JSON.stringify(events),
        sent.ssl_cert_verification ?? true,
        makeSecret(),
        version,
      ],
    )
    const { id } = row as { id: number }
    await settleSpans(tx, id, version)
    return renderEndpoint(tx, id)
  })
}
