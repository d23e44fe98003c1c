import { selfOrAdmin } from '../auth/audience.ts'
import { endpoint } from '../context.ts'
import { created, nothing, one, page } from '../platform/http/endpoint.ts'
import Type from '../platform/schema.ts'
import { memberId } from '../users/inputs.ts'
import { key, preferenceId, readValue, value } from './inputs.ts'
import { listPreferences, showPreference } from './lists.ts'
import { UserPreference } from './views.ts'
import { changePreference, createPreference, deletePreference } from './write.ts'

const at = '/api/v2/user/{user_id}/preference/{id}/'
const inPath = { user_id: memberId, id: preferenceId }
const there = { 404: 'The member has no preference of this id.' }
const taken = { 400: 'There is a preference of this key already.' }

export const listOwn = endpoint('GET /api/v2/user/{id}/preference/', {
  summary: "Get user's preferences",
  who: selfOrAdmin,
  takes: {
    id: memberId,
    search: Type.Optional(Type.String({ maxLength: 255, description: 'Part of the key.' })),
    key: Type.Optional(Type.String({ maxLength: 255, description: 'The key, whole.' })),
  },
  returns: page(UserPreference),
  act: (ctx, { id, page, ...filters }) => listPreferences(ctx, id, filters, page),
})

export const createOwn = endpoint('POST /api/v2/user/{id}/preference/', {
  summary: 'Create a preference',
  description: 'Values are JSON, and come back as they were sent.',
  who: selfOrAdmin,
  takes: { id: memberId, key, value },
  returns: created(UserPreference),
  refuses: taken,
  checks: (_ctx, { value }) => value !== undefined && readValue(value),
  act: (ctx, { id, key, value }) => createPreference(ctx, id, key, value),
})

export const getOwn = endpoint(`GET ${at}`, {
  summary: 'Get a specific preference',
  who: selfOrAdmin,
  takes: inPath,
  returns: one(UserPreference),
  refuses: there,
  act: (ctx, { user_id, id }) => showPreference(ctx, user_id, id),
})

export const patchOwn = endpoint(`PATCH ${at}`, {
  summary: 'Patch a specific preference',
  who: selfOrAdmin,
  takes: { ...inPath, key: Type.Optional(key), value: Type.Optional(value) },
  returns: one(UserPreference),
  refuses: { ...there, ...taken },
  act: (ctx, { user_id, id, ...sent }) => changePreference(ctx, user_id, id, sent),
})

export const putOwn = endpoint(`PUT ${at}`, {
  summary: 'Update a specific preference',
  who: selfOrAdmin,
  takes: { ...inPath, key, value },
  returns: one(UserPreference),
  refuses: { ...there, ...taken },
  act: (ctx, { user_id, id, ...sent }) => changePreference(ctx, user_id, id, sent),
})

export const deleteOwn = endpoint(`DELETE ${at}`, {
  summary: 'Delete a specific preference',
  who: selfOrAdmin,
  takes: inPath,
  returns: nothing,
  refuses: there,
  act: (ctx, { user_id, id }) => deletePreference(ctx, user_id, id),
})
