import { view } from '../community/flags.ts'
import { publicAddressCall } from '../community/public-address.ts'
import { addressSql } from '../files/paths.ts'
import { categoryPath } from '../pictures/paths.ts'
import Type from '../platform/schema.ts'
import {
  arrayOf,
  boolean,
  type Field,
  inFragments,
  integer,
  keptIn,
  moment,
  nested,
  nullableText,
  own,
  plainView,
  renderSql,
  text,
  versionSql,
} from '../platform/sql/view.ts'
import { tagsField } from '../tags/views.ts'
import { WebhookUser } from '../users/views.ts'

// Every expression below reads a row of category under that name, and f: the row of category_follower by which the
// viewer follows it, or an empty row.

const autoFollow = Type.Enum(['none', 'default', 'forced'], {
  description: 'default: new members follow it; forced: everybody does, and it cannot be unfollowed.',
})
const streamOrder = Type.Enum(['recent', 'last_activity', 'relevance'])

/** A smaller picture beside the original. Kith draws one for a category without picture, as for members. */
const size = (name: string): Field<unknown> => ({
  schema: Type.String({ description: 'Address of a picture. Kith draws one for categories without.' }),
  sql: `case when category.image_original is null then concat(${publicAddressCall}, '${categoryPath}', category.id, '.svg')
    else replace(${addressSql('category.image_original')}, '/original.', '/${name}.') end`,
  kind: 'text',
})

/** SQL of what the row keeps rendered. The addresses of our own pictures are stored without the server. */
const shownSql = `replace(category.shown_json, e'\\x04', ${publicAddressCall})`

/** What is stored rendered in a generated column. */
const kept = keptIn<unknown>(shownSql, {
  order: integer('category.position'),
  name: text('category.name'),
  name_synonyms: nullableText('category.name_synonyms'),
  slug: text('category.slug'),
  slogan: nullableText('category.slogan'),
  html_info: nullableText('category.html_info'),
  seo_title: nullableText('category.seo_title'),
  seo_description: nullableText('category.seo_description'),
  auto_follow: { schema: autoFollow, sql: 'category.auto_follow', kind: 'word' },
  content_only_staff: boolean('category.content_only_staff'),
  active: boolean('category.active'),
  image_original: nullableText(addressSql('category.image_original')),
  image_bigger: size('bigger'),
  image_big: size('big'),
  image_medium: size('medium'),
  image_small: size('small'),
  // Clients put it into a style sheet as it is: null would make them ask for a picture called null.
  emotional_image_original: text(`coalesce(${addressSql('category.emotional_image_original')}, '')`),
  emotional_image_position: integer('category.emotional_image_position'),
  lastmod_datetime: moment('category.lastmod_datetime'),
  stream_order_by: { schema: streamOrder, sql: 'category.stream_order_by', kind: 'word' },
})

/** Its SQL, with its fields: the migrations must agree with these. */
export const keptFields = { [shownSql]: kept }

const fields: Record<string, Field<unknown>> = {
  id: integer('category.id'),
  tags: tagsField('category.tag_ids'),
  followed: own(boolean('f.member_id is not null')),
  ...kept,
  followers_counter: integer('category.followers'),
}

/** A category as the viewer sees it. */
export const Category = inFragments(
  plainView('Category', 'What contributions are about, and members follow.', {
    ...fields,
    parents: nested(Type.Array(Type.Integer()), 'to_json(category.parents)::text'),
  }),
  {
    from: 'category',
    id: 'category.id',
    version: versionSql('category'),
    flags: () => [null],
  },
)

/** Categories, all at once. */
export const Categories = arrayOf(Category)

/** A category in webhook events: the documentation leaves out its parents. */
export const WebhookCategory = plainView('WebhookCategory', 'A category, as webhook receivers see it.', fields)

/** SQL of a category as JSON. */
export const renderCategory = renderSql(Category, null)

/** SQL of a category in an event; `f` is how the actor follows it. */
export const renderWebhookCategory = renderSql(WebhookCategory, null)

/** What every event about a category carries. Reads the actor as u, and t.added_at. */
export const CategoryAct = view('WebhookCategoryAct', 'A category, and the member who did something with it.', {
  category: nested(WebhookCategory.schema, renderWebhookCategory),
  user: nested(WebhookUser.schema, (flags) => renderSql(WebhookUser, flags)),
  added_at: {
    ...moment('t.added_at'),
    schema: Type.String({
      format: 'date-time',
      description: 'When it was followed; otherwise when the category was made.',
    }),
  },
})

/** How many members the contributions in a category reach. */
export const CategoryAudience = Type.Object(
  {
    category_audience: Type.Integer({ description: 'Members who follow the category.' }),
    connections_audience: Type.Integer({
      description: 'How many of them are connected with the caller, or follow the caller in follow mode.',
    }),
  },
  {
    $id: 'CategoryAudience',
    description: 'How many members the contributions in a category reach.',
    additionalProperties: false,
  },
)
