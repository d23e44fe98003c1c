import { isModerator } from '../auth/actor.ts'
import { members, notBlocked } from '../auth/audience.ts'

/** Members who are not blocked. What moderators do for others is recorded in the audit trail. */
export const scorer = members(
  'scorer',
  'Authentication is required, and a blocked member is refused. Only moderators act for others than themselves.',
  { member: notBlocked, byRole: (actor) => isModerator(actor) },
)
