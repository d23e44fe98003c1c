import { isAdmin } from '../auth/actor.ts'
import { activeSelf, anyone, member, self, selfOrAdmin, staff, visitor } from '../auth/audience.ts'
import { searches } from '../auth/rates.ts'
import { askedOf, type Ctx, endpoint, type MemberCtx } from '../context.ts'
import { badField, forbidden, readAll } from '../platform/errors.ts'
import { data, one, page } from '../platform/http/endpoint.ts'
import type { Takes } from '../platform/http/input.ts'
import type { PageRequest } from '../platform/http/page.ts'
import Type from '../platform/schema.ts'
import { seeTag } from '../tags/find.ts'
import { renderCounters, UserCounters } from './counters.ts'
import { adminInputs, memberId, profileInputs } from './inputs.ts'
import { AutocompleteUsers, matchUsernames, mostNames } from './match.ts'
import { metadataInput, namesOfFields } from './metadata.ts'
import { type Asked, readNear } from './near.ts'
import { permissionsOf } from './permission.ts'
import { pictureBytes, readFiles, readPictures } from './pictures.ts'
import { mustBeThere, renderMe, renderPrivateProfile, renderProfile } from './queries.ts'
import { listMembers, lists, lookUps, type MemberFilters, memberFilters, searchFilters } from './search.ts'
import { renderSettings, settingsInputs, updateSettings } from './settings.ts'
import { readMore, updateUser } from './update.ts'
import {
  AutocompleteUser,
  Me,
  PrivateProfile,
  Profile,
  User,
  UserForAdmins,
  UserPermission,
  UserSettings,
} from './views.ts'

const listedUser = [User, UserForAdmins]

/** A page of members. Administrators see e-mail addresses, may search by them, and find members who hide them. */
function listFor(ctx: Ctx, filters: MemberFilters, page: PageRequest, whole: boolean) {
  const asked = Object.keys(lookUps).find((name) => filters[name as keyof typeof lookUps])
  if (!isAdmin(ctx.actor)) {
    if (asked) throw forbidden(`Only administrators may look members up by ${asked}. Leave it out.`)
    return listMembers(ctx, lists.members, filters, page)
  }
  return listMembers(ctx, lists.forAdmins, filters, page, whole || asked ? 'all' : 'seen')
}

/** Whether members are searched, and not only listed in an order. */
const isSearch = (input: Partial<Record<keyof typeof memberFilters, unknown>>) => {
  const { ordering: _, ...filters } = memberFilters
  return Object.keys(filters).some((name) => input[name as keyof typeof filters] !== undefined)
}

export const listUsers = endpoint('GET /api/v2/user/', {
  summary: 'Get all users',
  description:
    'Members, without deleted ones and without those whom the caller hides or who hide the caller. Administrators ' +
    'see everybody, and e-mail addresses.',
  who: member,
  takes: { ...memberFilters, ...lookUps },
  heavy: isSearch,
  returns: page(listedUser),
  refuses: { 403: 'Only administrators look members up by `email` or `ext_id`.' },
  act: (ctx, { page, ...filters }) => listFor(ctx, filters, page, true),
})

/** The place that members are searched around. Ordering by distance needs one. */
async function readPlace(ctx: Ctx, asked: Asked & { ordering?: string }) {
  const near = await readNear(ctx, asked)
  if (!near && asked.ordering?.endsWith('distance'))
    throw badField('ordering', 'invalid', 'Distance from where? Send lat_lng, or user_position=true, too.')
  return near
}

export const searchUsers = endpoint('GET /api/v2/user/search/', {
  summary: 'Search users',
  description:
    'With `user`, the filters `username` and `real_name` are ignored. `lat_lng` or `user_position` find members ' +
    'within `radius`; if both are given, `lat_lng` counts. `ordering=distance` puts the nearest first. ' +
    'Administrators see e-mail addresses.',
  who: visitor,
  takes: { ...searchFilters, ...lookUps },
  checks: (ctx, sent) => readAll({ near: () => readPlace(ctx, sent) }),
  rate: searches,
  heavy: true,
  returns: page(listedUser),
  refuses: { 403: 'Only administrators look members up by `email` or `ext_id`.' },
  async act(ctx, { page, username, real_name, lat_lng, user_position, radius, ...filters }) {
    await seeTag(ctx, 'user', filters.tag)
    const near = await readPlace(ctx, { lat_lng, user_position, radius, ordering: filters.ordering })
    const names = filters.user ? {} : { username, real_name }
    return listFor(ctx, { ordering: 'username', ...names, ...filters, near }, page, false)
  },
})

