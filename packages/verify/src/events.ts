// Made by `npm run events`, from the schemas that the server renders events with. Do not change it by hand.

/** A category, and the member who did something with it. */
export interface WebhookCategoryAct {
  category: WebhookCategory
  user: WebhookUser
  /** When it was followed; otherwise when the category was made. */
  added_at: string
}

/** A category, as webhook receivers see it. */
export interface WebhookCategory {
  id: number
  tags: Tag[]
  followed: boolean
  order: number
  name: string
  name_synonyms: string | null
  slug: string
  slogan: string | null
  html_info: string | null
  seo_title: string | null
  seo_description: string | null
  /** default: new members follow it; forced: everybody does, and it cannot be unfollowed. */
  auto_follow: 'none' | 'default' | 'forced'
  content_only_staff: boolean
  active: boolean
  image_original: string | null
  /** Address of a picture. Kith draws one for categories without. */
  image_bigger: string
  /** Address of a picture. Kith draws one for categories without. */
  image_big: string
  /** Address of a picture. Kith draws one for categories without. */
  image_medium: string
  /** Address of a picture. Kith draws one for categories without. */
  image_small: string
  emotional_image_original: string
  emotional_image_position: number
  lastmod_datetime: string
  stream_order_by: 'recent' | 'last_activity' | 'relevance'
  followers_counter: number
}

/** What administrators mark members, categories or contributions with. */
export interface Tag {
  id: number
  type: 'user' | 'category' | 'contribution'
  name: string
  description: string | null
  color: string
  visible: boolean
  visibility_boost: boolean
  created_at: string
  active: boolean
  deleted: boolean
}

/** A member, as webhook receivers see them. */
export interface WebhookUser {
  id: number
  username: string
  real_name: string
  /** Address of a picture. Kith draws one for members who have chosen none. */
  avatar: string
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
  tags: Tag[]
  reputation: number
  email: string | null
  email_isvalid: boolean
  followings_counter: number
  followers_counter: number
  connection_requests_sent_counter: number
  connection_requests_received_counter: number
  connections_counter: number
  posts_counter?: number
  discussions_counter?: number
  statuses_counter?: number
  polls_counter: number
}

/** A comment on a status, as webhook receivers see it. */
export interface WebhookCommentOnStatus {
  id: number
  status: number
  author: WebhookCommentAuthor
  added_at: string
  html: string
  summary: string
  deleted: boolean
  collapsed: boolean
  parent: number | null
  in_reply_to: number | null
  comment_count: number
  vote_count: number
  flag_count: number
}

/** The author of a comment, as webhook receivers see them. */
export interface WebhookCommentAuthor {
  id: number
  username: string
  real_name: string
  /** Address of a picture. Kith draws one for members who have chosen none. */
  avatar: string
  ext_id: string | null
  description: string
  tags: Tag[]
  reputation: number
  followings_counter: number
  followers_counter: number
  connection_requests_sent_counter: number
  connection_requests_received_counter: number
  connections_counter: number
  posts_counter?: number
  discussions_counter?: number
  statuses_counter?: number
  polls_counter: number
}

/** A comment on a post, as webhook receivers see it. */
export interface WebhookCommentOnPost {
  id: number
  post: number
  author: WebhookCommentAuthor
  added_at: string
  html: string
  summary: string
  deleted: boolean
  collapsed: boolean
  parent: number | null
  in_reply_to: number | null
  comment_count: number
  vote_count: number
  flag_count: number
}

/** A comment on a discussion, as webhook receivers see it. */
export interface WebhookCommentOnDiscussion {
  id: number
  discussion: number
  author: WebhookCommentAuthor
  added_at: string
  html: string
  summary: string
  deleted: boolean
  collapsed: boolean
  parent: number | null
  in_reply_to: number | null
  comment_count: number
  vote_count: number
  flag_count: number
}

/** Two members, as webhook receivers see them. `from_user` is the one who asked, or who follows. */
export interface WebhookPair {
  to_user: WebhookUser
  from_user: WebhookUser
}

