import Type from '../platform/schema.ts'
import {
  arraySql,
  boolean,
  type Field,
  integer,
  moment,
  nested,
  nullableText,
  plainView,
  renderSql,
  text,
} from '../platform/sql/view.ts'

/** What can have tags; each has tags of its own. */
export const tagTypes = ['user', 'category', 'contribution'] as const
export type TagType = (typeof tagTypes)[number]

/** Reads a row of tag named t. */
export const Tag = plainView('Tag', 'What administrators mark members, categories or contributions with.', {
  id: integer('t.id'),
  type: { schema: Type.Enum([...tagTypes]), sql: 't.type', kind: 'word' },
  name: text('t.name'),
  description: nullableText('t.description'),
  color: text('t.color'),
  visible: boolean('t.visible'),
  visibility_boost: boolean('t.visibility_boost'),
  created_at: moment('t.created_at'),
  active: boolean('t.active'),
  deleted: boolean('t.deleted'),
})

export const renderTag = renderSql(Tag, null)

/** SQL of whether a tag t is in use. */
export const inUseSql = 't.active and not t.deleted'

/**
 * SQL of the tags of something as JSON: those in use that everybody may see.
 * @param ids SQL of the column with their ids
 */
export const tagsSql = (ids: string) => `case when ${ids} = '{}' then '[]' else (
    select ${arraySql(Tag, renderTag, 't.id')} from tag t
    where t.id = any(${ids}) and ${inUseSql} and t.visible) end`

/** SQL of whether a row has a tag. The first condition makes PostgreSQL use the index of rows with any tag. */
export const hasTagSql = (row: string, tag: string) => `${row}.tag_ids <> '{}' and ${row}.tag_ids @> array[${tag}]`

/** The tags of something, as a field of a view. */
export const tagsField = <F>(ids: string): Field<F> => nested(Type.Array(Tag.schema), tagsSql(ids))
