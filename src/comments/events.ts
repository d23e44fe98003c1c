import { event } from '../platform/events/declare.ts'
import { WebhookComment } from './views.ts'

export const commentCreated = event('comment.created', WebhookComment)
export const commentUpdated = event('comment.updated', WebhookComment)
export const commentDeleted = event('comment.deleted', WebhookComment)
export const commentRestored = event('comment.restored', WebhookComment)
