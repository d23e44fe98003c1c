/** The events of what moderators tell members. */
export { moderationNotified } from './notices.ts'