/** Links that clients show together. */
export interface CustomMenu {
  id: number
  name: string
  items: CustomMenuItem[]
  created_at: string | null
  updated_at: string | null
}

/** A link of a menu. */
export interface CustomMenuItem {
  id: number
  /** Id of the menu it is in. */
  custom_menu: number
  label: string
  /** An address of the community's site; a path if `app_url` is empty. */
  url: string
  attrs: string
  order: number
}

/** A page that the community writes of itself. */
export interface CustomPage {
  id: number
  type: 'normal'
  slug: string
  title: string
  html_summary: string | null
  html_body: string | null
  valid_from: string | null
  valid_to: string | null
  created_at: string
  updated_at: string | null
  active: boolean
  created_by: number
  updated_by: number | null
}

/** A discussion, as webhook receivers see it. */
export interface WebhookDiscussion {
  id: number
  categories: WebhookCategory[]
  medias: WebhookMedia[]
  location: Location | null
  poll: WebhookPoll | null
  last_activity_at: string
  last_edited_at: string | null
  author: WebhookAuthor
  added_at: string
  html: string
  summary: string
  deleted: boolean
  collapsed: boolean
  comment_count: number
  vote_count: number
  flag_count: number
  share_count: number
  addressing: number[]
  tags: Tag[]
  title: string
  slug: string
  view_count: number
  follower_count: number
}

/** A media, as webhook receivers see it. */
export interface WebhookMedia {
  id: number
  added_at: string
  type: 'image' | 'url' | 'embed' | 'eimage' | 'doc' | 'share'
  title: string
  description: string
  url: string
  image: string
  image_width: number
  image_height: number
  order: number
  embed: MediaEmbed | null
}

/** What a media leads to. */
export interface MediaEmbed {
  id: number | null
  /** sc_link: a page elsewhere; sc_shared_object: a shared contribution. */
  embed_type: string
  embed_id: string
  url: string | null
  /** What is known of it. */
  metadata: Record<string, unknown>
}

export interface Location {
  location: string
  lat: number
  lng: number
}

/** A poll, as webhook receivers see it. */
export interface WebhookPoll {
  id: number
  title: string
  multiple_choices: boolean
  added_at: string
  modified_at: string
  /** Nobody can vote, because its author closed it or its time is over. */
  closed: boolean
  expiration_at: string | null
  hidden: boolean
  choices: WebhookPollChoice[]
}

/** A choice, as webhook receivers see it. */
export interface WebhookPollChoice {
  id: number
  choice: string
  order: number
  added_at: string
  deleted: boolean
  vote_count: number
}

/** An author, as webhook receivers see them. */
export interface WebhookAuthor {
  id: number
  username: string
  real_name: string
  /** Address of a picture. Kith draws one for members who have chosen none. */
  avatar: string
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
  website: string
  tags: Tag[]
  reputation: number
  followings_counter: number
  followers_counter: number
  connection_requests_sent_counter: number
  connection_requests_received_counter: number
  connections_counter: number
  posts_counter?: number
  discussions_counter?: number
  statuses_counter?: number
  polls_counter: number
}

export interface WebhookMarkedDiscussion {
  added_at: string
  user: WebhookUser
  discussion: WebhookDiscussionWithin
}

/** A discussion, as webhook receivers see it. */
export interface WebhookDiscussionWithin {
  id: number
  categories: WebhookCategory[]
  medias: WebhookMedia[]
  location: Location | null
  poll: WebhookPoll | null
  last_activity_at: string
  last_edited_at: string | null
  author: WebhookAuthor
  added_at: string
  html: string
  summary: string
  deleted: boolean
  collapsed: boolean
  comment_count: number
  vote_count: number
  flag_count: number
  share_count: number
  addressing: number[]
  tags: Tag[]
  title: string
  slug: string
  view_count: number
  follower_count: number
}

/** An option of the community. */
export interface DynamicPreference {
  id: number
  section: string
  name: string
  value: boolean | number | string
}

