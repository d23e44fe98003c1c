import Type from '../platform/schema.ts'
import {
  arrayOf,
  boolean,
  type Field,
  integer,
  moment,
  nested,
  nullable,
  nullableMoment,
  nullableText,
  plainView,
  renderSql,
  text,
  viewsOf,
} from '../platform/sql/view.ts'

/** Whether the viewer is signed in, and may have accepted the page. */
export type Shown = { viewer: boolean }

/** A member's answer to a page. Reads a row of legal_page_ack named a. */
export const LegalPageAck = plainView('LegalPageAck', 'What a member has said to a legal page.', {
  id: integer('a.id'),
  accepted_at: nullableMoment('a.accepted_at'),
  not_accepted_at: nullableMoment('a.not_accepted_at'),
  custom_page: integer('a.page_id'),
  user: integer('a.member_id'),
})

export const renderAck = renderSql(LegalPageAck, null)

/** SQL of a page's name in addresses: clients know a policy by its beginning. */
export const slugSql = (l: string) => `${l}.policy || '-' || ${l}.revision`

const nullableInteger = (sql: string): Field<Shown> => ({ schema: nullable(Type.Integer()), sql, kind: 'number' })

/** A revision of a policy. Reads a row of legal_page named l, and a: the viewer's answer, or an empty row. */
export const LegalPage = viewsOf<Shown>()('LegalPage', 'A revision of a policy of the community.', {
  id: integer('l.id'),
  type: { schema: Type.Literal('legal'), sql: `'legal'`, kind: 'word' },
  slug: {
    ...text('l.policy'),
    schema: Type.String({ description: 'The policy (`tec`, `privacy`, `cookies`), and the number of the revision.' }),
    sql: slugSql('l'),
  },
  title: text('l.title'),
  html_summary: nullableText('l.html_summary'),
  html_body: nullableText('l.html_body'),
  valid_from: nullableMoment('l.valid_from'),
  valid_to: nullableMoment('l.valid_to'),
  created_at: moment('l.created_at'),
  updated_at: nullableMoment('l.updated_at'),
  active: boolean('l.active'),
  created_by: integer('l.created_by'),
  updated_by: nullableInteger('l.updated_by'),
  ack: {
    ...nested(nullable(LegalPageAck.schema), `case when a.id is null then 'null' else ${renderAck} end`),
    when: ({ viewer }) => viewer,
  },
})

/** Several at once, as bare arrays. */
export const LegalPages = arrayOf(LegalPage)
export const LegalPageAcks = arrayOf(LegalPageAck)
