import { event } from '../platform/events/declare.ts'
import { WebhookPollVote } from './views.ts'

export const pollVoteCreated = event('poll_vote.created', WebhookPollVote.schema)
export const pollVoteDeleted = event('poll_vote.deleted', WebhookPollVote.schema)
