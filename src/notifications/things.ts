import type { TSchema } from 'typebox'
import type { Flags } from '../community/flags.ts'
import { renderSql } from '../platform/sql/view.ts'
import { renderUser } from '../users/queries.ts'
import { User, WebhookUser } from '../users/views.ts'
import { relationJoin } from '../users/visibility.ts'
import type { Thing } from './declare.ts'

/**
 * SQL that joins the actor of a notice n as `actor`: `json` is null if there is none. Every type shows the actor,
 * each under its own name, so actors are rendered in one place.
 */
export const actorJoin = (flags: Flags, viewer: string) => `left join lateral (
    select ${renderUser(flags)} as json from users u
    ${relationJoin(viewer, 'u.id')} where u.id = n.actor_id offset 0
  ) actor on true`

/** The actor, under the name that notifications of a type use. */
export const actorAs = (key: string): Thing => ({
  properties: { [key]: User.schema },
  sql: () => `'"${key}":' || actor.json`,
  webhook: {
    properties: { [key]: WebhookUser.schema },
    sql: (flags) => `(select '"${key}":' || ${renderSql(WebhookUser, flags)} from users u where u.id = n.actor_id)`,
  },
})

/** Data stored with the notice itself, the same for everybody. */
export const keptAs = (key: string, schema: TSchema): Thing => ({
  properties: { [key]: schema },
  sql: () => `'"${key}":' || coalesce((n.data -> '${key}')::text, 'null')`,
  webhook: { properties: { [key]: schema }, sql: () => `'"${key}":' || coalesce((n.data -> '${key}')::text, 'null')` },
})
