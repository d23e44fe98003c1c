import type { TSchema } from 'typebox'
import type { Flags } from '../community/flags.ts'
import { renderSql } from '../platform/sql/view.ts'
import { renderUser } from '../users/queries.ts'
import { User, WebhookUser } from '../users/views.ts'
import type { Thing } from './declare.ts'

/**
 * SQL that joins the one who did what a notice n says as `actor`: `json` is null where there is none. Every type shows them,
 * each under a name of its own: so they are rendered in one place.
 */
export const actorJoin = (flags: Flags, viewer: string) => `left join lateral (
    select ${renderUser(flags)} as json from users u
    left join relation v on v.member_id = ${viewer} and v.other_id = u.id where u.id = n.actor_id offset 0
  ) actor on true`

/** The member who did it, by the name that notifications of a type have for them. */
export const actorAs = (key: string): Thing => ({
  properties: { [key]: User.schema },
  sql: () => `'"${key}":' || actor.json`,
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
