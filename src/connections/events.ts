import { notificationEvent } from '../notifications/declare.ts'
import { event } from '../platform/events/declare.ts'
import Type from '../platform/schema.ts'
import { WebhookUser } from '../users/views.ts'
import { shows } from './shown.ts'

/** What `bothSql` renders. */
const Both = Type.Object(
  { to_user: WebhookUser.schema, from_user: WebhookUser.schema },
  {
    $id: 'WebhookPair',
    description: 'Two members, as webhook receivers see them. `from_user` is the one who asked, or who follows.',
    additionalProperties: false,
  },
)

export const requestCreated = event('connection_request.created', Both)
export const requestRejected = event('connection_request.rejected', Both)
export const requestRestored = event('connection_request.restored', Both)
export const requestCancelled = event('connection_request.cancelled', Both)
export const connectionCreated = event('connection.created', Both)
export const connectionDeleted = event('connection.deleted', Both)
export const followed = event('connection.follow', Both)
export const unfollowed = event('connection.unfollow', Both)

export const requestNotified = notificationEvent('connection_request', shows.request)
export const acceptNotified = notificationEvent('connection_accept', shows.accept)
export const followNotified = notificationEvent('user_follow', shows.follow)