/** A revision of a policy of the community. */
export interface LegalPage {
  id: number
  type: 'legal'
  /** The policy (`tec`, `privacy`, `cookies`), and the number of the revision. */
  slug: string
  title: string
  html_summary: string | null
  html_body: string | null
  valid_from: string | null
  valid_to: string | null
  created_at: string
  updated_at: string | null
  active: boolean
  created_by: number
  updated_by: number | null
  ack?: LegalPageAck | null
}

/** What a member has said to a legal page. */
export interface LegalPageAck {
  id: number
  accepted_at: string | null
  not_accepted_at: string | null
  custom_page: number
  user: number
}

export interface WebhookNotificationContribution {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'contribution'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
}

/** A status, as webhook receivers see it. */
export interface WebhookStatusWithin {
  id: number
  categories: WebhookCategory[]
  medias: WebhookMedia[]
  location: Location | null
  poll: WebhookPoll | null
  last_activity_at: string
  last_edited_at: string | null
  author: WebhookAuthor
  added_at: string
  html: string
  summary: string
  deleted: boolean
  collapsed: boolean
  comment_count: number
  vote_count: number
  flag_count: number
  share_count: number
  addressing: number[]
  tags: Tag[]
}

/** A post, as webhook receivers see it. */
export interface WebhookPostWithin {
  id: number
  categories: WebhookCategory[]
  medias: WebhookMedia[]
  location: Location | null
  poll: WebhookPoll | null
  last_activity_at: string
  last_edited_at: string | null
  author: WebhookAuthor
  added_at: string
  html: string
  summary: string
  deleted: boolean
  collapsed: boolean
  comment_count: number
  vote_count: number
  flag_count: number
  share_count: number
  addressing: number[]
  tags: Tag[]
}

/** A comment on a status that members are told of. */
export interface WebhookNoticeOnStatus {
  id: number
  status: number
  author: WebhookCommentAuthor
  added_at: string
  html: string
  summary: string
  deleted: boolean
  collapsed: boolean
  parent: WebhookCommentOnStatus | null
  in_reply_to: number | null
  comment_count: number
  vote_count: number
  flag_count: number
}

/** A comment on a post that members are told of. */
export interface WebhookNoticeOnPost {
  id: number
  post: number
  author: WebhookCommentAuthor
  added_at: string
  html: string
  summary: string
  deleted: boolean
  collapsed: boolean
  parent: WebhookCommentOnPost | null
  in_reply_to: number | null
  comment_count: number
  vote_count: number
  flag_count: number
}

/** A comment on a discussion that members are told of. */
export interface WebhookNoticeOnDiscussion {
  id: number
  discussion: number
  author: WebhookCommentAuthor
  added_at: string
  html: string
  summary: string
  deleted: boolean
  collapsed: boolean
  parent: WebhookCommentOnDiscussion | null
  in_reply_to: number | null
  comment_count: number
  vote_count: number
  flag_count: number
}

/** A private message. What it says is for the two alone. */
export interface WebhookNoticeMessage {
  id: number
  headline: ''
  sender: WebhookAuthor
  html: ''
  sent_at: string
  status: 0
}

export interface WebhookNotificationComment {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'comment'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
}

export interface WebhookNotificationNestedComment {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'nested_comment'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
}

export interface WebhookNotificationMention {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'mention'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
}

export interface WebhookNotificationVoteUp {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'vote_up'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
  user: WebhookUser
}

export interface WebhookNotificationFollow {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'follow'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
  user: WebhookUser
}

export interface WebhookNotificationPrivateMessage {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'private_message'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
}

export interface WebhookNotificationDeletedForAdvertising {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'deleted_for_advertising'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
}

export interface WebhookNotificationDeletedForAggressive {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'deleted_for_aggressive'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
}

export interface WebhookNotificationDeletedForVulgar {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'deleted_for_vulgar'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
}

export interface WebhookNotificationDeletedForPoor {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'deleted_for_poor'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
}

export interface WebhookNotificationDeletedForOfftopic {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'deleted_for_offtopic'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
}

export interface WebhookNotificationUndeletedFor {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'undeleted_for'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
}

export interface WebhookNotificationCollapsedForAdvertising {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'collapsed_for_advertising'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
}

export interface WebhookNotificationCollapsedForAggressive {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'collapsed_for_aggressive'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
}

