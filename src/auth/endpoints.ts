import { endpoint } from '../context.ts'
import { notFound, refused } from '../platform/errors.ts'
import { data } from '../platform/http/endpoint.ts'
import { secret } from '../platform/http/input.ts'
import Type from '../platform/schema.ts'
import { admin, anyone } from './audience.ts'
import { signIns } from './rates.ts'

export const verifyToken = endpoint('POST /api/v2/jwt/verify_token/', {
  summary: 'Verify a token',
  description:
    'Tells whether a JSON Web Token is signed with the secret of this community, and not expired. Nothing else in ' +
    'it is looked at: neither `user_id`, `ext_id` nor `token_type`.',
  who: anyone,
  takes: { token: secret({ description: 'The token to be checked.', maxLength: 16_384 }) },
  rate: signIns,
  returns: data(Type.Object({}, { additionalProperties: false })),
  refuses: { 401: 'The token is not good.' },
  async act({ kith }, { token }) {
    await kith.tokens.checkSignature(token)
    return {}
  },
})

/** Hours. Such a token ends only by its time, so one for another member ends soon. */
const longest = 24

export const createToken = endpoint('POST /api/v2/user/{id}/token/', {
  summary: 'Make a token for a member',
  description:
    "For integrations that act for members: a token like the member's own. Whatever is done with it counts as " +
    'done by them. It cannot be withdrawn before it expires.',
  extension: true,
  who: admin,
  takes: {
    id: Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      'x-alias': 'me',
      description: 'Id of the member.',
    }),
    hours: Type.Optional(
      Type.Integer({ minimum: 1, maximum: longest, description: 'How long it is valid, in hours; 1 by default.' }),
    ),
  },
  returns: data(
    Type.Object(
      { token: Type.String(), expires_at: Type.String({ format: 'date-time' }) },
      { $id: 'Token', description: 'A token for a member.', additionalProperties: false },
    ),
  ),
  refuses: { 400: 'The member is blocked.' },
  async act({ kith, now }, { id, hours = 1 }) {
    const member = await kith.actors.find(id)
    if (!member) throw notFound('No member has this id.')
    if (member.status === 'b') throw refused('blocked', 'This member is blocked: nobody acts for them.')
    const expires = new Date(Math.floor(now.getTime() / 1000 + hours * 3600) * 1000)
    return { token: await kith.tokens.mint(id, hours * 3600), expires_at: expires.toISOString() }
  },
})
