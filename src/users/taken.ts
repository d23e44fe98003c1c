import type { Db } from '../platform/db/database.ts'
import { constraintOf } from '../platform/db/database.ts'
import { Refusal } from '../platform/errors.ts'
import { statement } from '../platform/sql/statement.ts'

/** What is unique about a member. */
export type Names = { username?: string | null; email?: string | null; ext_id?: string | null }

const constraints: Record<string, { field: keyof Names; message: string }> = {
  users_username: { field: 'username', message: 'This username is taken. Choose another.' },
  users_email: { field: 'email', message: 'There is an account with this e-mail address already.' },
  users_ext_id: { field: 'ext_id', message: 'There is an account with this ext_id already.' },
}

const whose = statement({
  name: 'users: whose name it is',
  takes: { username: 'text?', email: 'text?', ext_id: 'text?' },
  gives: { id: 'bigint' },
  sql: ($) => `select id from users where status <> 'u' and (lower(username) = lower(${$.username})
    or (email is not null and lower(email) = lower(${$.email})) or (ext_id is not null and ext_id = ${$.ext_id}))`,
})

/**
 * The refusal of a name that somebody has.
 * @param id whose it is, if the caller may know: nobody else learns whether an e-mail address is known here
 */
export function taken(field: keyof Names, id?: number): Refusal {
  const { message } = Object.values(constraints).find((each) => each.field === field) as { message: string }
  const said = id === undefined ? { message } : { message: `${message} It is that of member ${id}.`, id }
  return new Refusal(400, [{ field, messages: [{ code: 'unique', ...said }] }])
}

/**
 * The error to throw for one that may be a broken unique constraint of members.
 * @param sent what was to be written
 * @param tell whether the caller may know whose name it is
 */
export async function explainTaken(db: Db, error: unknown, sent: Names, tell: boolean): Promise<unknown> {
  const broken = constraints[constraintOf(error) ?? '']
  if (!broken) return error
  const nothing = { username: null, email: null, ext_id: null }
  const owner = tell ? await whose.row(db, { ...nothing, [broken.field]: sent[broken.field] }) : undefined
  return taken(broken.field, owner?.id)
}
