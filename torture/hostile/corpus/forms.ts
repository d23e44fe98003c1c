import { type Case, list, type Theme, times } from '../case.ts'
import { profile } from './say.ts'

const type = 'application/x-www-form-urlencoded'
const form = (
  name: string,
  body: string | Buffer | (() => string | Buffer),
  allowed: Case['allowed'],
  code?: string,
): Case => ({
  name,
  who: 'alice',
  send: { ...profile, type, body },
  allowed,
  code,
})

const heavy = [
  ['125,000 empty pairs', () => times(125_000, '&')],
  ['125,000 names without values', () => times(125_000, 'a&')],
  ['60,000 pairs of one name', () => times(60_000, 'a=1&')],
  ['40,000 pairs of many names', () => list(24_000, (i) => `k${i}=1`).join('&')],
  ['60,000 values of a list', () => times(30_000, 'a[]=1&')],
  ['250,000 plus signs', () => `token=${times(250_000, '+')}`],
  ['80,000 escaped characters', () => `token=${times(80_000, '%41')}`],
  ['250,000 percent signs', () => `token=${times(250_000, '%')}`],
  ['80,000 times %zz', () => `token=${times(80_000, '%zz')}`],
  ['40,000 times half of a character', () => `token=${times(40_000, '%e2%82')}`],
  ['250,000 equals signs', () => times(250_000, '=')],
  ['250,000 semicolons', () => `a=1${times(250_000, ';')}`],
] as const

export const forms: Theme = {
  name: 'forms',
  cases: [
    ...heavy.map(([name, body]) => form(name, body, [200, 400])),
    ...heavy.map(
      ([name, body]): Case => ({
        name: `${name}, sent by a stranger`,
        send: { path: '/jwt/verify_token/', type, body },
        allowed: [400, 401],
      }),
    ),
    form('1,000 pairs', () => list(1_000, (i) => `k${i}=1`).join('&'), [200]),
    form('1,001 pairs', () => list(1_001, (i) => `k${i}=1`).join('&'), [400], 'too_complex'),
    form('nothing but &', '&', [200, 400]),
    form('nothing but =', '=', [200, 400]),
    form('nothing but %', '%', [200, 400]),
    form('a name alone', 'bio', [200, 400]),
    form('a name and half an escape', 'bio=%4', [200, 400]),
    form('NUL', 'bio=a%00b', [400]),
    form('NUL in a name', 'b%00io=x', [200, 400]),
    form('a surrogate, escaped', 'bio=%ed%a0%80', [200, 400]),
    form('an overlong escape', 'bio=%c0%af', [200, 400]),
    form('ISO-8859-1', Buffer.from('bio=\xe9', 'latin1'), [400]),
    form('ISO-8859-1, escaped', 'bio=caf%e9', [200, 400]),
    form('an escape as IIS had it', 'bio=%u0041', [200, 400]),
    form(
      'the name __proto__',
      '__proto__=x&__proto__[role]=admin&constructor[prototype][role]=admin&bio=x',
      [200, 400],
    ),
    form('the name hasOwnProperty', 'hasOwnProperty=x&toString=x&bio=x', [200, 400]),
    form('brackets without end', () => `bio${times(50_000, '[a]')}=x`, [200, 400]),
    form('brackets that are never closed', () => `bio${times(100_000, '[')}=x`, [200, 400]),
    form('an index of nine digits', 'bio[999999999]=x', [200, 400]),
    form('text and list of one name', 'bio=x&bio[]=y', [200, 400]),
    form('JSON in a form', '{"bio":"x"}', [200, 400]),
    form('a form in multipart', '--b\r\nContent-Disposition: form-data; name="bio"\r\n\r\nx\r\n--b--', [200, 400]),
    {
      name: 'an object in a field of a form, 20,000 deep',
      who: 'alice',
      send: { path: '/post/', type, body: () => `title=x&text=x&location=${times(20_000, '{"a":')}` },
      allowed: [400],
    },
    {
      name: 'a list in a field of a form, never closed',
      who: 'alice',
      send: { path: '/post/', type, body: () => `title=x&text=x&categories=${times(100_000, '[')}` },
      allowed: [400],
    },
    {
      name: 'categories with 100,000 commas between',
      who: 'alice',
      send: { path: '/post/', type, body: () => `title=x&text=x&categories=${times(100_000, '1,')}` },
      allowed: [400],
    },
  ],
}
