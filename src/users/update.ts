import type { MemberCtx } from '../context.ts'
import { constraintOf } from '../platform/db/database.ts'
import { badField } from '../platform/errors.ts'
import { declareChange } from './change.ts'
import { userUpdated } from './events.ts'
import { profileColumns } from './inputs.ts'
import { WebhookUser } from './views.ts'

const changeProfile = declareChange({
  name: 'profile',
  columns: Object.keys(profileColumns),
  event: userUpdated,
  view: WebhookUser,
})

/** Changes a profile. */
export async function updateUser(ctx: MemberCtx, id: number, changes: object): Promise<void> {
  try {
    await changeProfile(ctx, id, changes)
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
