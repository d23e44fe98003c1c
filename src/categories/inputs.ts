import type { Static, TObject } from 'typebox'
import type { Ctx } from '../context.ts'
import { readAll } from '../platform/errors.ts'
import { line } from '../platform/http/input.ts'
import Type from '../platform/schema.ts'
import { readTags, tagsInput } from '../tags/find.ts'
import { cleanHtml } from '../texts/clean.ts'
import { slugOf as slugOfText } from '../texts/slug.ts'
import { pictureInputs, readFiles } from './pictures.ts'

/** A category's id in a path. */
export const categoryId = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Id of the category.',
})

const most = 2_147_483_647
const whole = (description: string) => Type.Integer({ minimum: -most, maximum: most, description })

// The length is given twice: on the text, and on the whole for the sentence of its refusal.
const words = (maxLength: number, description: string) =>
  Type.Optional(Type.Union([Type.String({ maxLength }), Type.Null()], { description, maxLength }))
const oneLine = (maxLength: number, description: string) =>
  Type.Optional(Type.Union([line({ maxLength }), Type.Null()], { description, maxLength }))

const name = line({ minLength: 1, maxLength: 100, description: 'Unique whatever its case.' })

/** Sent instead of a slug, to have one made from the name. */
export const generatedSlug = '_GENERATE_'

const options = {
  slug: Type.Optional(
    Type.String({
      maxLength: 255,
      pattern: '^[A-Za-z0-9_-]*$',
      sentence: 'Use letters without accents, digits, - and _ only.',
      description:
        'Unique in any case. Made from the name by default, and for `_GENERATE_`; it stays when the name changes.',
    }),
  ),
  name_synonyms: oneLine(1_000, 'Other names it is found by.'),
  slogan: oneLine(1_000, 'A line below the name.'),
  html_info: words(100_000, 'What it is about, as HTML.'),
  seo_title: oneLine(1_000, 'Title for search engines.'),
  seo_description: words(10_000, 'Description for search engines.'),
  auto_follow: Type.Optional(
    Type.Enum(['none', 'default', 'forced'], {
      description: 'default: new members follow it. forced: everybody does, and it cannot be unfollowed.',
    }),
  ),
  content_only_staff: Type.Optional(Type.Boolean({ description: 'Only staff may publish in it.' })),
  active: Type.Optional(Type.Boolean({ description: 'Inactive categories are in the lists of staff only.' })),
  order: Type.Optional(whole('Position in lists; categories at the same are ordered by name.')),
  emotional_image_position: Type.Optional(whole('Where its picture is cut, in percent.')),
  stream_order_by: Type.Optional(Type.Enum(['recent', 'last_activity', 'relevance'])),
  tags: tagsInput,
  parents: Type.Optional(Type.Array(categoryId, { maxItems: 100, description: 'Ids of its parent categories.' })),
}

export const wholeCategory = { name, ...options, ...pictureInputs }
export const partOfCategory = { name: Type.Optional(name), ...options, ...pictureInputs }

/** A change of an existing category can delete and restore it. */
export const deletedFlag = {
  deleted: Type.Optional(
    Type.Boolean({ description: 'true: delete it, as DELETE does. false: restore it, without its followers.' }),
  ),
}

/** What a client sends to create or change a category. */
export type Sent = Static<TObject<typeof partOfCategory>>
export type Change = Sent & { deleted?: boolean }

/** The columns of a category that administrators set. */
export type Columns = {
  name: string
  slug: string
  name_synonyms: string | null
  slogan: string | null
  html_info: string | null
  seo_title: string | null
  seo_description: string | null
  auto_follow: string
  content_only_staff: boolean
  active: boolean
  position: number
  image_original: string | null
  emotional_image_original: string | null
  emotional_image_position: number
  stream_order_by: string
  parents: number[]
  ancestors: number[]
  tag_ids: number[]
}

/** The defaults of a category. */
export const defaults: Omit<Columns, 'name' | 'slug'> = {
  name_synonyms: '',
  slogan: '',
  html_info: null,
  seo_title: '',
  seo_description: '',
  auto_follow: 'none',
  content_only_staff: false,
  active: true,
  position: 0,
  image_original: null,
  emotional_image_original: null,
  emotional_image_position: 50,
  stream_order_by: 'recent',
  parents: [],
  ancestors: [],
  tag_ids: [],
}

export const columnNames = ['name', 'slug', ...Object.keys(defaults)]

/**
 * The columns for what was sent, without pictures. An empty slug counts as none; HTML is cleaned like that of
 * members.
 */
export async function readColumns(ctx: Ctx, sent: Sent): Promise<Partial<Columns>> {
  const { order, slug, name, parents, html_info, tags, image_original, emotional_image_original, ...rest } = sent
  const { files: _, ...read } = await readAll({
    files: () => readFiles({ image_original, emotional_image_original }),
    ...(tags !== undefined && { tag_ids: () => readTags(ctx.db, 'category', tags) }),
    ...(html_info && { html_info: async () => (await cleanHtml(ctx, 'html_info', html_info)).html }),
  })
  return {
    ...rest,
    ...(html_info !== undefined && { html_info }),
    ...(name !== undefined && { name }),
    ...read,
    ...(slug && { slug }),
    ...(order !== undefined && { position: order }),
    ...(parents && { parents: [...new Set(parents)] }),
  }
}

/** A slug made from a name, without accents; `category` if nothing of the name can be written that way. */
export const slugOf = (name: string): string => slugOfText(name) || 'category'
