import { leftSql } from '../auth/status.ts'
import { everyFlags, type Flags, view } from '../community/flags.ts'
import { publicAddressSql } from '../community/public-address.ts'
import { addressSql } from '../files/paths.ts'
import { unseenBannersSql, unseenSql } from '../notifications/count.ts'
import { avatarPath } from '../pictures/paths.ts'
import Type from '../platform/schema.ts'
import {
  boolean,
  type Field,
  inFragments,
  integer,
  keptIn,
  moment,
  nested,
  nullable,
  nullableMoment,
  nullableText,
  own,
  renderSql,
  text,
  versionSql,
} from '../platform/sql/view.ts'
import { tagsField, tagsSql } from '../tags/views.ts'
import { metadataValue } from './metadata.ts'

// Every expression below reads a row of users named u; connection_status reads the viewer's relation to u, named v.

const follow = (flags: Flags) => flags.follow
const friendship = (flags: Flags) => flags.friendship

/** SQL of the address of the picture that Kith draws for a member. */
const drawnSql = `concat(${publicAddressSql}, '${avatarPath}', u.id)`

/** A member's picture: the one they have chosen, else one that Kith draws. */
const avatar: Field<Flags> = {
  schema: Type.String({ description: 'Address of a picture. Kith draws one for members who have chosen none.' }),
  sql: `coalesce(${addressSql('u.avatar')}, ${drawnSql})`,
  kind: 'text',
}

/** The placeholder for the server's address in a stored profile; JSON text never has this character. */
const server = `e'\\x04'`

/**
 * SQL of the stored profile, with the member's tags, which are stored by id, and whole addresses of their pictures:
 * no row knows where the server is. The address of our own picture is stored without the server, and none is stored
 * if Kith draws it. No text can look like these keys, as its quotes are escaped. Each subquery occurs once, because
 * PostgreSQL sets up all of them before each statement, needed or not; replacing '' leaves a text as it is.
 */
const profileSql = `replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', ${tagsSql('u.tag_ids')})),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat('"avatar":"', ${server}, case when u.avatar is null then concat('${avatarPath}', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat('"cover":"', ${server}, '/')),
    ${server}, ${publicAddressSql})`

/** Who a member is. Stored rendered in a generated column of their row. */
const profile = keptIn<Flags>(profileSql, {
  id: integer('u.id'),
  username: text('u.username'),
  real_name: text('u.real_name'),
  avatar,
  cover: nullableText(addressSql('u.cover')),
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
    // Only administrators see that somebody waits to be admitted: reg_approved and email_isvalid say what for.
    sql: `case u.status when 'w' then 'a' else u.status::text end`,
    kind: 'word',
  },
  website: text('u.website'),
  tags: tagsField('u.tag_ids'),
  reputation: integer('u.reputation'),
})

/** A member's role in the community. Stored like the profile; no event has it. */
const standing = keptIn<Flags>('u.standing_json', {
  role: nullableText('u.role'),
  community_badge: boolean('u.community_badge'),
  reg_approved: boolean('u.reg_approved'),
  company_name: text('u.company_name'),
  company_role: text('u.company_role'),
  deleted: boolean(leftSql('u.')),
  deleted_at: nullableMoment('u.deleted_at'),
})

/** SQL of how many requests others may think a member has: rejected ones still count, as they do for their sender. */
export const receivedShownSql = '(u.requests_received + u.requests_rejected)'

const counters = {
  followings_counter: integer<Flags>('u.followings', follow),
  followers_counter: integer<Flags>('u.followers', follow),
  connection_requests_sent_counter: integer<Flags>('u.requests_sent', friendship),
  connection_requests_received_counter: integer<Flags>('u.requests_received', friendship),
  connections_counter: integer<Flags>('u.connections', friendship),
  posts_counter: integer<Flags>('u.posts', (flags) => flags.posts),
  discussions_counter: integer<Flags>('u.discussions', (flags) => flags.discussions),
  statuses_counter: integer<Flags>('u.statuses', (flags) => flags.statuses),
  // The documentation has it where polls are; the documented events have it, and clients of both read it.
  polls_counter: integer<Flags>('u.polls'),
}

/** As webhook receivers see them: the counters of both modes, whichever is on. */
const webhookCounters: typeof counters = {
  ...counters,
  followings_counter: integer('u.followings'),
  followers_counter: integer('u.followers'),
  connection_requests_sent_counter: integer('u.requests_sent'),
  connection_requests_received_counter: integer('u.requests_received'),
  connections_counter: integer('u.connections'),
}

/**
 * SQL of what the viewer is to u. A request the viewer has rejected shows as nothing.
 * @param word SQL of each of the words
 */
export const connectionStatusSql = (
  { follow, friendship }: Pick<Flags, 'follow' | 'friendship'>,
  v = 'v',
  word = (status: string) => `'${status}'`,
) =>
  follow
    ? `case when ${v}.following_place is not null then ${word('followed')} end`
    : friendship
      ? `case ${v}.state when 4 then ${word('connected')} when 1 then ${word('sent_connection_request')} when 2 then ${word('received_connection_request')} end`
      : 'null::text'

export const ConnectionStatus = nullable(
  Type.Enum(['connected', 'sent_connection_request', 'received_connection_request', 'followed'], {
    description: 'What the member is to the caller; null for nothing yet.',
  }),
)

