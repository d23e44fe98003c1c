import type { TSchema } from 'typebox'
import { about, notificationEvent } from '../notifications/declare.ts'
import { event } from '../platform/events/declare.ts'
import Type from '../platform/schema.ts'
import { WebhookUser } from '../users/views.ts'
import { capital, forEachKind, type Kind } from './kinds.ts'
import { webhookViews, webhookWithinViews } from './views.ts'

const moment = Type.String({ format: 'date-time' })

/** The data of an event about a mark: when it was set, by whom, on what. */
const marked = (kind: Kind): TSchema =>
  Type.Object(
    { added_at: moment, user: WebhookUser.schema, [kind.name]: webhookWithinViews[kind.name].schema },
    { $id: `WebhookMarked${capital(kind.name)}`, additionalProperties: false },
  )

/** The events of a kind of contribution: its own, and those of marks on it. */
export const contributionEvents = forEachKind((kind) => {
  const itself = (what: string) => event(`${kind.name}.${what}`, webhookViews[kind.name].schema)
  const mark = (what: string) => event(`${kind.name}.${what}`, marked(kind))
  return {
    ...{ created: itself('created'), updated: itself('updated') },
    ...{ deleted: itself('deleted'), restored: itself('restored') },
    ...{ follow: mark('follow'), unfollow: mark('unfollow') },
    ...{ suspend: mark('suspend'), unsuspend: mark('unsuspend') },
  }
})

/** The events of notifications about contributions. */
export const notified = {
  contribution: notificationEvent('contribution', [about]),
  mention: notificationEvent('mention', [about]),
}
