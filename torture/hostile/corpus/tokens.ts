import { createHmac } from 'node:crypto'
import { type Case, type Lazy, type Target, type Theme, times } from '../case.ts'

const part = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const now = Math.floor(Date.now() / 1000)
const claims = { user_id: 1, token_type: 'access', jti: 'x', iat: now, exp: now + 3_600 }
const sign = (head: unknown, payload: unknown, key = 'guessed', hash = 'sha256') => {
  const text = `${part(head)}.${part(payload)}`
  return `${text}.${createHmac(hash, key).update(text).digest('base64url')}`
}
const hs256 = { alg: 'HS256', typ: 'JWT' }

/** Tokens that nobody gave out. */
const forged: [string, string][] = [
  ['alg none', `${part({ alg: 'none' })}.${part(claims)}.`],
  ['alg NONE', `${part({ alg: 'NONE' })}.${part(claims)}.`],
  ['alg nOnE with a signature', sign({ alg: 'nOnE' }, claims)],
  ['alg empty', sign({ alg: '' }, claims)],
  ['alg null', sign({ alg: null }, claims)],
  ['alg a list', sign({ alg: ['HS256'] }, claims)],
  ['no alg', sign({ typ: 'JWT' }, claims)],
  ['alg HS512', sign({ alg: 'HS512' }, claims, 'guessed', 'sha512')],
  ['alg RS256', sign({ alg: 'RS256' }, claims)],
  ['alg ES256', sign({ alg: 'ES256' }, claims)],
  ['alg EdDSA', sign({ alg: 'EdDSA' }, claims)],
  ['another secret', sign(hs256, claims)],
  ['an empty secret', sign(hs256, claims, '')],
  ['no signature', `${part(hs256)}.${part(claims)}.`],
  ['no last part', `${part(hs256)}.${part(claims)}`],
  ['four parts', `${sign(hs256, claims)}.x`],
  ['five parts', `${part({ alg: 'dir', enc: 'A128GCM' })}....`],
  ['dots alone', '..'],
  ['a kid that is a path', sign({ ...hs256, kid: '../../../../dev/null' }, claims, '')],
  ['a kid that is SQL', sign({ ...hs256, kid: "x' union select 'guessed' --" }, claims)],
  ['a kid that is an object', sign({ ...hs256, kid: { a: 1 } }, claims)],
  ['a jku', sign({ ...hs256, jku: 'http://127.0.0.1:1/jwks.json' }, claims)],
  ['an x5u', sign({ ...hs256, x5u: 'http://127.0.0.1:1/x' }, claims)],
  ['a jwk of its own', sign({ ...hs256, jwk: { kty: 'oct', k: part('guessed') } }, claims)],
  ['crit', sign({ ...hs256, crit: ['exp'] }, claims)],
  ['b64 false', sign({ ...hs256, b64: false, crit: ['b64'] }, claims)],
  ['zip', sign({ ...hs256, zip: 'DEF' }, claims)],
  ['a head that is a list', sign([], claims)],
  ['a head that is no JSON', `${part('nonsense')}.${part(claims)}.x`],
  ['claims that are no JSON', sign(hs256, 'nonsense')],
  ['claims that are a list', sign(hs256, [])],
  ['claims 5,000 deep', sign(hs256, times(5_000, '['))],
  ['a token within a token', sign(hs256, sign(hs256, claims))],
  ['a head with NUL', `${part('{"alg":"HS256","x":"\\u0000"}')}.${part(claims)}.x`],
  ['base64 of the other kind', sign(hs256, claims).replace(/-/g, '+').replace(/_/g, '/')],
  ['12 kB', sign(hs256, { ...claims, x: times(8_000, 'x') })],
]

/** Tokens signed with the secret of the community, that are not good all the same. */
const bad: [string, Record<string, unknown>][] = [
  ['that has expired', { exp: now - 3_600 }],
  ['that expired in 1970', { exp: 0 }],
  ['that expires never', { exp: undefined }],
  ['whose end is text', { exp: '9999999999' }],
  ['of the future', { iat: now + 3_600 }],
  ['not yet good', { nbf: now + 3_600 }],
  ['without a beginning', { iat: undefined }],
  ['without a jti', { jti: undefined }],
  ['to refresh with', { token_type: 'refresh' }],
  ['of no type', { token_type: undefined }],
  ['of a member who is not', { user_id: 999_999_999 }],
  ['of member 0', { user_id: 0 }],
  ['of member -1', { user_id: -1 }],
  ['of member 1.5', { user_id: 1.5 }],
  ['of member 2^53', { user_id: 2 ** 53 }],
  ['of a list of members', { user_id: [1] }],
  ['of a member called "1 or 1=1"', { user_id: '1 or 1=1' }],
  ['of a member in other digits', { user_id: '\u0661' }],
  ['of true', { user_id: true }],
  ['of nobody', { user_id: null }],
]

const ways = (name: string, token: Lazy<string>): Case[] => {
  const read = (target: Target) => (typeof token === 'function' ? token(target) : token)
  return [
    {
      name: `a token ${name}, in the header`,
      send: (target) =>
        `GET /api/v2/user/me/ HTTP/1.1\r\nHost: ${target.host}\r\nAuthorization: Bearer ${read(target)}\r\n\r\n`,
      allowed: [401],
    },
    {
      name: `a token ${name}, where none is needed`,
      send: (target) =>
        `GET /api/v2/category/ HTTP/1.1\r\nHost: ${target.host}\r\nAuthorization: Bearer ${read(target)}\r\n\r\n`,
      allowed: [401],
    },
  ]
}

/** @param secret of the community that is attacked */
export const tokens = (secret: string): Theme => ({
  name: 'tokens',
  cases: [
    ...forged.flatMap(([name, token]) => ways(`with ${name}`, token)),
    ...bad.flatMap(([name, other]) => ways(name, sign(hs256, { ...claims, ...other }, secret))),
    ...ways('of alice with another signature', ({ tokens }) => `${tokens.alice.slice(0, -4)}AAAA`),
    ...ways('of alice with other claims', ({ tokens }) => {
      const [head, , signature] = tokens.alice.split('.')
      return `${head}.${part({ ...claims, user_id: 1 })}.${signature}`
    }),
    ...ways('of alice cut short', ({ tokens }) => tokens.alice.slice(0, -1)),
    ...ways('of alice twice', ({ tokens }) => `${tokens.alice}.${tokens.alice}`),
    ...[...forged, ['that has expired', sign(hs256, { ...claims, exp: now - 3_600 }, secret)]].map(
      ([name, token]): Case => ({
        name: `a token with ${name}, to be verified`,
        send: { path: '/jwt/verify_token/', body: JSON.stringify({ token }) },
        allowed: [400, 401],
      }),
    ),
    ...['1', '[]', '{}', 'null', 'true', '""', '"\\u0000"', `"${times(17_000, 'x')}"`, `"${times(200_000, '.')}"`].map(
      (token): Case => ({
        name: `${token.slice(0, 20)} to be verified`,
        send: { path: '/jwt/verify_token/', body: `{"token":${token}}` },
        allowed: [400, 401],
      }),
    ),
  ],
})
