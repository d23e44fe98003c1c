// Made by `npm run events`, from the schemas that the server renders events with. Do not change it by hand.

/** Two members, as webhook receivers see them. `from_user` is the one who asked, or who follows. */
export interface WebhookPair {
  to_user: WebhookUser
  from_user: WebhookUser
}

/** A member, as webhook receivers see them. */
export interface WebhookUser {
  id: number
  username: string
  real_name: string
  avatar: string | null
  cover: string | null
  ext_id: string | null
  date_joined: string
  bio: string
  location: string
  location_lat_lng: string
  position_lat_lng: string
  date_of_birth: string | null
  description: string
  gender: 'Male' | 'Female' | 'Unspecified'
  /** a approved, b blocked, d deleted, u unregistered */
  status: 'a' | 'b' | 'd' | 'u'
  website: string
  tags: unknown[]
  reputation: number
  email: string | null
  email_isvalid: boolean
  followings_counter?: number
  followers_counter?: number
  connection_requests_sent_counter?: number
  connection_requests_received_counter?: number
  connections_counter?: number
  posts_counter?: number
  discussions_counter?: number
  statuses_counter?: number
  polls_counter?: number
}

/** An option of the community. */
export interface DynamicPreference {
  id: number
  section: string
  name: string
  value: boolean | number | string
}

/** Settings, as webhook receivers see them. */
export interface WebhookSettings {
  qa_frequency: number
  email_notification_not_qa: number
  mobile_notifications_scmty: number
  show_toast_notifications: number
  toast_notifications_emit_sound: number
  user: WebhookUser
}

/** How an endpoint of webhooks is doing. */
export interface EndpointHealth {
  endpoint: {
    id: number
    target: string
  }
  /** Failed attempts in a row. */
  failures: number
  failing_since: string | null
  reason: string
}

/** What each type of event carries. Types with a `Record` are documented, and not told yet. */
export interface EventData {
  'category.created': Record<string, unknown>
  'category.updated': Record<string, unknown>
  'category.deleted': Record<string, unknown>
  'category.follow': Record<string, unknown>
  'category.unfollow': Record<string, unknown>
  'comment.created': Record<string, unknown>
  'comment.updated': Record<string, unknown>
  'comment.deleted': Record<string, unknown>
  'comment.restored': Record<string, unknown>
  'connection_request.created': WebhookPair
  'connection_request.rejected': WebhookPair
  'connection_request.restored': WebhookPair
  'connection_request.cancelled': WebhookPair
  'connection.created': WebhookPair
  'connection.deleted': WebhookPair
  'connection.follow': WebhookPair
  'connection.unfollow': WebhookPair
  'custom_file.created': Record<string, unknown>
  'custom_file.deleted': Record<string, unknown>
  'custom_menu.created': Record<string, unknown>
  'custom_menu.updated': Record<string, unknown>
  'custom_menu.deleted': Record<string, unknown>
  'custom_page.created': Record<string, unknown>
  'custom_page.updated': Record<string, unknown>
  'custom_page.deleted': Record<string, unknown>
  'discussion.created': Record<string, unknown>
  'discussion.updated': Record<string, unknown>
  'discussion.deleted': Record<string, unknown>
  'discussion.restored': Record<string, unknown>
  'discussion.follow': Record<string, unknown>
  'discussion.unfollow': Record<string, unknown>
  'discussion.suspend': Record<string, unknown>
  'discussion.unsuspend': Record<string, unknown>
  'dynamic_preference.updated': DynamicPreference
  'feature.updated': Record<string, unknown>
  'legal_page.created': Record<string, unknown>
  'legal_page.updated': Record<string, unknown>
  'loyalty.prize.created': Record<string, unknown>
  'loyalty.prize.updated': Record<string, unknown>
  'loyalty.prize_request.created': Record<string, unknown>
  'loyalty.prize_request.updated': Record<string, unknown>
  'notification.contribution': Record<string, unknown>
  'notification.comment': Record<string, unknown>
  'notification.nested_comment': Record<string, unknown>
  'notification.mention': Record<string, unknown>
  'notification.vote_up': Record<string, unknown>
  'notification.follow': Record<string, unknown>
  'notification.private_message': Record<string, unknown>
  'notification.deleted_for_advertising': Record<string, unknown>
  'notification.deleted_for_aggressive': Record<string, unknown>
  'notification.deleted_for_vulgar': Record<string, unknown>
  'notification.deleted_for_poor': Record<string, unknown>
  'notification.deleted_for_offtopic': Record<string, unknown>
  'notification.undeleted_for': Record<string, unknown>
  'notification.collapsed_for_advertising': Record<string, unknown>
  'notification.collapsed_for_aggressive': Record<string, unknown>
  'notification.collapsed_for_vulgar': Record<string, unknown>
  'notification.collapsed_for_poor': Record<string, unknown>
  'notification.collapsed_for_offtopic': Record<string, unknown>
  'notification.connection_request': Record<string, unknown>
  'notification.connection_accept': Record<string, unknown>
  'notification.user_follow': Record<string, unknown>
  'notification.kindly_notice_advertising': Record<string, unknown>
  'notification.kindly_notice_aggressive': Record<string, unknown>
  'notification.kindly_notice_vulgar': Record<string, unknown>
  'notification.kindly_notice_poor': Record<string, unknown>
  'notification.kindly_notice_offtopic': Record<string, unknown>
  'notification.blocked_user': Record<string, unknown>
  'notification.unblocked_user': Record<string, unknown>
  'notification.custom_notification': Record<string, unknown>
  'notification.banner.sent': Record<string, unknown>
  'poll_vote.created': Record<string, unknown>
  'poll_vote.deleted': Record<string, unknown>
  'post.created': Record<string, unknown>
  'post.updated': Record<string, unknown>
  'post.deleted': Record<string, unknown>
  'post.restored': Record<string, unknown>
  'post.follow': Record<string, unknown>
  'post.unfollow': Record<string, unknown>
  'post.suspend': Record<string, unknown>
  'post.unsuspend': Record<string, unknown>
  'status.created': Record<string, unknown>
  'status.updated': Record<string, unknown>
  'status.deleted': Record<string, unknown>
  'status.restored': Record<string, unknown>
  'status.follow': Record<string, unknown>
  'status.unfollow': Record<string, unknown>
  'status.suspend': Record<string, unknown>
  'status.unsuspend': Record<string, unknown>
  'user.created': WebhookUser
  'user.updated': WebhookUser
  'user.deleted': WebhookUser
  'user.settings_updated': WebhookSettings
  'user.score_updated': Record<string, unknown>
  'user.loyalty_points_updated': Record<string, unknown>
  'vote.created': Record<string, unknown>
  'vote.deleted': Record<string, unknown>

  // About the delivery of events.
  'webhook_endpoint.failing': EndpointHealth
  'webhook_endpoint.recovered': EndpointHealth
  'webhook_endpoint.paused': EndpointHealth
}

export type EventType = keyof EventData

/** An event of one type, as it is sent. */
export interface EventOf<Type extends EventType> {
  /** The same in every attempt to deliver the event: what you have seen, ignore. */
  event_id: number
  type: Type
  /** Seconds since 1970, with microseconds. */
  created: number
  data: EventData[Type]
}

/** Any event. Its `type` tells what `data` is. */
export type Event = { [Type in EventType]: EventOf<Type> }[EventType]
