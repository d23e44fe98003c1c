import { checkPassword, password } from '../accounts/password.ts'
import { admin, anyone, selfOrAdmin } from '../auth/audience.ts'
import { mails, signIns } from '../auth/rates.ts'
import { askedOf, endpoint } from '../context.ts'
import { badField } from '../platform/errors.ts'
import { data, dataOrNothing, nothing } from '../platform/http/endpoint.ts'
import Type from '../platform/schema.ts'
import { email, memberId } from '../users/inputs.ts'
import { changeEmail } from './change.ts'
import { findCode, validationCode } from './codes.ts'
import { confirmChange } from './confirm.ts'
import { askForRecovery, recoverMember } from './recover.ts'
import { resetPassword } from './reset.ts'
import { HandedToken } from './token.ts'

export const recoverAccount = endpoint('POST /api/v2/account/recover/', {
  summary: 'Recover an account',
  description:
    'If somebody has an account with this address, they get a mail to choose another password. The answer is the ' +
    'same if nobody has.',
  who: anyone,
  takes: { email },
  rate: mails,
  returns: nothing,
  act: (ctx, { email }) => askForRecovery(ctx, email, askedOf(ctx).language),
})

export const recoverUser = endpoint('POST /api/v2/user/{id}/recover/', {
  summary: "Recover a user's account",
  description: 'The member gets a mail to choose another password, as if they had asked for it themselves.',
  extension: true,
  who: admin,
  takes: { id: memberId },
  returns: nothing,
  refuses: { 400: 'The member has no e-mail address.' },
  act: (ctx, { id }) => recoverMember(ctx, id, askedOf(ctx).language),
})

export const resetAccount = endpoint('POST /api/v2/account/reset/', {
  summary: 'Reset password',
  description: 'Ends every session, everything that apps were allowed, and earlier JSON Web Tokens.',
  who: anyone,
  takes: { validation_code: validationCode, password },
  rate: signIns,
  checks: (_ctx, { password }) => password !== undefined && checkPassword(password),
  returns: data(Type.Object({ token: HandedToken }, { additionalProperties: false })),
  refuses: { 400: 'The code is not good, or the password is too simple.' },
  async act(ctx, input) {
    const token = await resetPassword(ctx, input, true)
    return { token: token as NonNullable<typeof token> }
  },
})

const Valid = Type.Object({ is_valid: Type.Boolean() }, { additionalProperties: false })

export const checkValidationCode = endpoint('POST /api/v2/account/verify/validation_code/', {
  extension: true,
  summary: 'Check a validation code',
  description: 'Whether a mailed code is still valid, whatever it is for. It stays valid.',
  who: anyone,
  takes: { validation_code: validationCode },
  rate: signIns,
  returns: data(Valid),
  act: async ({ kith, now }, { validation_code }) => ({
    is_valid: (await findCode(kith, now, validation_code)) !== null,
  }),
})

export const changeUserEmail = endpoint('PATCH /api/v2/user/{id}/change_email/', {
  summary: "Change User's Email",
  description:
    "Sends a mail to the new address. The address is the member's once the code in that mail confirms it; the old " +
    'address is told. With `confirm`, administrators get the code instead of a mail.',
  who: selfOrAdmin,
  takes: {
    id: memberId,
    new_email: email,
    confirm: Type.Optional(
      Type.Boolean({ description: 'For administrators: answer with the code, and send no mail.' }),
    ),
    send_email: Type.Optional(Type.Boolean({ description: 'A mail is sent in any case.' })),
  },
  rate: mails,
  returns: dataOrNothing(Type.Object({ validation_code: Type.String() }, { additionalProperties: false })),
  async act(ctx, { id, new_email, confirm }) {
    const code = await changeEmail(ctx, id, new_email, confirm ?? false)
    return code === undefined ? undefined : { validation_code: code }
  },
})

const emailToken = Type.Optional(Type.String({ maxLength: 200, description: 'The mailed code; or `email_token`.' }))

export const checkEmailToken = endpoint('GET /api/v2/user/{id}/check_email_token/', {
  summary: 'Check email token',
  description: 'Whether the code that confirms another address of this member is still valid.',
  who: anyone,
  takes: { id: memberId, token: emailToken, email_token: emailToken },
  rate: signIns,
  returns: data(Valid),
  async act({ kith, now }, { id, token, email_token }) {
    const code = token ?? email_token
    if (!code) throw badField('token', 'required', 'This field is required.')
    const found = await findCode(kith, now, code)
    return { is_valid: found?.member === id && found.purpose !== 'recovery' }
  },
})

export const confirmEmail = endpoint('POST /api/v2/user/{id}/confirm_email/', {
  summary: "Confirm User's Change Email",
  who: anyone,
  takes: { id: memberId, new_email: email, validation_code: validationCode },
  rate: signIns,
  returns: nothing,
  refuses: { 400: 'The code is not good, or somebody else has confirmed the address meanwhile.' },
  act: (ctx, { id, new_email, validation_code }) =>
    confirmChange(ctx, validation_code, { member: id, email: new_email }),
})
