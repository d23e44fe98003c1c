import { type Allowed, type Answer, type Case, list, type Theme, times } from '../case.ts'

const ask = (name: string, path: string, allowed: Allowed, more: Partial<Case> = {}): Case => ({
  name,
  who: 'alice',
  send: { path },
  allowed,
  ...more,
})

const lists = [
  '/user/',
  '/user/search/',
  '/user/autocomplete/',
  '/user/hidden_users/',
  '/user/{bob}/connections/',
  '/user/connection/requests/',
  '/category/',
  '/category/search/',
  '/category/{category}/feed/',
  '/category/{category}/followers/',
  '/post/',
  '/post/search/',
  '/status/{status}/vote/',
  '/dynamic_preference/',
]

const cursor = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const forged: [string, string][] = [
  ['text with NUL', cursor('[1,"\\u0000",5]')],
  ['text with NUL behind other text', cursor('[1,"a\\u0000",5]')],
  ['half of a surrogate pair', cursor('[1,"\\ud800",5]')],
  ['NUL alone', cursor('[1,"\\u0000"]')],
  ['three values', cursor([1, 'a', 5, 6])],
  ['a hundred values', cursor([1, ...list(100, (i) => i)])],
  ['no value', cursor([1])],
  ['a number for text', cursor([1, 5, 5])],
  ['text for a number', cursor([1, 'a', 'b'])],
  ['a fraction', cursor([1, 'a', 1.5])],
  ['2^53', cursor([1, 'a', 2 ** 53])],
  ['1e308', cursor('[1,"a",1e308]')],
  ['1e999', cursor('[1,"a",1e999]')],
  ['-1', cursor([1, 'a', -1])],
  ['null', cursor([1, null, 5])],
  ['a list', cursor([1, [1], 5])],
  ['an object', cursor([1, { a: 1 }, 5])],
  ['another direction', cursor([2, 'a', 5])],
  ['a moment that never was', cursor([1, '2026-02-30T00:00:00+00:00', 5])],
  ['the year 0', cursor([1, '0000-01-01T00:00:00+00:00', 5])],
  ['infinity', cursor([1, 'infinity', 5])],
  ['a quote', cursor([1, "' or 1=1 --", 5])],
  ['no JSON', cursor('nonsense')],
  ['an object for a list', cursor('{"0":1,"1":5}')],
  ['deep JSON', cursor(times(100, '['))],
  ['no base64', '!!!!'],
  ['nothing', ''],
  ['499 characters', times(499, 'W')],
  ['10,000 characters', times(10_000, 'W')],
]

const extremes: [string, Allowed][] = [
  ['limit=0', [200, 400]],
  ['limit=-1', [400]],
  ['limit=101', [200]],
  ['limit=2147483648', [200, 400]],
  ['limit=9007199254740993', [200, 400]],
  ['limit=9223372036854775808', [200, 400]],
  ['limit=1e3', [400]],
  ['limit=1.5', [400]],
  ['limit=0x10', [400]],
  ['limit=NaN', [400]],
  ['limit=%D9%A1', [400]],
  ['limit=1&limit=2', [200, 400]],
  ['limit[]=1', [200, 400]],
  ['limit[a]=1', [200, 400]],
  ['limit=true', [400]],
  ['limit=%00', [400]],
  ['offset=-1', [400]],
  ['offset=2147483648', [200, 400]],
  ['offset=9223372036854775807', [200, 400]],
  ['offset=9007199254740991', [200, 400]],
  ['offset=99999999999999999999999999', [200, 400]],
  ['offset=9007199254740991&limit=100', [200, 400]],
  ['ordering=nonsense', [200, 400]],
  ['ordering=id;drop%20table%20users', [200, 400]],
  ['ordering=-', [200, 400]],
  ['nonsense=1', [200, 400]],
  ['__proto__=1&constructor=1', [200, 400]],
]

