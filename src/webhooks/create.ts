import type { Ctx } from '../context.ts'
import { statement } from '../platform/sql/statement.ts'
import { checkEndpoint, type Events } from './inputs.ts'
import { renderEndpoint, type ShownEndpoint } from './list.ts'
import { lockEndpoints, nextVersion, updateSpans } from './listening.ts'
import { makeSecret } from './secrets.ts'

export type SentEndpoint = {
  target: string
  events: Events
  is_active?: boolean
  description?: string
  ssl_cert_verification?: boolean
}

const creating = statement({
  name: 'webhooks: create',
  takes: {
    ...{ now: 'timestamptz', is_active: 'boolean', target: 'text', description: 'text', events: 'json' },
    ...{ ssl_cert_verification: 'boolean', secret: 'text', version: 'int' },
  },
  gives: { id: 'bigint' },
  sql: ($) => `with made as (
      insert into webhook_endpoint (created_at, updated_at, is_active, target, description, events,
        ssl_cert_verification, secret, version)
      values (${$.now}, ${$.now}, ${$.is_active}, ${$.target}, ${$.description}, ${$.events},
        ${$.ssl_cert_verification}, ${$.secret}, ${$.version}) returning id
    ), lane as (
      -- A sequence that was never used says 1 all the same.
      insert into webhook_lane (endpoint_id, position)
      select made.id, case when is_called then last_value else 0 end from made, event_id
    )
    select id from made`,
})

/** Creates an endpoint and its lane. It receives the events that happen from now on. */
export async function createEndpoint(ctx: Ctx, sent: SentEndpoint): Promise<ShownEndpoint> {
  const { db, now } = ctx
  const { target, is_active = true, description = '', ssl_cert_verification = true } = sent
  const read = await checkEndpoint(ctx, sent)
  const events = JSON.stringify(read.events)
  return lockEndpoints(db, async (tx) => {
    const version = await nextVersion(tx)
    const options = { is_active, description, ssl_cert_verification, secret: makeSecret() }
    const row = await creating.row(tx, { now, target, events, ...options, version })
    const { id } = row as { id: number }
    await updateSpans(tx, id, version)
    return renderEndpoint(tx, id)
  })
}
