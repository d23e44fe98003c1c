import { notificationEvent } from '../notifications/declare.ts'
import { event } from '../platform/events/declare.ts'
import Type from '../platform/schema.ts'
import { shows } from './shown.ts'
import { voteSchemas } from './target.ts'

// A vote shows its target under the target's name: the schema covers every target, once all are defined.
const vote = (type: 'vote.created' | 'vote.deleted') =>
  Object.defineProperty(event(type, Type.Unknown()), 'data', { enumerable: true, get: () => Type.Union(voteSchemas()) })

export const voteCreated = vote('vote.created')
export const voteDeleted = vote('vote.deleted')

export const voteNotified = notificationEvent('vote_up', shows)
export const followNotified = notificationEvent('follow', shows)
