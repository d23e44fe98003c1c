import { type Case, list, type Theme, times } from '../case.ts'
import { say } from './say.ts'

const early = 'PATCH /api/v2/user/me/ HTTP/1.1'
const reset = (name: string, send: Case['send']): Case => ({
  name,
  send,
  allowed: ['closed', 200, 400, 401, 408],
  ending: 'reset',
})
const healthy = say('GET /healthz HTTP/1.1', ['HOST'])

export const connections: Theme = {
  name: 'connections',
  cases: [
    { name: 'TLS bytes', send: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', allowed: [400, 'closed'] },
    { name: 'bytes of SSH', send: 'SSH-2.0-OpenSSH_9.6\r\n', allowed: [400, 'closed'] },
    { name: 'bytes of PostgreSQL', send: '\x00\x00\x00\x08\x04\xd2\x16\x2f', allowed: [400, 'closed'] },
    { name: 'the preface of HTTP/2', send: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', allowed: [400, 404, 'closed'] },
    {
      name: 'bytes of a proxy (PROXY TCP4)',
      send: 'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET / HTTP/1.1\r\n\r\n',
      allowed: [400, 'closed'],
    },
    { name: 'every byte there is', send: Buffer.from(list(256, (i) => i)), allowed: [400, 'closed'] },
    { name: 'a million zeros', send: () => Buffer.alloc(1_000_000), allowed: [400, 'closed'] },
    { name: 'a million letters', send: () => times(1_000_000, 'G'), allowed: [400, 431, 'closed'] },
    { name: 'a million spaces', send: () => times(1_000_000, ' '), allowed: [400, 431, 'closed'] },
    { name: 'the half of a first line, and the end', send: 'GET /hea', allowed: [400, 'closed'], ending: 'half' },
    {
      name: 'the half of the headers, and the end',
      send: 'GET /healthz HTTP/1.1\r\nHos',
      allowed: [400, 'closed'],
      ending: 'half',
    },
    {
      name: 'the half of a body, and the end',
      send: say(early, ['HOST', 'ALICE', 'Content-Type: application/json', 'Content-Length: 100'], '{"bio":'),
      allowed: [400, 'closed'],
      ending: 'half',
    },
    { name: 'a whole request, and the end', send: healthy, allowed: [200, 'closed'], ending: 'half' },
    reset('a reset in the first line', 'GET /hea'),
    reset('a reset in the headers', 'GET /healthz HTTP/1.1\r\nHos'),
    reset(
      'a reset in the body',
      say(early, ['HOST', 'ALICE', 'Content-Type: application/json', 'Content-Length: 100'], '{"bio":'),
    ),
    reset(
      'a reset in a multipart body',
      say(
        early,
        ['HOST', 'ALICE', 'Content-Type: multipart/form-data; boundary=b', 'Content-Length: 100000'],
        '--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nx',
      ),
    ),
    reset(
      'a reset in the chunks',
      say(early, ['HOST', 'ALICE', 'Content-Type: application/json', 'Transfer-Encoding: chunked'], '5\r\n{"bi'),
    ),
    reset('a reset while an answer is made', say('GET /api/v2/user/search/?search=a HTTP/1.1', ['HOST', 'ALICE'])),
    reset(
      'a reset while a post is written',
      say(
        'POST /api/v2/post/ HTTP/1.1',
        ['HOST', 'ALICE', 'Content-Type: application/json', 'Content-Length: 24'],
        '{"title":"x","text":"x"}',
      ),
    ),
    reset('a reset behind Expect', say(early, ['HOST', 'ALICE', 'Content-Length: 10', 'Expect: 100-continue'])),
    {
      name: '1,000 requests at once on one connection',
      send: (target) => Buffer.concat(list(1_000, () => healthy(target))),
      answers: 1_000,
      allowed: [200],
      patience: 15_000,
    },
    {
      name: '10,000 requests at once on one connection',
      send: (target) => Buffer.concat(list(10_000, () => say('GET /nothing HTTP/1.1', ['HOST'])(target))),
      answers: 10_000,
      allowed: [404],
      patience: 30_000,
    },
    {
      name: '300 requests at once, each with a body',
      send: (target) =>
        Buffer.concat(
          list(300, () =>
            say(
              early,
              ['HOST', 'ALICE', 'Content-Type: application/json', 'Content-Length: 11'],
              '{"bio":"x"}',
            )(target),
          ),
        ),
      answers: 300,
      allowed: [200, 429],
      patience: 15_000,
    },
    {
      name: '200 requests at once, of which every second is refused with its body unread',
      send: (target) =>
        Buffer.concat(
          list(200, (i) =>
            i % 2
              ? healthy(target)
              : say(
                  'POST /nothing HTTP/1.1',
                  ['HOST', 'Content-Type: application/json', 'Content-Length: 11'],
                  '{"bio":"x"}',
                )(target),
          ),
        ),
      answers: 200,
      allowed: [200, 404],
      patience: 15_000,
    },
    {
      name: 'a request and nonsense behind it',
      send: (target) => Buffer.concat([healthy(target), Buffer.from('nonsense\r\n\r\n')]),
      answers: 2,
      allowed: [200, 400, 'closed'],
    },
    {
      name: 'a first line of one letter every 200 ms',
      send: ({ host, port }) =>
        [...`GET /healthz HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`].map((each) => Buffer.from(each)),
      pause: 60,
      allowed: [200, 408],
    },
  ],
}
