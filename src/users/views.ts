import Type from 'typebox'
import type { Community } from '../community/state.ts'
import {
  boolean,
  type Field,
  integer,
  keptIn,
  moment,
  nested,
  nullable,
  nullableMoment,
  nullableText,
  text,
  view,
} from '../platform/http/view.ts'

/** What decides which fields of a member are shown. */
export type Shown = {
  follow: boolean
  friendship: boolean
  posts: boolean
  discussions: boolean
  statuses: boolean
  polls: boolean
  /** Somebody looks; a visitor has no connection to anyone. */
  viewer: boolean
}

/** The fields of members that a community shows, to a signed-in viewer or to a visitor. */
export const shownBy = ({ options, mode, tied }: Community, viewer: boolean): Shown => ({
  follow: mode === 'follow',
  friendship: mode === 'friendship' && tied,
  posts: options['configurations.post_type_enabled'],
  discussions: options['configurations.discussion_type_enabled'],
  statuses: options['configurations.status_type_enabled'],
  polls: options['addons.polls_enabled'],
  viewer,
})

/** One word for a combination of fields, to keep statements by. */
export const shownKey = (shown: Shown) => Object.values(shown).map(Number).join('')

// Every expression below reads a row of users named u; connection_status reads the viewer's relation to u, named v.

const follow = (shown: Shown) => shown.follow
const friendship = (shown: Shown) => shown.friendship

/** Who a member is. Kept rendered in a column of their row, made by the database whenever one of these changes. */
const profile = keptIn<Shown>('u.profile_json', {
  id: integer('u.id'),
  username: text('u.username'),
  real_name: text('u.real_name'),
  avatar: nullableText('u.avatar'),
  cover: nullableText('u.cover'),
  ext_id: nullableText('u.ext_id'),
  date_joined: moment('u.date_joined'),
  bio: text('u.bio'),
  location: text('u.location'),
  location_lat_lng: text('u.location_lat_lng'),
  position_lat_lng: text('u.position_lat_lng'),
  date_of_birth: { schema: nullable(Type.String({ format: 'date' })), sql: 'u.date_of_birth', kind: 'word' },
  description: text('u.description'),
  gender: { schema: Type.Enum(['Male', 'Female', 'Unspecified']), sql: 'u.gender', kind: 'word' },
  status: {
    schema: Type.Enum(['a', 'b', 'd', 'u'], { description: 'a approved, b blocked, d deleted, u unregistered' }),
    sql: 'u.status::text',
    kind: 'word',
  },
  website: text('u.website'),
  tags: { schema: Type.Array(Type.Unknown()), sql: `'[]'`, kind: 'json' },
  reputation: integer('u.reputation'),
})

/** What a member is in the community. Kept like the profile; webhook receivers are not told it. */
const standing = keptIn<Shown>('u.standing_json', {
  role: nullableText('u.role'),
  community_badge: boolean('u.community_badge'),
  reg_approved: boolean('u.reg_approved'),
  company_name: text('u.company_name'),
  company_role: text('u.company_role'),
  deleted: boolean(`u.status in ('d', 'u')`),
  deleted_at: nullableMoment('u.deleted_at'),
})

/** SQL: how many requests others may think a member has: what was rejected goes on counting, as it does for its sender. */
export const receivedShownSql = '(u.requests_received + u.requests_rejected)'

const counters = {
  followings_counter: integer<Shown>('u.followings', follow),
  followers_counter: integer<Shown>('u.followers', follow),
  connection_requests_sent_counter: integer<Shown>('u.requests_sent', friendship),
  connection_requests_received_counter: integer<Shown>('u.requests_received', friendship),
  connections_counter: integer<Shown>('u.connections', friendship),
  posts_counter: integer<Shown>('u.posts', (shown) => shown.posts),
  discussions_counter: integer<Shown>('u.discussions', (shown) => shown.discussions),
  statuses_counter: integer<Shown>('u.statuses', (shown) => shown.statuses),
  polls_counter: integer<Shown>('u.polls', (shown) => shown.polls),
}

