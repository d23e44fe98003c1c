/** What one request cannot do: many at once, held, dribbled, reset, or counted. */
import { execFileSync } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Case, list, times } from './case.ts'
import { judgeCase } from './judge.ts'
import { type Outcome, sendCase } from './send.ts'
import { isAnswering, openSite, type Site } from './site.ts'

export type Flood = {
  name: string
  /** Gives what is wrong, and how many requests it took. */
  run(site: Site): Promise<{ findings: string[]; requests: number }>
}

/** Opens connections, and says on each what is given. */
async function openMany(site: Site, n: number, words: (i: number) => string | Buffer): Promise<Socket[]> {
  const { host, port } = site.target
  const sockets: Socket[] = []
  for (let i = 0; i < n; i++) {
    const socket = connect(port, host)
    socket.on('error', () => {})
    socket.on('data', () => {})
    const said = words(i)
    if (said.length) socket.on('connect', () => socket.write(said))
    sockets.push(socket)
    // As fast as a backlog of connections takes them.
    if (i % 100 === 99) await sleep(20)
  }
  return sockets
}

const head = ({ target }: Site, first: string, headers: string[]) =>
  `${first} HTTP/1.1\r\nHost: ${target.host}:${target.port}\r\n${headers.map((each) => `${each}\r\n`).join('')}\r\n`
const bearer = ({ target }: Site) => `Authorization: Bearer ${target.tokens.alice}`

/** Sends cases so many at a time; gives what is wrong with their answers, and the outcomes. */
async function sendAll(site: Site, cases: Case[], atOnce: number) {
  const findings = new Set<string>()
  const outcomes: Outcome[] = []
  const left = [...cases]
  await Promise.all(
    list(atOnce, async () => {
      for (let each = left.shift(); each; each = left.shift()) {
        const outcome = await sendCase(each, site.target)
        outcomes.push(outcome)
        for (const what of judgeCase(each, outcome)) findings.add(what)
      }
    }),
  )
  return { findings: [...findings], outcomes, requests: cases.length }
}

async function stillAnswers(site: Site, after: string): Promise<string[]> {
  const began = performance.now()
  const isThere = await isAnswering(site)
  const ms = Math.round(performance.now() - began)
  if (!isThere) return [`no answer after ${after}`]
  return ms > 2_000 ? [`the first answer after ${after} took ${ms} ms`] : []
}

