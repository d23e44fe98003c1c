import { admin, selfOrAdmin } from '../auth/audience.ts'
import { Category } from '../categories/views.ts'
import { endpoint } from '../context.ts'
import { nothing, page } from '../platform/http/endpoint.ts'
import Type from '../platform/schema.ts'
import { tagId } from '../tags/inputs.ts'
import { listTagsOf } from '../tags/lists.ts'
import { Tag } from '../tags/views.ts'
import { memberId } from '../users/inputs.ts'
import { mustBeThere } from '../users/queries.ts'
import { User } from '../users/views.ts'
import { tagSomething, type Wish } from './assign.ts'
import {
  AnyContribution,
  categoryOrderings,
  contributionOrderings,
  listTaggedCategories,
  listTaggedContributions,
  listTaggedMembers,
  userOrderings,
} from './lists.ts'

const id = Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }))

const tagging = (act: string, wish: Wish, summary: string, description: string) =>
  endpoint(`POST /api/v2/tag/{id}/${act}/`, {
    summary,
    description: `${description} Name one of \`user\`, \`category\` and \`contribution\`. Emits that it was updated.`,
    who: admin,
    takes: { id: tagId, user: id, category: id, contribution: id },
    returns: nothing,
    refuses: { 400: 'The tag is for something else, or not in use.', 404: 'The tag, or what is named, is not there.' },
    act: (ctx, { id, ...named }) => tagSomething(ctx, id, named, wish),
  })

export const assignTag = tagging(
  'assign',
  'other',
  'Assign a Tag, or unassign it',
  'Gives the tag to what lacks it, and takes it from what has it.',
)
export const addTag = tagging('add', true, 'Add a Tag', 'What has it already stays as it is.')
export const removeTag = tagging('remove', false, 'Remove a Tag', 'What does not have it stays as it is.')

const named = {
  tag_id: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
  tag_name: Type.Optional(Type.String({ maxLength: 64, description: 'Instead of tag_id.' })),
}
const ordered = { description: '`order` unless given.' }

export const listMembersWithTag = endpoint('GET /api/v2/tag/user/', {
  summary: 'Get Users Tagged with a Specific Tag',
  who: admin,
  takes: { ...named, ordering: Type.Optional(Type.Enum([...userOrderings], ordered)) },
  returns: page(User),
  act: (ctx, { page, ...asked }) => listTaggedMembers(ctx, asked, page),
})

export const listCategoriesWithTag = endpoint('GET /api/v2/tag/category/', {
  summary: 'Get Categories Tagged with a Specific Tag',
  who: admin,
  takes: { ...named, ordering: Type.Optional(Type.Enum([...categoryOrderings], ordered)) },
  returns: page(Category),
  act: (ctx, { page, ...asked }) => listTaggedCategories(ctx, asked, page),
})

export const listContributionsWithTag = endpoint('GET /api/v2/tag/contribution/', {
  summary: 'Get Contributions Tagged with a Specific Tag',
  who: admin,
  takes: { ...named, ordering: Type.Optional(Type.Enum([...contributionOrderings], ordered)) },
  returns: page(AnyContribution),
  act: (ctx, { page, ...asked }) => listTaggedContributions(ctx, asked, page),
})

export const listTagsOfMember = endpoint('GET /api/v2/user/{id}/tags/', {
  summary: "Get user's all tags",
  description: 'All tags in use that the member has, also those that others do not see.',
  who: selfOrAdmin,
  takes: { id: memberId },
  returns: page(Tag),
  async act(ctx, { id, page }) {
    await mustBeThere(ctx, id)
    return listTagsOf(ctx, id, page)
  },
})
