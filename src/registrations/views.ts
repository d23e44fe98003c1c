import Type from '../platform/schema.ts'
import { boolean, integer, moment, nullable, plainView, text } from '../platform/sql/view.ts'

/**
 * Somebody who waits to be admitted, as administrators see them. Reads a row of sign_up named s and of users named u.
 */
export const Registration = plainView('Registration', 'Somebody who waits to be let in.', {
  id: integer('u.id'),
  username: text('u.username'),
  email: { ...text('s.email'), schema: nullable(Type.String()) },
  email_isvalid: boolean('u.email_isvalid'),
  created_at: moment('s.created_at'),
})