export const floods: Flood[] = [
  {
    name: '2,000 connections that say nothing',
    async run(site) {
      const sockets = await openMany(site, 2_000, () => '')
      await sleep(2_000)
      const findings = await stillAnswers(site, 'opening 2,000 connections')
      for (const socket of sockets) socket.destroy()
      return { findings, requests: sockets.length }
    },
  },
  {
    name: '500 connections on which headers dribble',
    async run(site) {
      const sockets = await openMany(site, 500, () => 'GET /healthz HTTP/1.1\r\n')
      for (let i = 0; i < 22; i++) {
        for (const socket of sockets) if (!socket.destroyed) socket.write('X: y\r\n')
        await sleep(1_000)
      }
      const open = sockets.filter(
        (socket) => !socket.destroyed && !socket.closed && socket.readyState === 'open',
      ).length
      for (const socket of sockets) socket.destroy()
      return { findings: open ? [`${open} are still open after 22 s`] : [], requests: sockets.length }
    },
  },
  {
    name: '400 bodies of 250 kB, each held before its end',
    async run(site) {
      const body = times(250_000, 'x')
      const words = head(site, 'PATCH /api/v2/user/me/', [
        bearer(site),
        'Content-Type: application/json',
        'Content-Length: 262144',
      ])
      const sockets = await openMany(site, 400, () => words + body)
      await sleep(2_000)
      const findings = await stillAnswers(site, 'holding 400 bodies')
      const me = await site.call('GET', '/user/me/', undefined, site.target.tokens.bob)
      if (me.status !== 200) findings.push(`others get ${me.status} meanwhile`)
      for (const socket of sockets) socket.destroy()
      await sleep(500)
      const bio = { bio: 'x', padding: times(200_000, 'y') }
      const after = await site.call('PATCH', '/user/me/', bio, site.target.tokens.bob)
      if (after.status !== 200) findings.push(`a body is refused with ${after.status} after the others have gone`)
      return { findings, requests: sockets.length + 2 }
    },
  },
  {
    name: '300 connections reset in the middle of a body',
    async run(site) {
      const words = head(site, 'POST /api/v2/post/', [
        bearer(site),
        'Content-Type: multipart/form-data; boundary=b',
        'Content-Length: 100000',
      ])
      const body = '--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nx'
      const sockets = await openMany(site, 300, () => words + body)
      await sleep(300)
      for (const socket of sockets) socket.resetAndDestroy()
      await sleep(200)
      return { findings: await stillAnswers(site, '300 resets'), requests: sockets.length }
    },
  },
  {
    name: '200 bodies of 10 MB to where nothing is, 20 at a time',
    run: (site) =>
      sendAll(
        site,
        list(200, (i) => ({
          name: 'x',
          send: { path: `/nothing/${i}/`, body: () => Buffer.alloc(10_000_000, 0x5b) },
          allowed: [404],
        })),
        20,
      ),
  },
  {
    name: 'the costliest texts, 8 at a time',
    run(site) {
      const all = [
        `a${times(49_000, '\u0316\u0301')}`,
        times(50_000, 'x\n'),
        times(100_000, '\u2039'),
        `${times(12, '<blockquote>')}${times(29_000, '<p>')}`,
        times(100_000, '\ufdfa'),
        times(14_000, '@alice '),
      ]
      const cases = list(
        48,
        (i): Case => ({
          name: 'x',
          who: i % 2 ? 'alice' : 'bob',
          send: { path: '/status/', body: () => JSON.stringify({ text: all[i % all.length] }) },
          // Eight at a time is what nobody does: whoever is last waits for seven.
          patience: 8_000,
          allowed: [201, 400, 429, 503],
        }),
      )
      return sendAll(site, cases, 8)
    },
  },
  {
    name: '6,000 combinations of filters',
    async run(site) {
      const fields = ['search', 'user', 'username', 'real_name', 'location', 'description']
      const orders = ['id', 'username', 'real_name', 'date_joined', 'location'].flatMap((each) => [each, `-${each}`])
      const cases = list(6_000, (i): Case => {
        const query = fields.filter((_field, bit) => (i >> bit) & 1).map((field) => `${field}=a`)
        const order = orders[Math.floor(i / 64) % orders.length]
        const page = ['', '&offset=1', `&cursor=${Buffer.from('[1,"a",1]').toString('base64url')}`, '&gender=Male'][
          Math.floor(i / 640) % 4
        ]
        const path = ['/user/search/', '/user/autocomplete/', '/user/'][i % 3]
        return {
          name: 'x',
          who: 'bob',
          send: { path: `${path}?ordering=${order}&${query.join('&')}${page}` },
          allowed: [200, 400],
        }
      })
      return sendAll(site, cases, 8)
    },
  },
  {
    name: '300 searches at once',
    async run(site) {
      const cases = list(
        300,
        (i): Case => ({
          name: 'x',
          who: 'alice',
          send: { path: i % 2 ? '/user/search/?search=a' : '/post/search/?search=good' },
          patience: 10_000,
          allowed: [200, 503],
        }),
      )
      const told = await sendAll(site, cases, 300)
      return { ...told, findings: [...told.findings, ...(await stillAnswers(site, '300 searches'))] }
    },
  },
]

/** How many of `n` requests were let through, one after the other. */
async function passed(site: Site, n: number, words: (i: number) => string): Promise<number> {
  const { outcomes } = await sendAll(
    site,
    list(n, (i) => ({ name: 'x', send: words(i), allowed: [] })),
    8,
  )
  return outcomes.filter(({ answers }) => answers[0]?.status !== 429).length
}

