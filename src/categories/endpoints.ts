import { admin, anyone, member, visitor } from '../auth/audience.ts'
import { searches } from '../auth/rates.ts'
import { endpoint } from '../context.ts'
import { created, data, nothing, one, page } from '../platform/http/endpoint.ts'
import Type from '../platform/schema.ts'
import { memberId } from '../users/inputs.ts'
import { User } from '../users/views.ts'
import { changeCategory } from './change.ts'
import { createCategory } from './create.ts'
import { deleteCategory } from './delete.ts'
import { toggleFollow } from './follow.ts'
import { categoryId, deletedFlag, partOfCategory, readColumns, wholeCategory } from './inputs.ts'
import {
  isFollowed,
  listAll,
  listAround,
  listFollowed,
  listFollowers,
  listPopular,
  mostCategories,
  readAudience,
  renderFollowedBy,
  renderOne,
} from './lists.ts'
import { pictureBytes } from './pictures.ts'
import { Categories, Category, CategoryAudience } from './views.ts'

const filters = {
  search: Type.Optional(Type.String({ maxLength: 255, description: 'Part of the name, or of its synonyms.' })),
  active: Type.Optional(Type.Boolean({ description: 'Active or inactive ones; by default staff sees both.' })),
  deleted: Type.Optional(Type.Boolean({ description: 'Deleted ones instead.' })),
}
const allFilters = {
  ...filters,
  active: Type.Optional(
    Type.Boolean({ description: 'Active or inactive ones; for staff. Others see active ones only.' }),
  ),
  deleted: Type.Optional(Type.Boolean({ description: 'Deleted ones instead; for staff.' })),
  can_create_content: Type.Optional(Type.Boolean({ description: 'Only those in which the caller may publish.' })),
}
/**
 * Clients read the whole list at once: they take `next` for one more page and ask for the first page again, for ever.
 * A page requested with a length has that length.
 */
const allOnOnePage = { limit: mostCategories, max: mostCategories }
const refusesColumns = {
  400: 'The name or the slug is taken, or a parent is not there or lies in the category itself.',
}
const there = { 404: 'No category has this id.' }

export const listCategories = endpoint('GET /api/v2/category/', {
  summary: 'Get All Categories',
  description: 'All on one page, by `order`, then by name. Only staff sees inactive categories.',
  who: visitor,
  takes: allFilters,
  // It renders thousands of categories per request.
  heavy: true,
  returns: page(Category, allOnOnePage),
  act: (ctx, { page, ...filters }) => listAll(ctx, filters, page),
})

export const searchCategories = endpoint('GET /api/v2/category/search/', {
  summary: 'Search a Category',
  description: 'A category with exactly the searched name comes first.',
  rate: searches,
  heavy: true,
  who: visitor,
  takes: allFilters,
  returns: page(Category),
  act: (ctx, { page, ...filters }) => listAll(ctx, filters, page),
})

export const createCategoryEndpoint = endpoint('POST /api/v2/category/', {
  summary: 'Create a Category',
  description: 'Emits `category.created`. Everybody follows a forced one from the start.',
  who: admin,
  takes: wholeCategory,
  uploads: { bytes: pictureBytes },
  returns: created(Category),
  refuses: refusesColumns,
  checks: readColumns,
  act: createCategory,
})

export const listFollowedCategories = endpoint('GET /api/v2/category/followed/', {
  summary: 'Get Followed Categories',
  description: 'The categories that the caller follows, last followed first.',
  who: member,
  takes: filters,
  returns: page(Category),
  act: (ctx, { page, ...filters }) => listFollowed(ctx, filters, page),
})

export const listPopularCategories = endpoint('GET /api/v2/category/popular/', {
  summary: 'Get Popular Categories',
  description: 'Active categories, those with the most followers first.',
  who: visitor,
  returns: page(Category),
  act: (ctx, { page }) => listPopular(ctx, page),
})

export const getCategory = endpoint('GET /api/v2/category/{id}/', {
  summary: 'Get a Specific Category',
  description: 'Includes inactive ones: members may still follow them, and contributions may be in them.',
  who: visitor,
  takes: { id: categoryId },
  returns: one(Category),
  refuses: there,
  act: ({ db, actor }, { id }) => renderOne(db, id, actor),
})

export const putCategory = endpoint('PUT /api/v2/category/{id}/', {
  summary: 'Update a Specific Category',
  description: 'As PATCH, with a name: fields that are not sent stay as they are.',
  who: admin,
  takes: { id: categoryId, ...wholeCategory, ...deletedFlag },
  uploads: { bytes: pictureBytes },
  returns: one(Category),
  refuses: { ...refusesColumns, ...there },
  checks: readColumns,
  act: (ctx, { id, ...sent }) => changeCategory(ctx, id, sent),
})

