import { event } from '../platform/events/declare.ts'
import { WebhookScore } from './views.ts'

export const scoreUpdated = event('user.score_updated', WebhookScore.schema)