/** A Kith of its own that counts requests, behind a proxy; and one that may open few files. */
export async function tryLimits(tell: (name: string, findings: string[], requests: number) => void): Promise<void> {
  const site = await openSite({ KITH_RATE_LIMIT: '100', KITH_TRUSTED_PROXIES: '127.0.0.1' })
  try {
    const { tokens } = site.target
    const get = (path: string, headers: string[]) => head(site, `GET ${path}`, headers)
    const from = (address: string) => `X-Forwarded-For: ${address}`
    const trials: [name: string, words: (i: number) => string, through: number][] = [
      ['tokens that are none', (i) => get('/api/v2/user/me/', [from('203.0.113.1'), `Authorization: x${i}`]), 100],
      ['ports of one address', (i) => get('/api/v2/category/', [from(`203.0.113.2:${4_000 + i}`)]), 100],
      [
        'addresses of one IPv6 network',
        (i) => get('/api/v2/category/', [from(`2001:db8:1:2::${i.toString(16)}`)]),
        100,
      ],
      ['addresses where nothing is', (i) => get(`/nothing/${i}`, [from('203.0.113.3')]), 100],
      [
        'methods that are not offered',
        () => head(site, 'DELETE /api/v2/user/me/permission/', [from('203.0.113.4')]),
        100,
      ],
      ['pages of the reference', () => get('/docs', [from('203.0.113.5')]), 100],
      [
        'preflights',
        () =>
          head(site, 'OPTIONS /api/v2/user/me/', [
            from('203.0.113.6'),
            'Origin: http://localhost',
            'Access-Control-Request-Method: GET',
          ]),
        100,
      ],
      ['what is no Host', () => `GET /healthz HTTP/1.1\r\nHost: <>\r\n${from('203.0.113.7')}\r\n\r\n`, 150],
      [
        'spellings of one token, from many addresses',
        (i) =>
          get('/api/v2/user/me/', [
            from(`198.51.100.${i}`),
            `Authorization: ${['Bearer', 'bearer', 'Token', 'JWT'][i % 4]}${times(1 + (i % 50), ' ')}${tokens.bob}`,
          ]),
        // What was spent to set the community up counts, too.
        100,
      ],
      ['the health page', () => get('/healthz', [from('203.0.113.8')]), 150],
    ]
    for (const [name, words, most] of trials) {
      const through = await passed(site, 150, words)
      const isExact = most === 150 ? through === 150 : through <= most && through > most / 2
      tell(`at most 100 a minute: ${name}`, isExact ? [] : [`${through} of 150 were let through, not ${most}`], 150)
    }
    const logged = site.overheard()
    tell('at most 100 a minute: the log', logged, 0)
  } finally {
    await site.close()
  }
}

/** Fewer files than connections: those that fit are answered, and it goes on when the others have gone. */
export async function tryFewFiles(site: Site): Promise<{ findings: string[]; requests: number }> {
  const pid = String(site.process().pid)
  const before = execFileSync('prlimit', ['--pid', pid, '--nofile', '--output', 'SOFT', '--noheadings'], {
    encoding: 'utf8',
  })
  execFileSync('prlimit', ['--pid', pid, '--nofile=150:'])
  const sockets = await openMany(site, 600, () => '')
  await sleep(2_000)
  for (const socket of sockets) socket.destroy()
  await sleep(1_000)
  const findings = await stillAnswers(site, 'more connections than files may be open')
  execFileSync('prlimit', ['--pid', pid, `--nofile=${before.trim()}:`])
  return { findings, requests: sockets.length }
}

/** Asked to end while connections are open that say nothing, or only half of something. */
export async function tryStopping(site: Site): Promise<{ findings: string[]; requests: number }> {
  const half = head(site, 'PATCH /api/v2/user/me/', [
    bearer(site),
    'Content-Type: application/json',
    'Content-Length: 99',
  ])
  const sockets = await openMany(site, 200, (i) => ['', 'GET /hea', `${half}{"bio"`][i % 3] as string)
  await sleep(500)
  const { code, ms } = await site.stop()
  for (const socket of sockets) socket.destroy()
  const findings = code === 0 && ms < 30_000 ? [] : [`stopping with 200 open connections: code ${code} after ${ms} ms`]
  return { findings, requests: sockets.length }
}
