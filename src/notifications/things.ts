import type { TSchema } from 'typebox'
import { renderSql } from '../platform/sql/view.ts'
import { renderUser } from '../users/queries.ts'
import { User, WebhookUser } from '../users/views.ts'
import type { Thing } from './declare.ts'

/** The member who did it, by the name that notifications of a type have for them. */
export const actorAs = (key: string): Thing => ({
  properties: { [key]: User.schema },
  sql: (flags, viewer) => `(select '"${key}":' || ${renderUser(flags)} from users u
    left join relation v on v.member_id = ${viewer} and v.other_id = u.id where u.id = n.actor_id)`,
  webhook: {
    properties: { [key]: WebhookUser.schema },
    sql: (flags) => `(select '"${key}":' || ${renderSql(WebhookUser, flags)} from users u where u.id = n.actor_id)`,
  },
})

/** What is kept with the notice itself, the same for everybody. */
export const keptAs = (key: string, schema: TSchema): Thing => ({
  properties: { [key]: schema },
  sql: () => `'"${key}":' || coalesce((n.data -> '${key}')::text, 'null')`,
  webhook: { properties: { [key]: schema }, sql: () => `'"${key}":' || coalesce((n.data -> '${key}')::text, 'null')` },
})
