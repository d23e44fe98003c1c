import Type from '../platform/schema.ts'
import {
  boolean,
  type Field,
  integer,
  moment,
  nullable,
  nullableMoment,
  nullableText,
  plainView,
  renderSql,
  text,
} from '../platform/sql/view.ts'

const nullableInteger = (sql: string): Field<unknown> => ({ schema: nullable(Type.Integer()), sql, kind: 'number' })

/** A page that the community writes of itself. Reads a row of custom_page named c. */
export const CustomPage = plainView('CustomPage', 'A page that the community writes of itself.', {
  id: integer('c.id'),
  type: { schema: Type.Literal('normal'), sql: `'normal'`, kind: 'word' },
  slug: text('c.slug'),
  title: text('c.title'),
  html_summary: nullableText('c.html_summary'),
  html_body: nullableText('c.html_body'),
  valid_from: nullableMoment('c.valid_from'),
  valid_to: nullableMoment('c.valid_to'),
  created_at: moment('c.created_at'),
  updated_at: nullableMoment('c.updated_at'),
  active: boolean('c.active'),
  created_by: integer('c.created_by'),
  updated_by: nullableInteger('c.updated_by'),
})

export const renderCustomPage = renderSql(CustomPage, null)