export const patchCategory = endpoint('PATCH /api/v2/category/{id}/', {
  summary: 'Patch a Specific Category',
  description:
    'Changes the given fields. Emits `category.updated` if something has changed. Everybody follows one that ' +
    'becomes forced. A deleted one can be restored by `deleted: false`, and changed in no other way.',
  who: admin,
  takes: { id: categoryId, ...partOfCategory, ...deletedFlag },
  uploads: { bytes: pictureBytes },
  returns: one(Category),
  refuses: { ...refusesColumns, ...there },
  checks: readColumns,
  act: (ctx, { id, ...sent }) => changeCategory(ctx, id, sent),
})

export const deleteCategoryEndpoint = endpoint('DELETE /api/v2/category/{id}/', {
  summary: 'Delete a Specific Category',
  description: 'Nobody follows it any more, and the categories inside it lose it as parent. Emits `category.deleted`.',
  who: admin,
  takes: { id: categoryId },
  returns: nothing,
  refuses: there,
  act: (ctx, { id }) => deleteCategory(ctx, id),
})

export const listCategoryChildren = endpoint('GET /api/v2/category/{id}/children/', {
  summary: 'Get Category Children',
  description: 'The categories directly below it.',
  who: visitor,
  takes: { id: categoryId },
  returns: page(Category),
  refuses: there,
  act: (ctx, { id, page }) => listAround(ctx, 'children', id, page),
})

export const listCategoryParents = endpoint('GET /api/v2/category/{id}/parents/', {
  summary: 'Get Category Parents',
  description: 'The categories directly above it.',
  who: visitor,
  takes: { id: categoryId },
  returns: page(Category),
  refuses: there,
  act: (ctx, { id, page }) => listAround(ctx, 'parents', id, page),
})

export const getCategoryAudience = endpoint('GET /api/v2/category/{id}/audience/', {
  summary: "Get Category's Audience",
  who: visitor,
  takes: { id: categoryId },
  returns: data(CategoryAudience),
  refuses: there,
  act: (ctx, { id }) => readAudience(ctx, id),
})

export const listCategoryFollowers = endpoint('GET /api/v2/category/{id}/followers/', {
  summary: "Get Category's Followers",
  description: 'Last followers first, without members whom the caller hides, or who hide the caller.',
  who: member,
  takes: { id: categoryId },
  returns: page(User),
  refuses: there,
  act: (ctx, { id, page }) => listFollowers(ctx, id, null, page),
})

export const listTrendingFollowers = endpoint('GET /api/v2/category/{id}/followers/trending/', {
  summary: "Get Category's Trending Followers",
  description: 'Those who followed it in the last days, last first.',
  who: visitor,
  takes: {
    id: categoryId,
    days: Type.Optional(Type.Integer({ minimum: 1, maximum: 36_500, description: '90 unless given.' })),
  },
  returns: page(User),
  refuses: there,
  act: (ctx, { id, days = 90, page }) => listFollowers(ctx, id, days, page),
})

export const followCategory = endpoint('POST /api/v2/category/{id}/follow/', {
  summary: 'Follow a Category',
  description: 'Follows a category, or unfollows it. Blocked members may do either.',
  who: member,
  takes: { id: categoryId },
  returns: nothing,
  refuses: {
    ...there,
    400: 'Everybody follows it, or it is not active, or following is off (`category_follow_enabled`).',
  },
  act: (ctx, { id }) => toggleFollow(ctx, id),
})

export const isCategoryFollowed = endpoint('GET /api/v2/category/{id}/is_followed/', {
  summary: 'Check Category Followed',
  who: member,
  takes: { id: categoryId },
  returns: data(Type.Object({ is_followed: Type.Boolean() }, { additionalProperties: false })),
  refuses: there,
  act: async (ctx, { id }) => ({ is_followed: await isFollowed(ctx, id) }),
})

export const listUserCategories = endpoint('GET /api/v2/user/{id}/categories/', {
  summary: "Get user's categories",
  description:
    'The categories that a member follows, as a bare array, not paginated: those in common with the caller first, ' +
    'then the others, each last followed first.',
  who: anyone,
  takes: {
    id: memberId,
    mutual: Type.Optional(
      Type.Enum([0, 1], { description: '1: only those in common with the caller; 0: only the others.' }),
    ),
  },
  returns: one(Categories),
  act: (ctx, { id, mutual }) => renderFollowedBy(ctx, id, mutual),
})
