import { event } from '../platform/events/declare.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'

/** How a receiver of webhooks is doing. */
const EndpointHealth = Type.Object(
  {
    endpoint: Type.Object({ id: Type.Integer(), target: Type.String() }, { additionalProperties: false }),
    failures: Type.Integer({ description: 'Failed attempts in a row.' }),
    failing_since: nullable(Type.String({ format: 'date-time' })),
    reason: Type.String(),
  },
  { $id: 'EndpointHealth', description: 'How an endpoint of webhooks is doing.', additionalProperties: false },
)

export const endpointFailing = event('webhook_endpoint.failing', EndpointHealth)
export const endpointRecovered = event('webhook_endpoint.recovered', EndpointHealth)
export const endpointPaused = event('webhook_endpoint.paused', EndpointHealth)