export const autocompleteUsers = endpoint('GET /api/v2/user/autocomplete/', {
  summary: 'Users autocomplete',
  description: 'Members with the few fields that a list of suggestions needs.',
  who: visitor,
  takes: memberFilters,
  rate: searches,
  heavy: true,
  returns: page(AutocompleteUser),
  act: (ctx, input) => listMembers(ctx, lists.suggested, { ordering: 'username', ...input }, input.page),
})

export const matchUsers = endpoint('POST /api/v2/user/match/', {
  extension: true,
  summary: 'Users of some usernames',
  description:
    'Members with the few fields that a list of suggestions needs, in the order of the names, in any case; ' +
    'unknown names are left out. Also with the bare array as body, as official clients send it.',
  who: member,
  takes: { usernames: Type.Array(Type.String({ maxLength: 255 }), { maxItems: mostNames }) },
  bare: 'usernames',
  rate: searches,
  returns: one(AutocompleteUsers),
  act: (ctx, { usernames }) => matchUsernames(ctx, usernames),
})

export const getMe = endpoint('GET /api/v2/user/me/', {
  summary: 'Me',
  description: 'The member who calls, with their permissions and counters.',
  who: member,
  returns: one(Me),
  act: (ctx) => renderMe(ctx, ctx.actor, permissionsOf(ctx.actor, ctx.community)),
})

export const getMyAvatar = endpoint('GET /api/v2/user/me/avatar/', {
  summary: 'My Avatar',
  description:
    'The member who calls, as in `/user/me/`: clients read only `avatar`, the documentation has the whole member.',
  who: member,
  returns: one(Me),
  act: (ctx) => renderMe(ctx, ctx.actor, permissionsOf(ctx.actor, ctx.community)),
})

export const getMyPermission = endpoint('GET /api/v2/user/me/permission/', {
  summary: 'Permission',
  who: member,
  returns: data(UserPermission),
  act: ({ actor, community }) => permissionsOf(actor, community),
})

export const getUser = endpoint('GET /api/v2/user/{id}/', {
  summary: 'Get a specific user',
  description: 'A member. The e-mail address is shown to the member themselves and to administrators only.',
  who: anyone,
  takes: { id: memberId },
  returns: one(Profile, PrivateProfile),
  act: (ctx, { id }) => renderProfile(ctx, id),
})

export const getUserCounters = endpoint('GET /api/v2/user/{id}/counters/', {
  summary: 'Get counters of a specific user',
  description: 'Stored counts, which change in the transaction of the act that changes them.',
  who: visitor,
  takes: { id: memberId },
  returns: one(UserCounters),
  act: (ctx, { id }) => renderCounters(ctx, id),
})

type Sent = Record<string, unknown> & Parameters<typeof readPictures>[2]

async function change(ctx: MemberCtx, input: object) {
  const { id, avatar, cover, ...changes } = input as { id: number } & Sent
  await updateUser(ctx, id, changes, await readPictures(ctx.kith, id, { avatar, cover }))
  return renderPrivateProfile(ctx, id)
}

/** Fields that only administrators may change. */
const notTheirs = ({ actor }: MemberCtx) => (isAdmin(actor) ? [] : Object.keys(adminInputs))

/** What is wrong with a change of a profile beyond the shapes of its fields. */
const checkChange = (ctx: MemberCtx, sent: object) => {
  const { id = 0, avatar, cover, ...others } = sent as Partial<{ id: number } & Sent>
  return readAll({ more: () => readMore(ctx, others), pictures: () => readFiles(ctx.db, id, { avatar, cover }) })
}

/** PATCH and PUT do the same. */
const changing = {
  who: selfOrAdmin,
  takes: { id: memberId, ...profileInputs, ...adminInputs, custom_user_metadata: metadataInput },
  uploads: { bytes: pictureBytes.cover },
  ofCommunity: ({ community }: MemberCtx) => namesOfFields(community),
  notTheirs,
  checks: checkChange,
  returns: one(PrivateProfile),
  act: change,
}

