import { admin, member, visitor } from '../auth/audience.ts'
import { searches } from '../auth/rates.ts'
import { endpoint } from '../context.ts'
import { created, one, page } from '../platform/http/endpoint.ts'
import Type from '../platform/schema.ts'
import { partOfTag, tagId, type, wholeTag } from './inputs.ts'
import { listTags, orderings, renderOne } from './lists.ts'
import { Tag } from './views.ts'
import { changeTag, createTag } from './write.ts'

const at = '/api/v2/tag'
const there = { 404: 'No tag has this id.' }
const taken = { 400: 'There is a tag of this type with this name already.' }

const search = Type.Optional(Type.String({ maxLength: 255, description: 'Part of the name.' }))
const filters = {
  search,
  type: Type.Optional(type),
  active: Type.Optional(Type.Boolean()),
  deleted: Type.Optional(Type.Boolean({ description: 'Deleted ones instead; for administrators.' })),
  visible: Type.Optional(Type.Boolean()),
  visibility_boost: Type.Optional(Type.Boolean()),
  ordering: Type.Optional(
    Type.Array(Type.Enum(orderings), {
      minItems: 1,
      maxItems: 3,
      description: 'Fields, comma-separated; `-` for descending. `-created_at` by default.',
    }),
  ),
}

export const listAllTags = endpoint(`GET ${at}/`, {
  summary: 'Get All Tags',
  description: 'Only administrators see tags that are inactive or not visible.',
  who: visitor,
  takes: filters,
  returns: page(Tag),
  act: (ctx, { page, ...filters }) => listTags(ctx, filters, page),
})

export const searchTags = endpoint(`GET ${at}/search/`, {
  summary: 'Search a Tag',
  who: admin,
  takes: filters,
  rate: searches,
  returns: page(Tag),
  act: (ctx, { page, ...filters }) => listTags(ctx, filters, page),
})

export const searchTagsOfMembers = endpoint(`GET ${at}/user/search/`, {
  summary: 'Search tags of members',
  description: 'Tags of members, as official clients search them.',
  who: member,
  takes: { search },
  rate: searches,
  returns: page(Tag),
  act: (ctx, { page, search }) => listTags(ctx, { search, type: 'user', ordering: ['name'] }, page),
})

export const getTag = endpoint(`GET ${at}/{id}/`, {
  summary: 'Get a Specific Tag',
  who: visitor,
  takes: { id: tagId },
  returns: one(Tag),
  refuses: there,
  act: (ctx, { id }) => renderOne(ctx, id),
})

export const createATag = endpoint(`POST ${at}/`, {
  summary: 'Create a Tag',
  who: admin,
  takes: wholeTag,
  returns: created(Tag),
  refuses: taken,
  act: createTag,
})

export const patchTag = endpoint(`PATCH ${at}/{id}/`, {
  summary: 'Patch a Specific Tag',
  description: 'It changes wherever it is shown, without events of those who have it.',
  who: admin,
  takes: { id: tagId, ...partOfTag },
  returns: one(Tag),
  refuses: { ...there, ...taken },
  act: (ctx, { id, ...sent }) => changeTag(ctx, id, sent),
})

export const putTag = endpoint(`PUT ${at}/{id}/`, {
  summary: 'Update a Specific Tag',
  description: 'As PATCH, with type and name: fields that are not sent stay as they are.',
  who: admin,
  takes: { id: tagId, ...wholeTag },
  returns: one(Tag),
  refuses: { ...there, ...taken },
  act: (ctx, { id, ...sent }) => changeTag(ctx, id, sent),
})
