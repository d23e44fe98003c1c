import { type Case, is2xx, list, type Theme, times } from '../case.ts'
import { profile } from './say.ts'

const part = (name: string, value = 'x', more = '') =>
  `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`
const end = '--b--\r\n'
const type = 'multipart/form-data; boundary=b'

const body = (
  name: string,
  text: string | (() => string),
  allowed: Case['allowed'],
  more: Partial<Case> = {},
): Case => ({
  name,
  who: 'alice',
  send: { ...profile, type, body: text },
  allowed,
  ...more,
})
const typed = (name: string, header: string, text: string, allowed: Case['allowed']): Case => ({
  name,
  who: 'alice',
  send: { ...profile, type: header, body: text },
  allowed,
})
const good = `${part('bio')}${end}`

/** The same few bytes at many addresses: nobody needs a token to send them. */
const early = '--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nx'

export const multipart: Theme = {
  name: 'multipart',
  cases: [
    ...([
      '/',
      '/nothing/here',
      '/healthz',
      '/docs',
      '/api/v2/post/',
      '/api/v2/user/me/',
      '/api/v2/jwt/verify_token/',
    ].map((path) => ({
      name: `a file that ends early, sent by a stranger to ${path}`,
      send: { path: `raw:${path}`, type, body: early },
      allowed: [400, 401, 404, 405],
    })) satisfies Case[]),
    body('a file that ends early', early, [400], { code: 'parse_error' }),
    body('a file that ends early behind a field', `${part('bio')}${early}`, [400], { code: 'parse_error' }),
    body('a field that ends early', '--b\r\nContent-Disposition: form-data; name="bio"\r\n\r\nx', [400]),
    body('a part that ends in its headers', '--b\r\nContent-Disposition: form-data; name="bio"', [400]),
    body('a part that ends in the middle of a header name', '--b\r\nContent-Dis', [400]),
    body('one byte of a boundary', '-', [400]),
    body('a boundary and nothing', '--b', [400]),
    body('a boundary and a line', '--b\r\n', [400]),
    body('the last boundary alone', '--b--', [200, 400]),
    body('the last boundary twice', `${good}${end}`, [200, 400]),
    body('text before the first boundary', `nonsense\r\n${good}`, [200, 400]),
    body('text behind the last boundary', `${good}nonsense`, [200, 400]),
    body('lines that end with LF alone', good.replaceAll('\r\n', '\n'), [200, 400]),
    body('lines that end with CR alone', good.replaceAll('\r\n', '\r'), [400]),
    body(
      'no line between headers and value',
      '--b\r\nContent-Disposition: form-data; name="bio"\r\nx\r\n--b--\r\n',
      [200, 400],
    ),
    body('nothing but NUL', () => times(10_000, '\0'), [400]),
    body('nothing but line ends', () => times(50_000, '\r\n'), [400]),
    body('nothing but hyphens', () => times(200_000, '-'), [400]),
    body('nothing but boundaries', () => times(20_000, '--b\r\n'), [400]),
    body('nothing but almost boundaries', () => `${part('bio', times(40_000, '\r\n--a'))}${end}`, [200, 400]),
    body('no disposition', '--b\r\n\r\nx\r\n--b--\r\n', [200, 400]),
    body('no name', '--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n', [200, 400]),
    body('an empty name', `${part('')}${end}`, [200, 400]),
    body('the name __proto__', `${part('__proto__')}${part('constructor')}${part('bio')}${end}`, [200, 400]),
    body('the name of 60,000 characters', () => `${part(times(60_000, 'a'))}${end}`, [200, 400]),
    body('a name with NUL', `${part('b\0o')}${end}`, [200, 400]),
    body('a name in half of a surrogate pair', `${part('\ud800')}${end}`, [200, 400]),
    body('a value with NUL', `${part('bio', 'a\0b')}${end}`, [400]),
    body('the same field a hundred times', () => `${times(100, part('bio'))}${end}`, [400]),
    body('999 fields', () => `${list(999, (i) => part(`f${i}`)).join('')}${end}`, [200]),
    body('1,001 fields', () => `${list(1_001, (i) => part(`f${i}`)).join('')}${end}`, [400], { code: 'too_complex' }),
    body('4,000 fields of one name', () => `${times(4_000, part('a', ''))}${end}`, [400], { code: 'too_complex' }),
    body('2,500 files', () => `${times(2_500, part('a', '', '; filename="x"'))}${end}`, [400], { code: 'too_complex' }),
    body('900 files', () => `${times(900, part('a', 'x', '; filename="x"'))}${end}`, [200, 400]),
    body(
      'a thousand headers of a part',
      () => `--b\r\n${list(1_000, (i) => `X-${i}: x\r\n`).join('')}\r\nx\r\n${end}`,
      [200, 400],
    ),
    body('a header of 100 kB of a part', () => `--b\r\nX: ${times(100_000, 'x')}\r\n\r\nx\r\n${end}`, [200, 400]),
    body('a folded header', '--b\r\nContent-Disposition: form-data;\r\n name="bio"\r\n\r\nx\r\n--b--\r\n', [200, 400]),
    body('a header without a colon', '--b\r\nnonsense\r\n\r\nx\r\n--b--\r\n', [200, 400]),
    body(
      'ten thousand parameters of a disposition',
      () => `${part('bio', 'x', times(10_000, '; a=b'))}${end}`,
      [200, 400],
    ),
    body(
      'quotes that are never closed',
      '--b\r\nContent-Disposition: form-data; name="bio\r\n\r\nx\r\n--b--\r\n',
      [200, 400],
    ),
    body('backslashes in a name', `${part(times(2_000, '\\"'))}${end}`, [200, 400]),
    ...[
      '../../../etc/passwd',
      '/etc/passwd',
      '..\\..\\x',
      'C:\\x',
      '\0',
      '',
      '.',
      'a/',
      times(5_000, '../'),
      '%2e%2e%2f',
      "x'; drop table users",
    ].map((filename) =>
      body(
        `a file named ${JSON.stringify(filename.slice(0, 30))}`,
        `${part('a', 'x', `; filename="${filename}"`)}${end}`,
        [200, 400],
      ),
    ),
    body('a file named by filename*', `${part('a', 'x', "; filename*=utf-16''%fe%ff")}${end}`, [200, 400]),
    body(
      'a picture where there is none to be uploaded',
      `${part('avatar', 'x', '; filename="x.png"')}${end}`,
      [200, 400],
    ),
    body(
      'a part in a charset that there is not',
      '--b\r\nContent-Disposition: form-data; name="bio"\r\nContent-Type: text/plain; charset=nonsense\r\n\r\nx\r\n--b--\r\n',
      [200, 400, 415],
    ),
    body(
      'a part in UTF-16',
      '--b\r\nContent-Disposition: form-data; name="bio"\r\nContent-Type: text/plain; charset=utf-16le\r\n\r\nx\0\r\n--b--\r\n',
      [200, 400, 415],
    ),
    body(
      'a part in base64',
      '--b\r\nContent-Disposition: form-data; name="bio"\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!\r\n--b--\r\n',
      [200, 400],
    ),
    body(
      'a multipart within a multipart',
      '--b\r\nContent-Disposition: form-data; name="bio"\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--\r\n',
      [200, 400],
    ),
    typed('no boundary', 'multipart/form-data', good, [400]),
    typed('an empty boundary', 'multipart/form-data; boundary=', good, [400]),
    typed('an empty boundary in quotes', 'multipart/form-data; boundary=""', good, [400]),
    typed('a boundary in quotes that are never closed', 'multipart/form-data; boundary="b', good, [200, 400]),
    typed('two boundaries', 'multipart/form-data; boundary=a; boundary=b', good, [200, 400]),
    typed('a boundary of 4,000 characters', `multipart/form-data; boundary=${times(4_000, 'b')}`, good, [400]),
    typed('another boundary', 'multipart/form-data; boundary=c', good, [400]),
    typed(
      'a boundary of characters that mean something elsewhere',
      'multipart/form-data; boundary=.*+?^$()|[]',
      good,
      [400],
    ),
    typed('a thousand parameters', `multipart/form-data; boundary=b${times(1_000, '; a=b')}`, good, [200, 400]),
    typed('multipart/mixed', 'multipart/mixed; boundary=b', good, [415]),
    typed('multipart/related', 'multipart/related; boundary=b', good, [415]),
    typed('multipart/', 'multipart/; boundary=b', good, [415]),
    typed('multipart in another charset', `${type}; charset=utf-16`, good, [200, 400, 415]),
    {
      name: 'a field that is not UTF-8',
      who: 'alice',
      send: { ...profile, type, body: () => Buffer.from(`${part('bio', 'caf\xe9 \xff\xfe')}${end}`, 'latin1') },
      allowed: [400],
    },
    {
      name: 'a body of 250 kB in one field',
      who: 'alice',
      send: { ...profile, type, body: () => `${part('other', times(250_000, 'x'))}${end}` },
      allowed: [200, 400],
    },
    {
      name: 'a text for a contribution of 100 kB in a field',
      who: 'alice',
      send: { path: '/post/', type, body: () => `${part('title', 'x')}${part('text', times(99_999, 'x'))}${end}` },
      allowed: is2xx,
    },
  ],
}
