import { addressSql } from '../files/paths.ts'
import { boolean, integer, moment, plainView, text } from '../platform/sql/view.ts'

/** A picture of a member. Reads it as a, and the member as u. */
export const Avatar = plainView('Avatar', 'A picture that a member has uploaded of themselves.', {
  id: integer('a.id'),
  primary: boolean('coalesce(u.avatar = a.path, false)'),
  avatar: text(addressSql('a.path')),
  date_uploaded: moment('a.uploaded_at'),
  user: integer('a.user_id'),
})
