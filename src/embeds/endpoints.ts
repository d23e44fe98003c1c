import { admin, visitor } from '../auth/audience.ts'
import { endpoint } from '../context.ts'
import { FeedUnit } from '../contributions/feed.ts'
import { type Ordering, orderings } from '../feeds/order.ts'
import { created, one, page } from '../platform/http/endpoint.ts'
import Type from '../platform/schema.ts'
import { changing, making, readFilter } from './inputs.ts'
import { listEmbedding, listEmbeddingSome, listEmbeds, mostEmbeds, showEmbed } from './lists.ts'
import { Embed } from './views.ts'
import { changeEmbed, makeEmbed } from './write.ts'

const id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Id of the embed.' })
const there = { 404: 'No embed has this id.' }
const uncounted = { limit: 20, max: 100, counted: false } as const
const ordering = Type.Optional(Type.Enum(orderings))
const recent: Ordering = 'recent'
const named = {
  embed_type: Type.Optional(Type.String({ maxLength: 100 })),
  embed_id: Type.Optional(Type.String({ maxLength: 500 })),
}

export const allEmbeds = endpoint('GET /api/v2/embed/', {
  summary: 'Get All Embeds',
  description: 'Newest first. There is no count: follow `next`.',
  who: visitor,
  returns: page(Embed, uncounted),
  act: (ctx, { page }) => listEmbeds(ctx, {}, page),
})

export const searchEmbeds = endpoint('GET /api/v2/embed/search/', {
  summary: 'Search an Embed',
  description: 'Only those with exactly this type and id.',
  who: visitor,
  takes: named,
  returns: page(Embed, uncounted),
  act: (ctx, { embed_type, embed_id, page }) => listEmbeds(ctx, { type: embed_type, name: embed_id }, page),
})

export const embedsFeed = endpoint('GET /api/v2/embed/feed/', {
  summary: "Get Embed's Feed",
  description: `Contributions that embed any of the matching embeds: the newest ${mostEmbeds} of them.`,
  who: visitor,
  takes: {
    ...named,
    metadata: Type.Optional(
      Type.String({
        maxLength: 4_000,
        description: 'A JSON object: finds embeds whose metadata contains it.',
      }),
    ),
    ordering,
  },
  returns: page(FeedUnit, uncounted),
  act: (ctx, { embed_type, embed_id, metadata, ordering = recent, page }) =>
    listEmbeddingSome(ctx, { type: embed_type, name: embed_id, metadata: readFilter(metadata) }, ordering, page),
})

export const getEmbed = endpoint('GET /api/v2/embed/{id}/', {
  summary: 'Get a specific Embed',
  who: visitor,
  takes: { id },
  returns: one(Embed),
  refuses: there,
  act: (ctx, { id }) => showEmbed(ctx, id),
})

export const embedFeed = endpoint('GET /api/v2/embed/{id}/feed/', {
  summary: "Get a specific Embed's Feed",
  who: visitor,
  takes: { id, ordering },
  returns: page(FeedUnit, uncounted),
  refuses: there,
  act: (ctx, { id, ordering = recent, page }) => listEmbedding(ctx, id, ordering, page),
})

export const createEmbed = endpoint('POST /api/v2/embed/', {
  summary: 'Create an Embed',
  description:
    'Creates something that contributions can be about, with a type and an id of your own. Medias of the type ' +
    '`embed` name it.',
  who: admin,
  takes: making,
  returns: created(Embed),
  refuses: { 400: 'There is one of this type and id.' },
  act: (ctx, sent) => makeEmbed(ctx, sent),
})

export const putEmbed = endpoint('PUT /api/v2/embed/{id}/', {
  summary: 'Update a specific Embed',
  description: 'Fields that are left out are emptied. Its type and its id elsewhere stay.',
  who: admin,
  takes: { id, ...changing },
  returns: one(Embed),
  refuses: there,
  act: (ctx, { id, ...sent }) => changeEmbed(ctx, id, sent, true),
})

export const patchEmbed = endpoint('PATCH /api/v2/embed/{id}/', {
  summary: 'Patch a Specific Embed',
  who: admin,
  takes: { id, ...changing },
  returns: one(Embed),
  refuses: there,
  act: (ctx, { id, ...sent }) => changeEmbed(ctx, id, sent, false),
})
