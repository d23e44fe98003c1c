import { validationCode } from '../addresses/codes.ts'
import { HandedToken } from '../addresses/token.ts'
import { admin, anyone } from '../auth/audience.ts'
import { signIns } from '../auth/rates.ts'
import { endpoint } from '../context.ts'
import { data, nothing, page } from '../platform/http/endpoint.ts'
import Type from '../platform/schema.ts'
import { approve, refuse } from './approve.ts'
import { confirmSignUp, notYetIn } from './verify.ts'
import { Registration } from './views.ts'
import { listWaiting } from './waiting.ts'

export const verifyAccount = endpoint('POST /api/v2/account/verify/', {
  summary: 'Verify an account',
  description:
    'Confirms the address of a new account by the mailed code, and signs its member in. If they have to be ' +
    'admitted by hand, the answer says so with the code `waits_for_approval`; the address is confirmed all the ' +
    'same.',
  who: anyone,
  takes: { validation_code: validationCode },
  rate: signIns,
  returns: data(Type.Object({ token: HandedToken }, { additionalProperties: false })),
  refuses: {
    400: 'The code is not good, or somebody else has confirmed the address meanwhile.',
    403: 'The address is confirmed, and the account waits to be let in.',
  },
  async act(ctx, { validation_code }) {
    const { token } = await confirmSignUp(ctx, validation_code, true)
    if (!token) throw notYetIn()
    return { token }
  },
})

const id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Id of who waits.' })

export const listRegistrations = endpoint('GET /api/v2/registration/', {
  summary: 'List who waits to be let in',
  description:
    'Longest waiting first, while `users_approval_enabled` is on. Those without `email_isvalid` have yet to ' +
    'confirm their address.',
  extension: true,
  who: admin,
  returns: page(Registration, { limit: 20, max: 100, counted: false }),
  act: (ctx, { page }) => listWaiting(ctx, page),
})

export const approveRegistration = endpoint('POST /api/v2/registration/{id}/approve/', {
  summary: 'Let somebody in',
  description: 'They are a member from now on. Emits `user.created`, and sends them a mail.',
  extension: true,
  who: admin,
  takes: { id },
  returns: nothing,
  refuses: { 404: 'Nobody with this id waits.' },
  act: (ctx, { id }) => approve(ctx.kith, ctx, id),
})

export const refuseRegistration = endpoint('DELETE /api/v2/registration/{id}/', {
  summary: 'Do not let somebody in',
  description: 'The account is gone, its name free again; a mail tells them.',
  extension: true,
  who: admin,
  takes: { id },
  returns: nothing,
  refuses: { 404: 'Nobody with this id waits.' },
  act: (ctx, { id }) => refuse(ctx.kith, ctx, id),
})
