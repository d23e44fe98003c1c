import { randomUUID } from 'node:crypto'
import { type JWTPayload, jwtVerify, SignJWT } from 'jose'
import type { Clock } from '../platform/clock.ts'
import { unauthorized } from '../platform/errors.ts'
import { lru } from '../platform/lru.ts'

export type Tokens = {
  /** The member of a token. Throws 401 with the reason if the token is not valid. */
  verify(token: string): Promise<number>
  /** Throws 401 if the signature or the time of a token is not valid, whatever else it says. */
  checkSignature(token: string): Promise<void>
  /** A token for a member, valid for `seconds`. */
  mint(userId: number, seconds: number): Promise<string>
}

/** How much the clocks of two machines may differ, in seconds. */
const tolerance = 10

/**
 * Tokens according to the documentation: HS256 only, with the claims `user_id` (a number, or one written as text),
 * `token_type` "access", `jti`, `iat` and `exp`.
 */
export function createTokens(secret: string, clock: Clock): Tokens {
  const key = new TextEncoder().encode(secret)
  // A signature stays valid until the token ends, so for cached tokens only the end is checked.
  const known = lru<string, { userId: number; exp: number }>(10_000)
  const seconds = () => Math.floor(clock.now().getTime() / 1000)

  async function read(token: string, more: string[]): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['HS256'],
      requiredClaims: ['exp', 'iat', 'jti', ...more],
      clockTolerance: tolerance,
      currentDate: clock.now(),
    }).catch((error: Error & { code?: string }) => {
      throw unauthorized(
        error.code === 'ERR_JWT_EXPIRED'
          ? 'The token has expired. Get a new one.'
          : `The token is not good: ${error.message}.`,
      )
    })
    if ((payload.iat as number) > seconds() + tolerance) throw unauthorized('The token was issued in the future.')
    return payload
  }

  return {
    async verify(token) {
      const kept = known.get(token)
      if (kept) {
        if (kept.exp + tolerance > seconds()) return kept.userId
        throw unauthorized('The token has expired. Get a new one.')
      }
      const payload = await read(token, ['user_id', 'token_type'])
      if (payload.token_type !== 'access') throw unauthorized('The token is not an access token.')
      const id = payload.user_id
      const userId = typeof id === 'number' ? id : typeof id === 'string' && /^\d{1,15}$/.test(id) ? Number(id) : 0
      if (!Number.isSafeInteger(userId) || userId < 1) throw unauthorized('The token names no member in user_id.')
      known.set(token, { userId, exp: payload.exp as number })
      return userId
    },
    checkSignature: async (token) => void (await read(token, [])),
    mint: (userId, lifetime) =>
      new SignJWT({ user_id: userId, token_type: 'access' })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setJti(randomUUID())
        .setIssuedAt(seconds())
        .setExpirationTime(seconds() + lifetime)
        .sign(key),
  }
}