export const patchUser = endpoint('PATCH /api/v2/user/{id}/', {
  summary: 'Patch a specific user',
  description:
    'Changes the given fields. Emits `user.updated` if something has changed. `email`, `ext_id` and `tags` are ' +
    'for administrators; sent by others they change nothing, and `X-Kith-Ignored` names them. Fields that the ' +
    'option `user_metadata_definition` adds to profiles are sent beside the others.',
  ...changing,
})

export const putUser = endpoint('PUT /api/v2/user/{id}/', {
  summary: 'Update a specific user',
  description: 'As PATCH: fields that are not sent stay as they are.',
  ...changing,
})

export const getSettings = endpoint('GET /api/v2/user/{id}/settings/', {
  summary: "Get user's settings",
  who: self,
  takes: { id: memberId },
  returns: one(UserSettings),
  act: (ctx, { id }) => renderSettings(ctx, id),
})

export const patchSettings = endpoint('PATCH /api/v2/user/{id}/settings/', {
  summary: "Change user's settings",
  description:
    '`connection_requests` (ask, refuse, accept) and `connections_visibility` (everyone, connections, self) are ours.',
  who: activeSelf,
  takes: { id: memberId, ...settingsInputs },
  returns: one(UserSettings),
  async act(ctx, { id, ...changes }) {
    await updateSettings(ctx, id, changes)
    return renderSettings(ctx, id)
  },
})

/** A list of a member for a feature that Kith does not have: always empty. */
const noneOf = (what: string, more: Takes = {}) =>
  endpoint(`GET /api/v2/user/{id}/${what}/`, {
    summary: `Get user's ${what}`,
    description: `A bare array, empty: there are no ${what} yet.`,
    who: anyone,
    takes: { ...more, id: memberId },
    returns: data(Type.Array(Type.Unknown())),
    async act(ctx, { id }) {
      await mustBeThere(ctx, id)
      return []
    },
  })

const joinStatus = Type.Enum(['creator', 'manager', 'joined', 'invited', 'requested'])

export const listUserCourses = noneOf('courses', { statuses: Type.Optional(Type.Array(joinStatus)) })
export const listUserEvents = noneOf('events')
export const listUserGroups = noneOf('groups')

/** The events or groups that a contribution may be addressed to: none. */
const noneToAddress = (what: 'event' | 'group') =>
  endpoint(`GET /api/v2/user/${what}/${what}s_to_address_a_contribution/`, {
    summary: `Get user's ${what}s to address a contribution`,
    description: `A bare array, empty: there are no ${what}s yet.`,
    who: member,
    returns: data(Type.Array(Type.Unknown())),
    act: () => [],
  })

export const listEventsToAddress = noneToAddress('event')
export const listGroupsToAddress = noneToAddress('group')

export const getLoyaltyPoints = endpoint('GET /api/v2/user/{id}/loyalty/points/', {
  summary: "Get user's loyalty points",
  description: 'Nobody has any: loyalty points, which are not those of the leaderboard, are not collected yet.',
  who: member,
  takes: { id: memberId },
  returns: data(Type.Object({ points: Type.Integer() }, { additionalProperties: false })),
  async act(ctx, { id }) {
    await mustBeThere(ctx, id)
    return { points: 0 }
  },
})

export const getPlatformUrl = endpoint('GET /api/v2/user/me/platform_url/', {
  summary: 'Platform Url',
  description:
    'Where the staff look after the community: the console. It recognises a browser by its session: no token is ' +
    'put into an address, so `token_details` is null.',
  who: staff,
  takes: {
    next: Type.Optional(
      Type.String({
        pattern: '^/([A-Za-z0-9._~!$&()*+,;=:@%?-][A-Za-z0-9._~!$&()*+,;=:@%/?-]*)?$',
        maxLength: 2_000,
        sentence: 'Send a path within the console, as /webhooks.',
        description: 'A path within the console.',
      }),
    ),
  },
  returns: data(
    Type.Object(
      { platform_url: Type.String({ format: 'uri' }), token_details: Type.Null() },
      { $id: 'PlatformUrl', description: 'Where the staff go.', additionalProperties: false },
    ),
  ),
  act: (ctx, { next = '/' }) => ({ platform_url: `${askedOf(ctx).base}/console${next}`, token_details: null }),
})
