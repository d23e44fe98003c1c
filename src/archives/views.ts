import Type from 'typebox'
import { boolean, nullable, nullableMoment, plainView, renderSql } from '../platform/sql/view.ts'

/** Whose archive it is. */
export type Subject = { id: number }

/** Reads a row of archive named a, or an empty one. */
export const DataPortability = plainView('DataPortability', 'How far the archive of a member is.', {
  computing: boolean('a.requested_at is not null and a.generated_at is null'),
  send_email: boolean('false'),
  requested_at: nullableMoment('a.requested_at'),
  generated_at: nullableMoment('a.generated_at'),
  email_sent_at: { schema: nullable(Type.String({ format: 'date-time' })), sql: 'null::text', kind: 'word' },
  downloaded_at: nullableMoment('a.downloaded_at'),
})

export const renderStatus = renderSql(DataPortability, null)
