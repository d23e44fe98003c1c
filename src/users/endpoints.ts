import { isAdmin } from '../auth/actor.ts'
import { activeSelf, anyone, member, self, selfOrAdmin, visitor } from '../auth/audience.ts'
import { searches } from '../auth/rates.ts'
import { type Ctx, endpoint, type MemberCtx } from '../context.ts'
import { forbidden, readAll } from '../platform/errors.ts'
import { data, one, page } from '../platform/http/endpoint.ts'
import type { PageRequest } from '../platform/http/page.ts'
import { renderCounters, UserCounters } from './counters.ts'
import { adminInputs, memberId, profileInputs } from './inputs.ts'
import { metadataInput, namesOfFields } from './metadata.ts'
import { permissionsOf } from './permission.ts'
import { pictureBytes, readFiles, readPictures } from './pictures.ts'
import { renderMe, renderPrivateProfile, renderProfile } from './queries.ts'
import { listMembers, lists, lookUps, type MemberFilters, memberFilters, searchFilters } from './search.ts'
import { renderSettings, settingsInputs, updateSettings } from './settings.ts'
import { metadataIn, updateUser } from './update.ts'
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

/** A page of members: administrators see addresses, may look members up by them, and find those who hide them, too. */
function listFor(ctx: Ctx, filters: MemberFilters, page: PageRequest, whole: boolean) {
  const asked = Object.keys(lookUps).find((name) => filters[name as keyof typeof lookUps])
  if (!isAdmin(ctx.actor)) {
    if (asked) throw forbidden(`Only administrators may look members up by ${asked}. Leave it out.`)
    return listMembers(ctx, lists.members, filters, page)
  }
  return listMembers(ctx, lists.forAdmins, filters, page, whole || asked ? 'all' : 'seen')
}

export const listUsers = endpoint('GET /api/v2/user/', {
  summary: 'Get all users',
  description:
    'Members, without the deleted and without those whom the caller hides or is hidden by. Administrators see everybody, ' +
    'and e-mail addresses.',
  who: member,
  takes: { ...memberFilters, ...lookUps },
  returns: page(listedUser),
  refuses: { 403: 'Only administrators look members up by `email` or `ext_id`.' },
  act: (ctx, { page, ...filters }) => listFor(ctx, filters, page, true),
})

export const searchUsers = endpoint('GET /api/v2/user/search/', {
  summary: 'Search users',
  description: 'With `user`, the filters `username` and `real_name` are ignored. Administrators see e-mail addresses.',
  who: visitor,
  takes: { ...searchFilters, ...lookUps },
  rate: searches,
  heavy: true,
  returns: page(listedUser),
  refuses: { 403: 'Only administrators look members up by `email` or `ext_id`.' },
  act(ctx, { page, username, real_name, ...filters }) {
    const names = filters.user ? {} : { username, real_name }
    return listFor(ctx, { ordering: 'username', ...names, ...filters }, page, false)
  },
})

export const autocompleteUsers = endpoint('GET /api/v2/user/autocomplete/', {
  summary: 'Users autocomplete',
  description: 'Members as little as a list of suggestions needs.',
  who: visitor,
  takes: memberFilters,
  rate: searches,
  heavy: true,
  returns: page(AutocompleteUser),
  act: (ctx, input) => listMembers(ctx, lists.suggested, { ordering: 'username', ...input }, input.page),
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
  description: 'The member who calls, as `/user/me/`: clients read `avatar` alone, the documentation has them whole.',
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
  description: 'Kept counts, never counted: they change in the transaction of the act that changes them.',
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

/** What is wrong with a change of a profile beyond the shapes of its fields. */
const checkChange = (ctx: MemberCtx, sent: object) => {
  const { id = 0, avatar, cover, ...others } = sent as Partial<{ id: number } & Sent>
  return readAll({ metadata: () => metadataIn(ctx, others), pictures: () => readFiles(ctx.db, id, { avatar, cover }) })
}

export const patchUser = endpoint('PATCH /api/v2/user/{id}/', {
  summary: 'Patch a specific user',
  description:
    'Changes the fields that are sent. Emits `user.updated` when something really changes. `email` and `ext_id` are for ' +
    'administrators; sent by others they change nothing. Fields that the option `user_metadata_definition` adds to profiles ' +
    'are sent beside the others.',
  who: selfOrAdmin,
  takes: { id: memberId, ...profileInputs, ...adminInputs, custom_user_metadata: metadataInput },
  uploads: { bytes: pictureBytes.cover },
  madeUp: ({ community }) => namesOfFields(community),
  checks: checkChange,
  returns: one(PrivateProfile),
  act: change,
})

export const putUser = endpoint('PUT /api/v2/user/{id}/', {
  summary: 'Update a specific user',
  description: 'As PATCH: fields that are not sent stay as they are.',
  who: selfOrAdmin,
  takes: { id: memberId, ...profileInputs, ...adminInputs, custom_user_metadata: metadataInput },
  uploads: { bytes: pictureBytes.cover },
  madeUp: ({ community }) => namesOfFields(community),
  checks: checkChange,
  returns: one(PrivateProfile),
  act: change,
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