export interface WebhookNotificationCollapsedForVulgar {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'collapsed_for_vulgar'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
}

export interface WebhookNotificationCollapsedForPoor {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'collapsed_for_poor'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
}

export interface WebhookNotificationCollapsedForOfftopic {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'collapsed_for_offtopic'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
}

export interface WebhookNotificationConnectionRequest {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'connection_request'
  active_at: string
  request_user: WebhookUser
}

export interface WebhookNotificationConnectionAccept {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'connection_accept'
  active_at: string
  accept_user: WebhookUser
}

export interface WebhookNotificationUserFollow {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'user_follow'
  active_at: string
  follower: WebhookUser
}

export interface WebhookNotificationKindlyNoticeAdvertising {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'kindly_notice_advertising'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
}

export interface WebhookNotificationKindlyNoticeAggressive {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'kindly_notice_aggressive'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
}

export interface WebhookNotificationKindlyNoticeVulgar {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'kindly_notice_vulgar'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
}

export interface WebhookNotificationKindlyNoticePoor {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'kindly_notice_poor'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
}

export interface WebhookNotificationKindlyNoticeOfftopic {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'kindly_notice_offtopic'
  active_at: string
  status?: WebhookStatusWithin
  post?: WebhookPostWithin
  discussion?: WebhookDiscussionWithin
  comment?: WebhookNoticeOnStatus | WebhookNoticeOnPost | WebhookNoticeOnDiscussion
  message?: WebhookNoticeMessage
}

export interface WebhookNotificationBlockedUser {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'blocked_user'
  active_at: string
  block_settings: BlockSettings
}

export interface BlockSettings {
  days_blocked: number | null
  reputation_delta: number
  blocked_at: string | null
  expire_at: string | null
}

export interface WebhookNotificationUnblockedUser {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'unblocked_user'
  active_at: string
}

export interface WebhookNotificationCustomNotification {
  /** Ids of the members who are told. */
  recipients: number[]
  type: 'custom_notification'
  active_at: string
  custom_notification: WebhookCustomNotification
  user: WebhookUser
}

export interface WebhookCustomNotification {
  id: number
  type: string
  embed: Embed | null
  title: string | null
  description: string | null
}

/** Something of elsewhere that contributions are about. */
export interface Embed {
  id: number
  embed_type: string
  embed_id: string
  url: string | null
  /** Whatever administrators say of it. */
  metadata: Record<string, unknown>
}

export interface WebhookBannerSent {
  banner: NotificationBanner
  /** Empty: banners are for everybody. */
  recipients: number[]
}

/** What administrators tell everybody. */
export interface NotificationBanner {
  title: string
  body_text: string
  description: string
  link_text: string
  link: string | null
  open_in_new_tab: boolean
  image: string | null
  added_at: string
  type_banner: 'notification_banner'
}

/** A vote in a poll, as webhook receivers see it. */
export interface WebhookPollVote {
  id: number
  choice: WebhookPollVoteChoice
  user: WebhookUser
}

/** The choice that was voted for. */
export interface WebhookPollVoteChoice {
  id: number
  choice: string
  order: number
  added_at: string
  deleted: boolean
  vote_count: number
  poll: WebhookPoll
}

/** A post, as webhook receivers see it. */
export interface WebhookPost {
  id: number
  categories: WebhookCategory[]
  medias: WebhookMedia[]
  location: Location | null
  poll: WebhookPoll | null
  last_activity_at: string
  last_edited_at: string | null
  author: WebhookAuthor
  added_at: string
  html: string
  summary: string
  deleted: boolean
  collapsed: boolean
  comment_count: number
  vote_count: number
  flag_count: number
  share_count: number
  addressing: number[]
  tags: Tag[]
}

export interface WebhookMarkedPost {
  added_at: string
  user: WebhookUser
  post: WebhookPostWithin
}

