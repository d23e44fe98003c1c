import { password } from '../accounts/password.ts'
import { admin, self } from '../auth/audience.ts'
import { signIns } from '../auth/rates.ts'
import { endpoint } from '../context.ts'
import { nothing } from '../platform/http/endpoint.ts'
import { secret } from '../platform/http/input.ts'
import { memberId } from '../users/inputs.ts'
import { changePassword } from './change-password.ts'
import { signOut } from './sign-out.ts'

export const changePasswordOfUser = endpoint('PATCH /api/v2/user/{id}/change_password/', {
  summary: "Change User's Password",
  description:
    'Ends every other session, everything that apps were allowed, and earlier JSON Web Tokens. Blocked members ' +
    'may do it, too.',
  who: self,
  takes: {
    id: memberId,
    password: secret({ description: 'The one there is now.', maxLength: 128 }),
    new_password: password,
  },
  rate: signIns,
  returns: nothing,
  refuses: { 400: 'The password is not right, or the new one is too simple.', 429: 'Too many attempts.' },
  act: (ctx, input) => changePassword(ctx, input),
})

export const signOutUser = endpoint('POST /api/v2/user/{id}/sign_out/', {
  summary: 'Sign a user out everywhere',
  description:
    'Ends every session of a member, and everything they allowed apps. Their JSON Web Tokens stay valid until ' +
    'they expire; a new password ends those, too.',
  extension: true,
  who: admin,
  takes: { id: memberId },
  returns: nothing,
  act: (ctx, { id }) => signOut(ctx, id),
})
