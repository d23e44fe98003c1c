import { boolean, nullableMoment, plainView, renderSql } from '../platform/sql/view.ts'

/** The member of an archive. */
export type Subject = { id: number }

/** Reads a row of archive named a and its member u, or empty rows. */
export const DataPortability = plainView('DataPortability', 'How far the archive of a member is.', {
  computing: boolean('a.requested_at is not null and a.generated_at is null'),
  send_email: boolean('a.requested_at is not null and u.email is not null'),
  requested_at: nullableMoment('a.requested_at'),
  generated_at: nullableMoment('a.generated_at'),
  email_sent_at: nullableMoment('a.email_sent_at'),
  downloaded_at: nullableMoment('a.downloaded_at'),
})

export const renderStatus = renderSql(DataPortability, null)
