import type { TSchema } from 'typebox'
import { Embed } from '../embeds/views.ts'
import Type from '../platform/schema.ts'
import { nullable, renderSql } from '../platform/sql/view.ts'
import type { Thing } from './declare.ts'
import { actorAs } from './things.ts'

const properties: Record<string, TSchema> = {
  id: Type.Integer(),
  type: Type.String(),
  embed: nullable(Embed.schema),
  title: nullable(Type.String()),
  description: nullable(Type.String()),
}
const recipients_type = Type.Enum(['connections', 'user'])

// The embed is stored by id, and shown in its present state.
const embed = `(select (${renderSql(Embed, null)})::jsonb from embed e
  where e.id = (n.data -> 'custom_notification' ->> 'embed')::bigint)`
const kept = `(n.data -> 'custom_notification') || jsonb_build_object('id', n.id, 'embed', ${embed})`

/** The text of a custom notification, stored with the notice. */
const custom: Thing = {
  properties: {
    custom_notification: Type.Object(
      { ...properties, recipients_type },
      { $id: 'CustomNotification', additionalProperties: false },
    ),
  },
  sql: () => `'"custom_notification":' || (${kept})::text`,
  webhook: {
    properties: {
      custom_notification: Type.Object(properties, { $id: 'WebhookCustomNotification', additionalProperties: false }),
    },
    sql: () => `'"custom_notification":' || ((${kept}) - 'recipients_type')::text`,
  },
}

/** What a custom notification shows. */
export const customShows = [custom, actorAs('user')]
