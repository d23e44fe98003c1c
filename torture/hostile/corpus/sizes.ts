import { type Allowed, type Case, is2xx, list, type Theme, times } from '../case.ts'
import { kilobyte, profile, say } from './say.ts'

/** A JSON body of exactly so many bytes. */
const sized = (bytes: number, fields: Record<string, string>) => () => {
  const empty = JSON.stringify({ ...fields, padding: '' }).length
  return JSON.stringify({ ...fields, padding: times(bytes - empty, 'y') })
}
const own = (bytes: number, allowed: Allowed): Case => ({
  name: `a profile of ${bytes} bytes`,
  who: 'alice',
  send: { ...profile, body: sized(bytes, { bio: 'x' }) },
  allowed,
})
const post = (bytes: number, allowed: Allowed): Case => ({
  name: `a post of ${bytes} bytes`,
  who: 'alice',
  send: { path: '/post/', body: sized(bytes, { title: 'x', text: 'x' }) },
  allowed,
})
const field = (name: string, length: number, allowed: Allowed): Case => ({
  name: `${name} of ${length} characters`,
  who: 'alice',
  send: { ...profile, body: () => JSON.stringify({ [name]: times(length, 'x') }) },
  allowed,
})
/** Bytes that come one after the other with a pause between. */
const dribble = (n: number, each: string, pause: number) => ({ pieces: list(n, () => each), pause })

export const sizes: Theme = {
  name: 'sizes',
  cases: [
    own(256 * kilobyte - 1, [200]),
    own(256 * kilobyte, [200]),
    own(256 * kilobyte + 1, [413]),
    own(300_000, [413]),
    own(1_000_000, [413]),
    own(10_000_000, [413]),
    own(20_000_000, [413, 'closed']),
    post(256 * kilobyte + 1, is2xx),
    post(1_000_000, is2xx),
    post(1_200_000, [413]),
    post(10_000_000, [413]),
    field('bio', 10_000, [200]),
    field('bio', 10_001, [400]),
    field('description', 50, [200]),
    field('description', 51, [400]),
    field('username', 256, [400]),
    field('website', 100_000, [400]),
    field('location', 250_000, [400]),
    {
      name: 'a text of 100,000 characters',
      who: 'alice',
      send: { path: '/post/', body: () => JSON.stringify({ title: 'x', text: times(100_000, 'x') }) },
      allowed: is2xx,
    },
    {
      name: 'a text of 100,001 characters',
      who: 'alice',
      send: { path: '/post/', body: () => JSON.stringify({ title: 'x', text: times(100_001, 'x') }) },
      allowed: [400],
    },
    {
      name: 'a title of 256 characters',
      who: 'alice',
      send: { path: '/discussion/', body: JSON.stringify({ title: times(256, 'x'), text: 'x' }) },
      allowed: [400],
    },
    ...[
      ['/', 404],
      ['/api/v2/nothing/', 404],
      ['/api/v2/user/1/', 401],
      ['/api/v2/post/', 401],
      ['/healthz', 404],
      ['/docs', 404],
    ].map(
      ([path, status]): Case => ({
        name: `10 MB of a stranger to ${path}`,
        send: { path: `raw:${path}`, method: 'POST', body: () => Buffer.alloc(10_000_000, 0x5b) },
        allowed: [status as number, 404, 405, 401],
      }),
    ),
    {
      name: '10 MB with a token that is none',
      send: { path: '/post/', headers: { Authorization: 'Bearer x' }, body: () => Buffer.alloc(10_000_000, 0x5b) },
      allowed: [401],
    },
    {
      name: '10 MB of one who is blocked',
      who: 'blocked',
      send: { path: '/post/', body: () => Buffer.alloc(10_000_000, 0x5b) },
      allowed: [403, 413],
    },
    {
      name: 'a length of 10 MB and no more, by a stranger',
      send: say('POST /api/v2/post/ HTTP/1.1', ['HOST', 'Content-Type: application/json', 'Content-Length: 10000000']),
      allowed: [401],
    },
    {
      name: 'a body that dribbles in, a byte every 100 ms',
      send: (target) => [
        say('PATCH /api/v2/user/me/ HTTP/1.1', [
          'HOST',
          'ALICE',
          'Content-Type: application/json',
          'Content-Length: 20',
        ])(target),
        ...[...'{"bio":"dribbled"}  '].map((each) => Buffer.from(each)),
      ],
      pause: 100,
      allowed: [200],
    },
    {
      name: 'chunks that dribble in',
      send: (target) => [
        say('PATCH /api/v2/user/me/ HTTP/1.1', [
          'HOST',
          'ALICE',
          'Content-Type: application/json',
          'Transfer-Encoding: chunked',
        ])(target),
        ...[...'{"bio":"dribbled"}'].flatMap((each) => [Buffer.from('1\r'), Buffer.from(`\n${each}\r\n`)]),
        Buffer.from('0\r\n\r\n'),
      ],
      pause: 30,
      allowed: [200],
    },
    {
      name: 'a body of a stranger that never comes',
      send: say(
        'POST /api/v2/jwt/verify_token/ HTTP/1.1',
        ['HOST', 'Content-Type: application/json', 'Content-Length: 100'],
        '{"tok',
      ),
      patience: 40_000,
      allowed: [408, 400, 'closed'],
    },
    {
      name: 'headers that never end',
      send: (target) => [
        Buffer.from('GET /healthz HTTP/1.1\r\n'),
        ...dribble(40, 'X: y\r\n', 500).pieces.map((each) => Buffer.from(each)),
        say('', ['HOST'])(target),
      ],
      pause: 500,
      patience: 40_000,
      allowed: [408, 400, 'closed'],
    },
    {
      name: 'a connection on which nothing is said',
      send: '',
      patience: 40_000,
      allowed: [408, 'closed'],
    },
  ],
}