/** SQL of what the viewer is to u. A request the viewer has rejected shows as nothing. */
export const connectionStatusSql = ({ follow, friendship }: Pick<Shown, 'follow' | 'friendship'>, v = 'v') =>
  follow
    ? `case when ${v}.following_place is not null then 'followed' end`
    : friendship
      ? `case ${v}.state when 4 then 'connected' when 1 then 'sent_connection_request' when 2 then 'received_connection_request' end`
      : 'null::text'

export const ConnectionStatus = nullable(
  Type.Enum(['connected', 'sent_connection_request', 'received_connection_request', 'followed'], {
    description: 'What the member is to the one who calls; null is nothing yet.',
  }),
)

/** A member as every other member may see them. No e-mail address, whoever asks. */
const publicFields: Record<string, Field<Shown>> = {
  ...profile,
  ...standing,
  ...counters,
  connection_requests_received_counter: integer(receivedShownSql, friendship),
  categories_counter: integer('u.categories'),
  connection_status: {
    schema: ConnectionStatus,
    sql: (shown) => connectionStatusSql(shown),
    kind: 'word',
    when: (shown) => shown.viewer,
  },
}

/** What only the member and administrators are shown as it is. */
const ownFields: Record<string, Field<Shown>> = {
  connection_requests_received_counter: counters.connection_requests_received_counter,
}

const privateFields: Record<string, Field<Shown>> = {
  email: nullableText('u.email'),
  email_isvalid: boolean('u.email_isvalid'),
}

export const UserPermission = Type.Object(
  Object.fromEntries(
    [
      'create_contribute',
      'create_poll',
      'locate_post',
      'create_post',
      'create_post_with_category',
      'create_group',
      'create_event',
      'create_course',
      'create_live_stream',
      'follow_user',
      'request_connection',
      'accept_connection',
    ].map((name) => [name, Type.Boolean()]),
  ),
  { $id: 'UserPermission', description: 'What the one who calls may do.', additionalProperties: false },
)

/** Reads `m.mutual_count`, which the statement of a profile provides. */
const mutualCount: Field<Shown> = {
  schema: nullable(Type.Integer({ description: 'Connections in common with the one who calls; null where not told.' })),
  sql: 'm.mutual_count',
  kind: 'number',
  when: (shown) => shown.viewer && shown.friendship,
}

/** In lists, and wherever a member appears in something else. */
export const User = view('User', 'A member, as other members see them.', publicFields)

/** One member's page. */
export const Profile = view('Profile', 'A member, on their own page.', { ...publicFields, mutual_count: mutualCount })

/** One's own page, and any for administrators. */
export const PrivateProfile = view('PrivateProfile', 'A member, as they and administrators see them.', {
  ...publicFields,
  ...ownFields,
  ...privateFields,
  mutual_count: mutualCount,
})

/** The session of the one who calls. `$2` of the statement is their permissions. */
export const Me = view('Me', 'The member who calls.', {
  ...publicFields,
  ...ownFields,
  ...privateFields,
  permission: nested(UserPermission, '$2::text'),
  unseen_interactions_counter: integer('0'),
  unseen_notification_banners_counter: integer('0'),
})

/** For lists of suggestions while typing. */
export const AutocompleteUser = view<Shown>('AutocompleteUser', 'A member in a list of suggestions.', {
  id: integer('u.id'),
  username: text('u.username'),
  real_name: text('u.real_name'),
  avatar: nullableText('u.avatar'),
  ext_id: nullableText('u.ext_id'),
  community_badge: boolean('u.community_badge'),
})

/** The member in webhook events: exactly the fields of the event documentation, the e-mail address among them. */
export const WebhookUser = view<Shown>('WebhookUser', 'A member, as webhook receivers see them.', {
  ...profile,
  ...privateFields,
  ...counters,
})

/** The author of a contribution in webhook events: no e-mail address, and not their standing. */
export const WebhookAuthor = view<Shown>('WebhookAuthor', 'An author, as webhook receivers see them.', {
  ...Object.fromEntries(
    Object.entries(profile)
      .filter(([name]) => name !== 'status')
      .map(([name, { kept: _, ...field }]) => [name, field]),
  ),
  ...counters,
})

/** The kept columns, with the fields they are made of: what the migrations must agree with. */
export const keptFields = { profile_json: profile, standing_json: standing }
