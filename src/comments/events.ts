import { about, notificationEvent } from '../notifications/declare.ts'
import { event } from '../platform/events/declare.ts'
import { WebhookComment } from './views.ts'

export const commentCreated = event('comment.created', WebhookComment)
export const commentUpdated = event('comment.updated', WebhookComment)
export const commentDeleted = event('comment.deleted', WebhookComment)
export const commentRestored = event('comment.restored', WebhookComment)

export const commentNotified = notificationEvent('comment', [about])
export const replyNotified = notificationEvent('nested_comment', [about])
