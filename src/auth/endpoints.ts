import Type from 'typebox'
import { endpoint } from '../context.ts'
import { unauthorized } from '../platform/errors.ts'
import { data } from '../platform/http/endpoint.ts'
import { secret } from '../platform/http/input.ts'
import { anyone } from './audience.ts'
import { signIns } from './rates.ts'

export const verifyToken = endpoint('POST /api/v2/jwt/verify_token/', {
  summary: 'Verify a token',
  description: 'Tells whether a JSON Web Token is good: signed with the secret of this community, and not expired.',
  who: anyone,
  takes: { token: secret({ description: 'The token to be checked.', maxLength: 16_384 }) },
  rate: signIns,
  returns: data(Type.Object({}, { additionalProperties: false })),
  refuses: { 401: 'The token is not good.' },
  async act({ kith }, { token }) {
    const userId = await kith.tokens.verify(token)
    if (!(await kith.actors.find(userId))) throw unauthorized('The member of this token is no longer here.')
    return {}
  },
})
