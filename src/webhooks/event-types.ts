// Acts between members name their events by type, and load no declarations.
import '../connections/events.ts'
import { eventLogInterrupted } from '../eventlog/events.ts'
import { isEmitted } from '../platform/events/declare.ts'
import { endpointFailing, endpointPaused, endpointRecovered } from './events.ts'

/**
 * The event types of the documentation, in its order: what endpoints may subscribe to. They belong to the contract,
 * not to a slice; Kith emits those that slices declare.
 */
export const eventTypes = [
  'category.created',
  'category.updated',
  'category.deleted',
  'category.follow',
  'category.unfollow',
  'comment.created',
  'comment.updated',
  'comment.deleted',
  'comment.restored',
  'connection_request.created',
  'connection_request.rejected',
  'connection_request.restored',
  'connection_request.cancelled',
  'connection.created',
  'connection.deleted',
  'connection.follow',
  'connection.unfollow',
  'custom_file.created',
  'custom_file.deleted',
  'custom_menu.created',
  'custom_menu.updated',
  'custom_menu.deleted',
  'custom_page.created',
  'custom_page.updated',
  'custom_page.deleted',
  'discussion.created',
  'discussion.updated',
  'discussion.deleted',
  'discussion.restored',
  'discussion.follow',
  'discussion.unfollow',
  'discussion.suspend',
  'discussion.unsuspend',
  'dynamic_preference.updated',
  'feature.updated',
  'legal_page.created',
  'legal_page.updated',
  'loyalty.prize.created',
  'loyalty.prize.updated',
  'loyalty.prize_request.created',
  'loyalty.prize_request.updated',
  'notification.contribution',
  'notification.comment',
  'notification.nested_comment',
  'notification.mention',
  'notification.vote_up',
  'notification.follow',
  'notification.private_message',
  'notification.deleted_for_advertising',
  'notification.deleted_for_aggressive',
  'notification.deleted_for_vulgar',
  'notification.deleted_for_poor',
  'notification.deleted_for_offtopic',
  'notification.undeleted_for',
  'notification.collapsed_for_advertising',
  'notification.collapsed_for_aggressive',
  'notification.collapsed_for_vulgar',
  'notification.collapsed_for_poor',
  'notification.collapsed_for_offtopic',
  'notification.connection_request',
  'notification.connection_accept',
  'notification.user_follow',
  'notification.kindly_notice_advertising',
  'notification.kindly_notice_aggressive',
  'notification.kindly_notice_vulgar',
  'notification.kindly_notice_poor',
  'notification.kindly_notice_offtopic',
  'notification.blocked_user',
  'notification.unblocked_user',
  'notification.custom_notification',
  'notification.banner.sent',
  'poll_vote.created',
  'poll_vote.deleted',
  'post.created',
  'post.updated',
  'post.deleted',
  'post.restored',
  'post.follow',
  'post.unfollow',
  'post.suspend',
  'post.unsuspend',
  'status.created',
  'status.updated',
  'status.deleted',
  'status.restored',
  'status.follow',
  'status.unfollow',
  'status.suspend',
  'status.unsuspend',
  'user.created',
  'user.updated',
  'user.deleted',
  'user.settings_updated',
  'user.score_updated',
  'user.loyalty_points_updated',
  'vote.created',
  'vote.deleted',
] as const

export type EventType = (typeof eventTypes)[number]

/** Kith's own events, about the log and deliveries; they are not in the documentation. */
export const operationalTypes = [
  eventLogInterrupted.type,
  endpointFailing.type,
  endpointRecovered.type,
  endpointPaused.type,
]

export type OperationalType = (typeof operationalTypes)[number]

const documented: ReadonlySet<string> = new Set(eventTypes)

/** Whether the documentation has an event of this name. */
export const isEventType = (name: string): name is EventType => documented.has(name)

/** Every type that can be subscribed to, and whether this Kith emits it. */
export const describeTypes = () =>
  [...eventTypes, ...operationalTypes].map((type) => ({
    type,
    emitted: isEmitted(type),
    documented: isEventType(type),
  }))

/** Those of some types that this Kith does not emit. */
export const notEmitted = (types: Iterable<string>): string[] => [...types].filter((type) => !isEmitted(type))
