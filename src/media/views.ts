import { publicAddressCall } from '../community/public-address.ts'
import { Embed as Kept } from '../embeds/views.ts'
import { addressSql, filesPath } from '../files/paths.ts'
import Type from '../platform/schema.ts'
import {
  type Field,
  integer,
  moment,
  nested,
  nullable,
  plainView,
  renderSql,
  text,
  type View,
} from '../platform/sql/view.ts'

// Every expression below reads a row of media under that name, and n.nth: its place in its contribution, from 1.

/**
 * SQL of JSON with whole addresses, in which those of our files are stored without the server. No text can look like
 * this key.
 */
const withServer = (json: string) =>
  `replace(${json}::text, '"url":"${filesPath}', concat('"url":"', ${publicAddressCall}, '${filesPath}'))`

const Embed = nullable(
  Type.Object(
    {
      id: nullable(Type.Integer({ description: 'Of an embed that administrators made.' })),
      embed_type: Type.String({
        description: 'sc_link: a page elsewhere; sc_shared_object: a shared contribution.',
      }),
      embed_id: Type.String(),
      url: nullable(Type.String()),
      metadata: Type.Object({}, { additionalProperties: true, description: 'What is known of it.' }),
    },
    { $id: 'MediaEmbed', description: 'What a media leads to.', additionalProperties: false },
  ),
)

const documented: Record<string, Field<unknown>> = {
  id: integer('media.id'),
  added_at: moment('media.added_at'),
  type: { schema: Type.Enum(['image', 'url', 'embed', 'eimage', 'doc', 'share']), sql: 'media.type', kind: 'word' },
  title: text('media.title'),
  description: text('media.description'),
  url: text(`coalesce(${addressSql('media.url')}, '')`),
  image: text(`coalesce(${addressSql('media.image')}, '')`),
  image_width: integer('coalesce(media.image_width, 0)'),
  image_height: integer('coalesce(media.image_height, 0)'),
  order: integer('n.nth - 1'),
  embed: nested(
    Embed,
    `case when media.embedded_id is not null then (select ${renderSql(Kept, null)} from embed e where e.id = media.embedded_id)
      when media.embed_type is null then 'null' else concat('{"id":null,"embed_type":"', media.embed_type,
      '","embed_id":', to_json(media.embed_id), ',"url":', coalesce(to_json(media.url)::text, 'null'),
      ',"metadata":', ${withServer('media.metadata')}, '}') end`,
  ),
}

const Thumbnail = nullable(
  Type.Object(
    { url: Type.String(), width: Type.Integer(), height: Type.Integer() },
    { $id: 'Thumbnail', description: 'A smaller picture.', additionalProperties: false },
  ),
)

/** A media of a contribution. */
export const Media = plainView('Media', 'A picture, a document or a link.', {
  ...documented,
  // Missing in the documentation, but clients read them.
  image_thumbnail: nested(Thumbnail, `coalesce(${withServer('media.thumbnail')}, 'null')`),
  mimetype: text(`coalesce(media.mimetype, '')`),
  size: integer('coalesce(media.size, 0)'),
})

export const WebhookMedia = plainView('WebhookMedia', 'A media, as webhook receivers see it.', documented)

/** SQL of some medias as JSON; `ids` gives them in order. */
const mediasSql = (shown: View<unknown>) => (ids: string) =>
  `case when ${ids} = '{}' then '[]' else (select concat('[', string_agg(${renderSql(shown, null)}, ',' order by n.nth), ']')
    from unnest(${ids}) with ordinality n(id, nth) join media on media.id = n.id) end`

/** SQL of the version of these medias, and of their embeds. */
export const mediasVersion = (ids: string) => `case when cardinality(${ids}) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(${ids})) end`

export const renderMedias = mediasSql(Media)
export const renderWebhookMedias = mediasSql(WebhookMedia)