/** A member as every other member may see them. No e-mail address, whoever asks. */
const publicFields: Record<string, Field<Flags>> = {
  ...profile,
  ...standing,
  ...counters,
  connection_requests_received_counter: integer(receivedShownSql, friendship),
  categories_counter: integer('u.categories'),
  connection_status: {
    schema: ConnectionStatus,
    // Every list has it for every row: the words are JSON as they stand.
    sql: (flags) => connectionStatusSql(flags, 'v', (status) => `'"${status}"'`),
    kind: 'json',
    own: true,
    when: (flags) => flags.viewer,
  },
}

/** Fields that only the member and administrators see as they are. */
const ownFields: Record<string, Field<Flags>> = {
  connection_requests_received_counter: counters.connection_requests_received_counter,
}

const privateFields: Record<string, Field<Flags>> = {
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
  { $id: 'UserPermission', description: 'What the caller may do.', additionalProperties: false },
)

/** Reads `m.mutual_count`, which the statement of a profile provides. */
const mutualCount: Field<Flags> = {
  schema: nullable(Type.Integer({ description: 'Connections in common with the caller; null if it is not shown.' })),
  sql: 'm.mutual_count',
  kind: 'number',
  when: (flags) => flags.viewer && flags.friendship,
}

/** Reads `w.writable`, which the statement of a profile provides. */
const canSendPmTo: Field<Flags> = {
  ...boolean('w.writable'),
  schema: Type.Boolean({ description: 'Whether the caller may write to them.' }),
  when: (flags) => flags.viewer,
}

/** What fragments of a member are made of: their row, the public address of Kith, and their tags. */
export const memberRow = {
  from: 'users u',
  id: 'u.id',
  version: versionSql('u'),
}

/** In lists, and wherever a member appears in something else. */
export const User = inFragments(view('User', 'A member, as other members see them.', publicFields), {
  ...memberRow,
  flags: everyFlags,
})

/** In lists, for administrators. */
export const UserForAdmins = view('UserForAdmins', 'A member in a list, as administrators see them.', {
  ...publicFields,
  ...privateFields,
})

/** One member's page, with the community's profile fields. */
export const Profile = inFragments(
  view(
    'Profile',
    'A member, on their own page.',
    {
      ...publicFields,
      mutual_count: own(mutualCount),
      can_send_pm_to: own(canSendPmTo),
    },
    metadataValue,
  ),
  { ...memberRow, flags: everyFlags },
)

/** One's own page, and any for administrators. */
export const PrivateProfile = view(
  'PrivateProfile',
  'A member, as they and administrators see them.',
  {
    ...publicFields,
    ...ownFields,
    ...privateFields,
    mutual_count: mutualCount,
    can_send_pm_to: canSendPmTo,
  },
  metadataValue,
)

/**
 * The session of the caller.
 * @param permission SQL of what they may do, as JSON text
 */
export const meOf = (permission: string) =>
  view(
    'Me',
    'The member who calls.',
    {
      ...publicFields,
      ...ownFields,
      ...privateFields,
      permission: nested(UserPermission, permission),
      unseen_interactions_counter: integer(unseenSql('u.id')),
      unseen_notification_banners_counter: integer(unseenBannersSql('u.id')),
    },
    metadataValue,
  )

/** Its schema; statements render it with the permissions of their member. */
export const Me = meOf(`'{}'`)

/** For suggestions while typing. */
export const AutocompleteUser = view('AutocompleteUser', 'A member in a list of suggestions.', {
  id: integer('u.id'),
  username: text('u.username'),
  real_name: text('u.real_name'),
  avatar,
  ext_id: nullableText('u.ext_id'),
})

/** The member in webhook events: exactly the fields of the event documentation, including the e-mail address. */
export const WebhookUser = view('WebhookUser', 'A member, as webhook receivers see them.', {
  ...profile,
  ...privateFields,
  ...webhookCounters,
})

const settings = {
  qa_frequency: integer<Flags>('u.qa_frequency'),
  email_notification_not_qa: integer<Flags>('u.email_notification_not_qa'),
  mobile_notifications_scmty: integer<Flags>('u.mobile_notifications_scmty'),
  show_toast_notifications: integer<Flags>('u.show_toast_notifications'),
  toast_notifications_emit_sound: integer<Flags>('u.toast_notifications_emit_sound'),
}

export const UserSettings = view('UserSettings', "A member's own settings.", {
  ...settings,
  connection_requests: text('u.connection_requests'),
  connections_visibility: text('u.connections_visibility'),
})

/** Settings in webhook events: the documented fields, and the member. */
export const WebhookSettings = view('WebhookSettings', 'Settings, as webhook receivers see them.', {
  ...settings,
  user: nested(WebhookUser.schema, (flags) => renderSql(WebhookUser, flags)),
})

const { status, ...authorFields } = profile

/** SQL of the stored profile without the status, which no text in it can look like. */
const authorSql = `replace(${profileSql}, concat('"status":"', ${status?.sql}, '",'), '')`

const author = keptIn(authorSql, authorFields)

/** The author of a contribution in webhook events: without e-mail address and role. */
export const WebhookAuthor = view('WebhookAuthor', 'An author, as webhook receivers see them.', {
  ...author,
  ...webhookCounters,
})

/** SQL of the columns that are stored rendered, with their fields: the migrations must agree with these. */
export const keptFields = { [profileSql]: profile, [authorSql]: author, 'u.standing_json': standing }
