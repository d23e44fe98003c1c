import type { MemberCtx } from '../context.ts'
import { constraintOf } from '../platform/db/database.ts'
import { badField, notFound } from '../platform/errors.ts'
import { emitSql } from '../platform/events/emit.ts'
import { renderSql } from '../platform/http/view.ts'
import { textFor } from './queries.ts'
import { shownBy, WebhookUser } from './views.ts'

const editable = [
  'username',
  'real_name',
  'bio',
  'location',
  'location_lat_lng',
  'position_lat_lng',
  'date_of_birth',
  'description',
  'gender',
  'website',
]

/** Changes a profile. What is not named stays; a change that changes nothing tells nothing. */
export async function updateUser(ctx: MemberCtx, id: number, changes: Record<string, unknown>): Promise<void> {
  const shown = shownBy(ctx.community, true)
  const text = textFor('update user', shown, () => {
    const fresh = editable.map((name) => `n.${name}`).join(', ')
    const old = editable.map((name) => `u.${name}`).join(', ')
    return `with changed as (
      update users u set (${editable.join(', ')}) = row(${fresh})
      from (select (jsonb_populate_record(before, $2::jsonb)).* from users before where id = $1 for update) n
      where u.id = $1 and u.status in ('a', 'b') and (${fresh}) is distinct from (${old})
      returning u.*
    ), told as (
      ${emitSql(`select 'user.updated' as type, ${renderSql(WebhookUser, shown)} as data from changed u`, '$3::timestamptz')}
    )
    select 1 from users where id = $1 and status in ('a', 'b')`
  })
  try {
    const rows = await ctx.db.query(text, [id, JSON.stringify(changes), ctx.now.toISOString()])
    if (!rows.length) throw notFound('There is no member of this id.')
  } catch (error) {
    throw nameTaken(error) ?? error
  }
}

/** The refusal behind a broken unique constraint of members, if it is that. */
export function nameTaken(error: unknown) {
  switch (constraintOf(error)) {
    case 'users_username':
      return badField('username', 'unique', 'This username is taken. Choose another.')
    case 'users_email':
      return badField('email', 'unique', 'There is an account with this e-mail address already.')
    case 'users_ext_id':
      return badField('ext_id', 'unique', 'There is an account with this ext_id already.')
    default:
      return null
  }
}