/** A status, as webhook receivers see it. */
export interface WebhookStatus {
  id: number
  categories: WebhookCategory[]
  medias: WebhookMedia[]
  location: Location | null
  last_activity_at: string
  last_edited_at: string | null
  author: WebhookAuthor
  added_at: string
  html: string
  summary: string
  deleted: boolean
  collapsed: boolean
  comment_count: number
  vote_count: number
  flag_count: number
  share_count: number
  addressing: number[]
  tags: Tag[]
}

export interface WebhookMarkedStatus {
  added_at: string
  user: WebhookUser
  status: WebhookStatusWithin
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

/** Points that a member was given, or lost, as webhook receivers see them. */
export interface WebhookScore {
  id: number
  user: WebhookScoreMember
  score: number
  reputation_type: number
  reputation_type_description:
    | 'gain_by_upvoted'
    | 'manual'
    | 'gain_by_cancelling_contribute_moderation'
    | 'gain_by_make_post'
    | 'gain_by_make_first_level_comment'
    | 'gain_by_make_second_level_comment'
    | 'gain_by_connection'
    | 'gain_by_app_used'
    | 'gain_by_daily_visit'
    | 'gain_by_follower'
    | 'gain_by_unblock_account'
    | 'lose_by_upvote_canceled'
    | 'lose_by_contribute_moderation'
    | 'lose_by_delete_post'
    | 'lose_by_delete_first_level_comment'
    | 'lose_by_delete_second_level_comment'
    | 'lose_by_connection'
    | 'lose_by_follower'
    | 'lose_by_block_account'
  comment: string | null
}

/** The member whose points they are, as receivers see them. */
export interface WebhookScoreMember {
  id: number
  username: string
  real_name: string
  email: string | null
  description: string
  /** Address of a picture. Kith draws one for members who have chosen none. */
  avatar: string
  reputation: number
}

export interface WebhookVoteStatus {
  user: WebhookUser
  voted_at: string
  object_type: 'status'
  status: WebhookStatusWithin
}

export interface WebhookVotePost {
  user: WebhookUser
  voted_at: string
  object_type: 'post'
  post: WebhookPostWithin
}

export interface WebhookVoteDiscussion {
  user: WebhookUser
  voted_at: string
  object_type: 'discussion'
  discussion: WebhookDiscussionWithin
}

export interface WebhookVoteComment {
  user: WebhookUser
  voted_at: string
  object_type: 'comment'
  comment: WebhookCommentOnStatus | WebhookCommentOnPost | WebhookCommentOnDiscussion
}

/** What was emitted before and is no longer in the log: receivers may know of changes that never happened. */
export interface EventLogInterruption {
  /** A standby took over; the log was restored into another server; or its end was lost. */
  cause: 'timeline' | 'server' | 'lost'
  at: string
  /** The first id that may have been emitted and is not in the log. */
  missing_from: number
  last_known: number | null
  span: number | null
  /** The first id given out since. */
  resumed_at: number
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
  'category.created': WebhookCategoryAct
  'category.updated': WebhookCategoryAct
  'category.deleted': WebhookCategoryAct
  'category.follow': WebhookCategoryAct
  'category.unfollow': WebhookCategoryAct
  'comment.created': WebhookCommentOnStatus | WebhookCommentOnPost | WebhookCommentOnDiscussion
  'comment.updated': WebhookCommentOnStatus | WebhookCommentOnPost | WebhookCommentOnDiscussion
  'comment.deleted': WebhookCommentOnStatus | WebhookCommentOnPost | WebhookCommentOnDiscussion
  'comment.restored': WebhookCommentOnStatus | WebhookCommentOnPost | WebhookCommentOnDiscussion
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
  'custom_menu.updated': CustomMenu
  'custom_menu.deleted': Record<string, unknown>
  'custom_page.created': CustomPage
  'custom_page.updated': CustomPage
  'custom_page.deleted': CustomPage
  'discussion.created': WebhookDiscussion
  'discussion.updated': WebhookDiscussion
  'discussion.deleted': WebhookDiscussion
  'discussion.restored': WebhookDiscussion
  'discussion.follow': WebhookMarkedDiscussion
  'discussion.unfollow': WebhookMarkedDiscussion
  'discussion.suspend': WebhookMarkedDiscussion
  'discussion.unsuspend': WebhookMarkedDiscussion
  'dynamic_preference.updated': DynamicPreference
  'feature.updated': Record<string, unknown>
  'legal_page.created': LegalPage
  'legal_page.updated': LegalPage
  'loyalty.prize.created': Record<string, unknown>
  'loyalty.prize.updated': Record<string, unknown>
  'loyalty.prize_request.created': Record<string, unknown>
  'loyalty.prize_request.updated': Record<string, unknown>
  'notification.contribution': WebhookNotificationContribution
  'notification.comment': WebhookNotificationComment
  'notification.nested_comment': WebhookNotificationNestedComment
  'notification.mention': WebhookNotificationMention
  'notification.vote_up': WebhookNotificationVoteUp
  'notification.follow': WebhookNotificationFollow
  'notification.private_message': WebhookNotificationPrivateMessage
  'notification.deleted_for_advertising': WebhookNotificationDeletedForAdvertising
  'notification.deleted_for_aggressive': WebhookNotificationDeletedForAggressive
  'notification.deleted_for_vulgar': WebhookNotificationDeletedForVulgar
  'notification.deleted_for_poor': WebhookNotificationDeletedForPoor
  'notification.deleted_for_offtopic': WebhookNotificationDeletedForOfftopic
  'notification.undeleted_for': WebhookNotificationUndeletedFor
  'notification.collapsed_for_advertising': WebhookNotificationCollapsedForAdvertising
  'notification.collapsed_for_aggressive': WebhookNotificationCollapsedForAggressive
  'notification.collapsed_for_vulgar': WebhookNotificationCollapsedForVulgar
  'notification.collapsed_for_poor': WebhookNotificationCollapsedForPoor
  'notification.collapsed_for_offtopic': WebhookNotificationCollapsedForOfftopic
  'notification.connection_request': WebhookNotificationConnectionRequest
  'notification.connection_accept': WebhookNotificationConnectionAccept
  'notification.user_follow': WebhookNotificationUserFollow
  'notification.kindly_notice_advertising': WebhookNotificationKindlyNoticeAdvertising
  'notification.kindly_notice_aggressive': WebhookNotificationKindlyNoticeAggressive
  'notification.kindly_notice_vulgar': WebhookNotificationKindlyNoticeVulgar
  'notification.kindly_notice_poor': WebhookNotificationKindlyNoticePoor
  'notification.kindly_notice_offtopic': WebhookNotificationKindlyNoticeOfftopic
  'notification.blocked_user': WebhookNotificationBlockedUser
  'notification.unblocked_user': WebhookNotificationUnblockedUser
  'notification.custom_notification': WebhookNotificationCustomNotification
  'notification.banner.sent': WebhookBannerSent
  'poll_vote.created': WebhookPollVote
  'poll_vote.deleted': WebhookPollVote
  'post.created': WebhookPost
  'post.updated': WebhookPost
  'post.deleted': WebhookPost
  'post.restored': WebhookPost
  'post.follow': WebhookMarkedPost
  'post.unfollow': WebhookMarkedPost
  'post.suspend': WebhookMarkedPost
  'post.unsuspend': WebhookMarkedPost
  'status.created': WebhookStatus
  'status.updated': WebhookStatus
  'status.deleted': WebhookStatus
  'status.restored': WebhookStatus
  'status.follow': WebhookMarkedStatus
  'status.unfollow': WebhookMarkedStatus
  'status.suspend': WebhookMarkedStatus
  'status.unsuspend': WebhookMarkedStatus
  'user.created': WebhookUser
  'user.updated': WebhookUser
  'user.deleted': WebhookUser
  'user.settings_updated': WebhookSettings
  'user.score_updated': WebhookScore
  'user.loyalty_points_updated': Record<string, unknown>
  'vote.created': WebhookVoteStatus | WebhookVotePost | WebhookVoteDiscussion | WebhookVoteComment
  'vote.deleted': WebhookVoteStatus | WebhookVotePost | WebhookVoteDiscussion | WebhookVoteComment

  // About the delivery of events.
  'event_log.interrupted': EventLogInterruption
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