const repeated = [
  'search',
  'user',
  'username',
  'gender',
  'location',
  'description',
  'ordering',
  'age',
  'is_staff',
  'limit',
  'cursor',
]
const told = ({ body }: Answer) =>
  /syntax error|pg_|relation "|select /i.test(body) ? `it speaks of the database: ${body.slice(0, 200)}` : null

export const queries: Theme = {
  name: 'queries',
  cases: [
    ...['/user/search/', '/user/', '/category/', '/post/', '/user/hidden_users/', '/events/'].flatMap((path) =>
      forged.map(([name, text]) =>
        ask(
          `${path} with a forged cursor: ${name}`,
          `${path}?cursor=${text}`,
          path === '/events/' ? [400, 403] : [200, 400],
          {
            look: told,
          },
        ),
      ),
    ),
    ...lists.flatMap((path) =>
      ['[1,"\\u0000",5]', '[0,"\\u0000"]', '[1,5]', '[1,"a",5]'].map((text) =>
        ask(`${path} with the cursor ${text}`, `${path}?cursor=${cursor(text)}`, [200, 400], { look: told }),
      ),
    ),
    ...['/user/search/', '/category/', '/post/'].flatMap((path) =>
      extremes.map(([query, allowed]) => ask(`${path}?${query}`, `${path}?${query}`, allowed, { look: told })),
    ),
    ...repeated.flatMap((name) => [
      ask(`${name} twice`, `/user/search/?${name}=a&${name}=b`, [200, 400]),
      ask(`${name} as a list`, `/user/search/?${name}[]=a&${name}[]=b`, [200, 400]),
      ask(`${name} as an object`, `/user/search/?${name}[a]=a&${name}[b][c]=b`, [200, 400]),
      ask(`${name} with NUL`, `/user/search/?${name}=a%00b`, [200, 400]),
      ask(`${name} of half a character`, `/user/search/?${name}=%e2%82`, [200, 400]),
      ask(`${name} of 15 kB`, `/user/search/?${name}=${times(15_000, 'x')}`, [400, 431]),
    ]),
    ...[
      '%25',
      '_',
      '\\',
      "'",
      '"',
      '%25%25%25',
      '\\%00',
      '%5c%25',
      '%F0%9F%98%80',
      '%E2%80%8B',
      times(200, '%25_'),
      times(80, '%25a'),
      '%EF%B7%BA',
    ].flatMap((text) =>
      [
        '/user/search/?search=',
        '/post/search/?search=',
        '/category/search/?search=',
        '/dynamic_preference/?search=',
      ].map((path) => ask(`${path}${text.slice(0, 30)}`, `${path}${text}`, [200, 400], { look: told })),
    ),
    ask('400 words to search for', `/post/search/?search=${list(400, (i) => `w${i}`).join('+')}`, [200, 400]),
    ask(
      'brackets and operators to search for',
      `/post/search/?search=${encodeURIComponent(times(200, '(a & !b | <-> c:*) '))}`,
      [200, 400, 431],
    ),
    ask('a query of 14 kB of &', `/user/?${times(14_000, '&')}`, [200, 400]),
    ask('a query of 14 kB of =', `/user/?${times(14_000, '=')}`, [200, 400]),
    ask('a query of 14 kB of %', `/user/?search=${times(14_000, '%')}`, [200, 400]),
    ask('a query of 14 kB of +', `/user/?search=${times(14_000, '+')}`, [200, 400]),
    ask('a query of 60 kB', `/user/?search=${times(60_000, 'x')}`, [400, 431]),
    ask('1,001 pairs', `/user/?${list(1_001, () => 'a=1').join('&')}`, [400], { code: 'too_complex' }),
    ask('a query behind a query', '/user/?limit=1?limit=2', [200, 400]),
    ask('a fragment', '/user/?limit=1#limit=2', [200, 400]),
    ask('a token in the query', '/jwt/verify_token/?token=not-to-be-logged-XYZZY', [404, 405]),
    ask('an access token in the query', '/user/me/?access_token=not-to-be-logged-XYZZY', [200]),
  ],
}
