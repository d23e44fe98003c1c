import { anyone } from '../auth/audience.ts'
import { type Ctx, endpoint } from '../context.ts'
import { dataPage, one } from '../platform/http/endpoint.ts'
import { type PageRequest, type PageRows, pageOf } from '../platform/http/page.ts'
import Type from '../platform/schema.ts'
import { fold } from '../platform/search/fold.ts'
import { findReactions, showReaction } from './find.ts'
import { Reaction } from './views.ts'

const orderings = ['id', '-id', 'label', '-label', 'sentiment', '-sentiment'] as const
type Ordering = (typeof orderings)[number]

const filters = {
  search: Type.Optional(Type.String({ maxLength: 255, description: 'Part of the label.' })),
  active: Type.Optional(Type.Boolean({ description: 'Only active reactions, or only the others.' })),
}

/** Clients read only the first page. */
const reactions = dataPage(Reaction.schema, { limit: 100, max: 100 })

type Asked = { search?: string; active?: boolean; ordering?: Ordering }

async function list(
  ctx: Ctx,
  { search = '', active, ordering = 'id' }: Asked,
  page: PageRequest,
): Promise<PageRows<never>> {
  const word = fold(search)
  const found = (await findReactions(ctx)).filter(
    (each) => fold(each.label).includes(word) && (active === undefined || each.active === active),
  )
  const key = ordering.replace('-', '') as 'id' | 'label' | 'sentiment'
  const sign = ordering.startsWith('-') ? -1 : 1
  const items = found.toSorted((a, b) => sign * (a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : a.id - b.id))
  return pageOf(
    items.map(({ json }) => JSON.parse(json)),
    page,
  )
}

export const listReactions = endpoint('GET /api/v2/reaction/', {
  summary: 'Get All Reactions',
  description: 'The reactions that members vote with; `reaction` of a vote is the id of one.',
  who: anyone,
  takes: { ...filters, ordering: Type.Optional(Type.Enum(orderings)) },
  returns: reactions,
  act: (ctx, { page, ...asked }) => list(ctx, asked, page),
})

export const searchReactions = endpoint('GET /api/v2/reaction/search/', {
  summary: 'Search a Reaction',
  who: anyone,
  takes: filters,
  returns: reactions,
  act: (ctx, { page, ...asked }) => list(ctx, asked, page),
})

export const getReaction = endpoint('GET /api/v2/reaction/{id}/', {
  summary: 'Get a Specific Reaction',
  who: anyone,
  takes: { id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Id of the reaction.' }) },
  returns: one(Reaction),
  act: (ctx, { id }) => showReaction(ctx, id),
})
