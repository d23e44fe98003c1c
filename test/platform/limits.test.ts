import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createShare } from '../../src/platform/http/share.ts'
import { ask, openRaw, type Raw } from '../support/raw.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

let world: World
let alice: Person
const open: Raw[] = []

beforeAll(async () => {
  world = await createWorld()
  ;({ alice } = world)
})
afterAll(() => world.end())
afterEach(() => {
  for (const each of open.splice(0)) each.end()
})

const connect = async (to = world) => {
  const raw = await openRaw(to.url)
  open.push(raw)
  return raw
}

const head = (first: string, headers: Record<string, string | number> = {}) =>
  `${first} HTTP/1.1\r\nHost: kith.example\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`

const json = (person: Person) => ({ Authorization: `Bearer ${person.token}`, 'Content-Type': 'application/json' })

const send = (path: string, method: string, type: string, body: string | Buffer, who: Person | null = alice) =>
  world.send(path.startsWith('/api') ? `${world.url}${path}` : path, {
    method,
    headers: { 'content-type': type, ...(who && { authorization: `Bearer ${who.token}` }) },
    body: body as string,
  })

const codeOf = (text: string) => JSON.parse(text).errors[0].code as string

describe('a multipart body', () => {
  const form = (body: string, path: string, method: string, who: Person | null = alice) =>
    send(path, method, 'multipart/form-data; boundary=b', body, who)

  test('that breaks off within a file is refused, wherever it is sent and whoever sends it', async () => {
    const broken = '--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nx'
    expect((await form(broken, '/user/me/', 'PATCH')).status).toBe(400)
    expect(codeOf((await form(broken, '/user/me/', 'PATCH')).text)).toBe('parse_error')
    expect((await form(broken, '/api/', 'POST', null)).status).toBe(404)
    expect((await form(broken, '/jwt/verify_token/', 'POST', null)).status).toBe(400)
    expect((await alice.get('/user/me/')).status).toBe(200)
  })

  test('that is mutated in any way is read or refused', async () => {
    const whole =
      '--b\r\nContent-Disposition: form-data; name="bio"\r\n\r\nhello\r\n' +
      '--b\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n'
    const statuses = new Set<number>()
    for (let cut = 0; cut < whole.length; cut += 2) {
      statuses.add((await form(whole.slice(0, cut), '/user/me/', 'PATCH')).status)
      statuses.add((await form(`${whole.slice(0, cut)}\0${whole.slice(cut + 3)}`, '/user/me/', 'PATCH')).status)
    }
    expect([...statuses].every((status) => status === 200 || status === 400)).toBe(true)
    expect((await form(whole, '/user/me/', 'PATCH')).body.bio).toBe('hello')
  })

  test('has a bounded number of parts', async () => {
    const parts = (n: number) =>
      `${Array.from({ length: n }, (_, i) => `--b\r\nContent-Disposition: form-data; name="x${i}"\r\n\r\n1\r\n`).join('')}--b--\r\n`
    expect((await form(parts(900), '/user/me/', 'PATCH')).status).toBe(200)
    expect(codeOf((await form(parts(1_100), '/user/me/', 'PATCH')).text)).toBe('too_complex')
    expect(codeOf((await form('--b\r\n'.repeat(20_000), '/user/me/', 'PATCH')).text)).toBe('too_complex')
  })

  test('is refused when its fields are not UTF-8', async () => {
    const body = Buffer.concat([
      Buffer.from('--b\r\nContent-Disposition: form-data; name="bio"\r\n\r\n'),
      Buffer.from([0xe9, 0xff]),
      Buffer.from('\r\n--b--\r\n'),
    ])
    const answer = await send('/user/me/', 'PATCH', 'multipart/form-data; boundary=b', body)
    expect([answer.status, codeOf(answer.text)]).toEqual([400, 'parse_error'])
  })
})

describe('what is refused by the first lines of a request', () => {
  test('is answered before its body is there', async () => {
    const large = { 'Content-Type': 'application/json', 'Content-Length': 9_000_000 }
    const refused: [string, Record<string, string | number>, number][] = [
      ['POST /nothing/here', {}, 404],
      ['POST /api/v2/nothing/', json(alice), 404],
      ['PUT /api/v2/user/me/permission/', json(alice), 405],
      ['POST /api/v2/post/', {}, 401],
      ['POST /api/v2/post/', { Authorization: 'Bearer x' }, 401],
      ['POST /api/v2/post/', { Authorization: 'Basic eDp5' }, 401],
      ['POST /api/v2/category/', json(alice), 403],
      [`PATCH /api/v2/user/${world.bob.id}/`, json(alice), 403],
      ['POST /api/v2/post/', json(alice), 413],
      ['POST /api/v2/post/', { ...json(alice), Accept: 'image/png' }, 406],
    ]
    for (const [first, headers, status] of refused) {
      const answer = await ask(world.url, head(first, { ...headers, ...large }))
      expect([first, answer.status]).toEqual([first, status])
      expect(JSON.parse(answer.body).errors.length).toBe(1)
    }
  })

  test('still leaves the connection to who sends it all, however much it was', async () => {
    const raw = await connect()
    const body = 'x'.repeat(3_000_000)
    raw.write(head('POST /nothing/here', { 'Content-Length': body.length }))
    raw.write(body)
    raw.write(head('GET /healthz'))
    const text = await raw.until('"status":"ok"')
    expect(text).toMatch(/^HTTP\/1.1 404/)
    expect(text).toContain('HTTP/1.1 200')
  })

  test('asks for no body of who waits to be asked', async () => {
    const large = { 'Content-Length': 20, Expect: '100-continue' }
    const refused = await ask(world.url, head('POST /api/v2/post/', large))
    expect(refused.status).toBe(401)
    const raw = await connect()
    raw.write(head('PATCH /api/v2/user/me/', { ...json(alice), ...large }))
    expect(await raw.until('\r\n\r\n')).toMatch(/^HTTP\/1.1 100/)
    raw.write('{"bio":"was awaited"}'.slice(0, 20))
    expect(await raw.until('errors')).toContain('HTTP/1.1 400')
  })

  test('is named, but not repeated at length', async () => {
    for (const path of ['/%', '/api/v2/user/%ff/', `/api/v2/user/${'9'.repeat(400)}/`, `/${'x'.repeat(5_000)}`]) {
      const answer = await ask(world.url, head(`GET ${path}`))
      expect([path.slice(0, 20), [400, 404].includes(answer.status)]).toEqual([path.slice(0, 20), true])
      expect(answer.body.length).toBeLessThan(300)
      expect(JSON.parse(answer.body).errors[0].message).toMatch(/\.$/)
    }
  })

  test('is told in the same form when it is no request at all', async () => {
    for (const [bytes, status] of [
      [`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
      ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
      ['nonsense\r\n\r\n', 400],
      ['GET / HTTP/1.1\r\n\r\n', 400],
      ['GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
      ['POST /api/v2/post/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
    ] as const) {
      const answer = await ask(world.url, bytes)
      expect([bytes.slice(0, 40), answer.status]).toEqual([bytes.slice(0, 40), status])
      expect(JSON.parse(answer.body).errors[0].message).toMatch(/\.$/)
    }
  })
})

describe('a body within its size', () => {
  const patch = (body: string) => send('/user/me/', 'PATCH', 'application/json', body)

  test('may be as deep, as wide and as long as anybody means, and no more', async () => {
    const nested = (n: number) => `{"bio":"x","other":${'['.repeat(n)}${']'.repeat(n)}}`
    expect((await patch(nested(60))).status).toBe(200)
    const wide = (n: number) => JSON.stringify(Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, 1])))
    expect((await patch(wide(900))).status).toBe(200)
    for (const body of [nested(70), '['.repeat(200_000), wide(1_100), `[${'{},'.repeat(60_000)}{}]`]) {
      const answer = await patch(body)
      expect([answer.status, codeOf(answer.text)]).toEqual([400, 'too_complex'])
    }
    const form = 'application/x-www-form-urlencoded'
    for (const body of ['a&'.repeat(120_000), 'a=1&'.repeat(60_000), `bio=x&${'b=1&'.repeat(1_000)}`])
      expect(codeOf((await send('/user/me/', 'PATCH', form, body)).text)).toBe('too_complex')
    expect((await send('/user/me/', 'PATCH', form, `bio=${'%zz+'.repeat(2_000)}`)).status).toBe(200)
    const query = await world.send(`/user/?${'a=1&'.repeat(1_100)}`, {
      headers: { authorization: `Bearer ${alice.token}` },
    })
    expect([query.status, codeOf(query.text)]).toEqual([400, 'too_complex'])
  })

  test('has its lists counted before their entries are looked at', async () => {
    for (const entry of ['1', '"x"', '{}', 'null']) {
      const list = `[${`${entry},`.repeat(9_000)}${entry}]`
      const answer = await send('/post/', 'POST', 'application/json', `{"text":"x","categories":${list}}`)
      expect(answer.body.errors).toEqual([
        { field: 'categories', messages: [{ code: 'max_length', message: 'At most 100 entries are taken.' }] },
      ])
      const asText = await alice.post('/post/', { text: 'x', categories: list })
      expect(asText.status).toBe(400)
    }
  })

  test('is taken up to a size that depends on what it is for', async () => {
    const padded = (n: number) => JSON.stringify({ text: 'x', bio: 'x', action: '', padding: 'y'.repeat(n) })
    expect((await patch(padded(200_000))).status).toBe(200)
    expect((await patch(padded(270_000))).status).toBe(413)
    expect((await send('/post/', 'POST', 'application/json', padded(900_000))).status).toBe(201)
    expect((await send('/post/', 'POST', 'application/json', padded(1_100_000))).status).toBe(413)
    // Nobody says beforehand how long it will be.
    const raw = await connect()
    raw.write(head('PATCH /api/v2/user/me/', { ...json(alice), 'Transfer-Encoding': 'chunked' }))
    const chunk = `10000\r\n${'z'.repeat(0x10000)}\r\n`
    for (let i = 0; i < 5; i++) raw.write(chunk)
    expect(await raw.until('errors')).toMatch(/^HTTP\/1.1 413/)
  })

  test('is refused when it is not the text it says it is', async () => {
    const latin = Buffer.from('{"bio":"\xe9"}', 'latin1')
    expect((await send('/user/me/', 'PATCH', 'application/json', latin)).status).toBe(400)
    expect((await send('/user/me/', 'PATCH', 'application/json; charset=iso-8859-1', latin)).status).toBe(415)
    expect((await send('/user/me/', 'PATCH', 'application/json; charset="UTF-8"', '{"bio":"é"}')).body.bio).toBe('é')
    const zipped = await world.send('/user/me/', {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${alice.token}`,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      },
      body: '{}',
    })
    expect(zipped.status).toBe(415)
  })
})

describe('bodies that are held at the same time', () => {
  test('share what there is, and leave it to others when they go', async () => {
    const small = await createWorld({ bodyBudget: 1_000_000 })
    const others = await Promise.all(Array.from({ length: 5 }, (_, i) => small.join(`dora_${i}`)))
    const hold = async (who: Person) => {
      const raw = await connect(small)
      raw.write(head('POST /api/v2/post/', { ...json(who), 'Content-Length': 700_000 }))
      raw.write('x'.repeat(210_000))
      return raw
    }
    const large = { bio: 'x', padding: 'y'.repeat(200_000) }
    const held: Raw[] = []
    let refused = await small.bob.patch('/user/me/', large)
    for (let i = 0; refused.status === 200; i++) {
      held.push(await hold(others[i % others.length] as Person))
      refused = await small.bob.patch('/user/me/', large)
    }
    expect(refused.status).toBe(503)
    expect(codeOf(refused.text)).toBe('unavailable')
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await small.bob.get('/user/me/')).status).toBe(200)
    for (const each of held) each.end()
    await expect.poll(async () => (await small.bob.patch('/user/me/', large)).status).toBe(200)
    // Whatever was taken is given back: as much fits as at first.
    for (let i = 0; i < 10; i++) expect((await small.bob.patch('/user/me/', large)).status).toBe(200)
    await small.end()
  })

  test('are a quarter of it for one member, who may be malicious or many tabs', async () => {
    const small = await createWorld({ bodyBudget: 1_000_000 })
    const large = { bio: 'x', padding: 'y'.repeat(200_000) }
    for (let i = 0; i < 6; i++) {
      const raw = await connect(small)
      raw.write(head('POST /api/v2/post/', { ...json(small.alice), 'Content-Length': 700_000 }))
      raw.write('x'.repeat(100_000))
    }
    await expect.poll(async () => (await small.alice.patch('/user/me/', large)).status).toBe(503)
    for (let i = 0; i < 5; i++) expect((await small.bob.patch('/user/me/', large)).status).toBe(200)
    for (const each of open.splice(0)) each.end()
    await small.end()
  })
})

describe('a connection', () => {
  test('that sends thousands of requests at once has all of them answered, and nobody else waits for it', async () => {
    const many = await connect()
    many.write(head('GET /api/v2/category/').repeat(3_000))
    const answered = () => many.text().split('HTTP/1.1 200').length - 1
    expect((await world.send(`${world.url}/healthz`)).status).toBe(200)
    expect(answered()).toBeLessThan(1_500)
    await expect.poll(answered, { timeout: 20_000 }).toBe(3_000)
    // Also those with a body, which comes when it is its turn.
    const posts = await connect()
    const body = JSON.stringify({ bio: 'x'.repeat(5_000) })
    posts.write(
      `${head('PATCH /api/v2/user/me/', { ...json(alice), 'Content-Length': body.length })}${body}`.repeat(60),
    )
    await expect.poll(() => posts.text().split('HTTP/1.1 200').length - 1, { timeout: 20_000 }).toBe(60)
  })

  test('that expects what nobody knows is told so', async () => {
    const answer = await ask(world.url, head('GET /healthz', { Expect: 'a miracle' }))
    expect([answer.status, codeOf(answer.body)]).toEqual([417, 'invalid'])
  })
})

describe('requests a minute', () => {
  const limited = (more: Parameters<typeof createWorld>[0] = {}) =>
    createWorld({ rateLimit: 20, trustedProxies: ['127.0.0.1'], ...more })
  const from = (address: string) => ({ 'x-forwarded-for': address })

  /** How many of `n` requests are let through. */
  async function passed(n: number, one: (i: number) => Promise<{ status: number }>) {
    let through = 0
    for (let i = 0; i < n; i++) if ((await one(i)).status !== 429) through++
    return through
  }

  test('are counted for the address of who has no good token, whatever they send as one', async () => {
    const world = await limited()
    const get = (path: string, headers: Record<string, string>) => world.send(path, { headers })
    expect(
      await passed(30, (i) => get('/user/me/', { ...from(`203.0.113.1:${4000 + i}`), authorization: `Bearer x${i}` })),
    ).toBe(20)
    expect(await passed(30, (i) => get(`/nothing/${i}/`, from('203.0.113.2')))).toBe(20)
    expect(await passed(30, (i) => get('/category/', from(`2001:db8:1:2::${i}`)))).toBe(20)
    expect(await passed(30, (i) => get('/category/', from(`[2001:db8:1:3::${i}]:${i + 1}`)))).toBe(20)
    expect(await passed(30, () => world.send(`${world.url}/docs`, { headers: from('203.0.113.4') }))).toBe(20)
    expect((await get('/category/', from('203.0.113.5'))).status).toBe(200)
    await world.end()
  })

  test('are counted for the member, however their token is spelled and wherever they are', async () => {
    const world = await limited()
    const spellings = ['Bearer', 'bearer', 'Token', 'JWT', 'BEARER ', 'Bearer  ']
    const one = (i: number) =>
      world.send('/user/me/', {
        headers: {
          ...from(`203.0.113.${i}`),
          authorization: `${spellings[i % spellings.length]} ${world.carla.token}`,
        },
      })
    expect(await passed(30, one)).toBe(20)
    expect((await world.bob.get('/user/me/')).status).toBe(200)
    await world.end()
  })

  test('are not counted at the health page', async () => {
    const world = await limited()
    expect(await passed(40, () => world.send(`${world.url}/healthz`, { headers: from('203.0.113.1') }))).toBe(40)
    await world.end()
  })

  test('are not counted for programs of this machine, unless a proxy sends them on', async () => {
    const world = await limited({ rateLocal: true, trustedProxies: [] })
    expect(await passed(30, () => world.send('/category/'))).toBe(30)
    expect(await passed(30, () => world.send('/category/', { headers: from('203.0.113.1') }))).toBe(20)
    await world.end()
  })

  test('are fewer where each costs more', async () => {
    const world = await limited({ rateLimit: 600 })
    const statuses = await Promise.all(
      Array.from({ length: 70 }, () => world.carla.post('/jwt/verify_token/', { token: 'x' })),
    )
    expect(statuses.filter(({ status }) => status === 429).length).toBe(10)
    expect((await world.carla.get('/user/me/')).status).toBe(200)
    await world.end()
  })
})

describe('what is heavy', () => {
  test('runs a few at a time, in turn, and gives its place on when it fails', async () => {
    const share = createShare(2)
    let running = 0
    let most = 0
    const order: number[] = []
    const work = (i: number) => async () => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 5))
      order.push(i)
      running--
      if (i % 3 === 0) throw new Error(`no ${i}`)
      return i
    }
    const done = await Promise.allSettled(Array.from({ length: 12 }, (_, i) => share(work(i))))
    expect(most).toBe(2)
    expect(order.length).toBe(12)
    expect(done.filter(({ status }) => status === 'rejected').length).toBe(4)
    expect(await share(work(1))).toBe(1)
  })
})

describe('a base of links', () => {
  const next = async (headers: Record<string, string>, first = 'GET /api/v2/category/?limit=1') => {
    const lines = { ...headers, Authorization: `Bearer ${world.admin.token}` }
    const text = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`)
    return ask(world.url, `${first}\r\n${text.join('')}\r\n`)
  }

  beforeAll(async () => {
    for (const name of ['Music', 'Films']) expect((await world.admin.post('/category/', { name })).status).toBe(201)
  })

  test('is the host that was called, or none', async () => {
    const answer = await next({ Host: 'kith.example:81' }, 'GET /api/v2/category/?limit=1 HTTP/1.1')
    expect(JSON.parse(answer.body).next).toMatch(/^http:\/\/kith.example:81\/api\/v2\/category\/\?limit=1&offset=1/)
    for (const host of ['<script>', 'a b', '', 'a/b', 'x@y', 'a:99999999', '[::1', 'é'])
      expect((await next({ Host: host }, 'GET /api/v2/category/?limit=1 HTTP/1.1')).status, host).toBe(400)
  })

  test('is our own address for who names none', async () => {
    const answer = await next({}, 'GET /api/v2/category/?limit=1 HTTP/1.0')
    expect(JSON.parse(answer.body).next).toMatch(/^http:\/\/127.0.0.1:\d+\/api\/v2\/category\//)
  })

  test('is said once, also to who asks as a proxy is asked', async () => {
    const answer = await next({ Host: 'kith.example' }, 'GET http://kith.example/api/v2/category/?limit=1 HTTP/1.1')
    expect(JSON.parse(answer.body).next).toMatch(/^http:\/\/kith.example\/api\/v2\/category\//)
  })

  test('is never made of what a proxy passes on unseen', async () => {
    const behind = await createWorld({ trustedProxies: ['127.0.0.1'] })
    for (const name of ['Music', 'Films']) await behind.admin.post('/category/', { name })
    const get = (headers: Record<string, string>) => behind.alice.get('/category/?limit=1', headers)
    expect((await get({ 'x-forwarded-proto': 'https', 'x-forwarded-host': 'kith.example' })).body.next).toMatch(
      /^https:\/\/kith.example\//,
    )
    const forged: Record<string, string>[] = [
      { 'x-forwarded-proto': 'javascript' },
      { 'x-forwarded-host': '"><script>' },
    ]
    for (const headers of forged) expect((await get(headers)).body.next).toMatch(/^http:\/\/127.0.0.1:\d+\/api/)
    await behind.end()
  })

  test('is what the outermost of the trusted proxies was called, whatever stands before its word', async () => {
    const behind = await createWorld({ trustedProxies: ['127.0.0.1', '10.0.0.1'] })
    for (const name of ['Music', 'Films']) await behind.admin.post('/category/', { name })
    const next = async (by: string, protocol: string, host = 'kith.example') => {
      const headers = { 'x-forwarded-for': by, 'x-forwarded-proto': protocol, 'x-forwarded-host': host }
      return new URL((await behind.alice.get('/category/?limit=1', headers)).body.next).origin
    }
    // Two proxies: the outer one was called by https, the inner one by http.
    expect(await next('203.0.113.7, 10.0.0.1', 'https, http', 'kith.example, inner')).toBe('https://kith.example')
    // The outer one says once what both of them would.
    expect(await next('203.0.113.7, 10.0.0.1', 'https')).toBe('https://kith.example')
    // One proxy: what stands before its word the client sent itself.
    expect(await next('203.0.113.7', 'https, http', 'forged.example, kith.example')).toBe('http://kith.example')
    expect(await next('203.0.113.7, 203.0.113.8', 'https, https, http')).toBe('http://kith.example')
    await behind.end()
  })
})

describe('a secret', () => {
  test('is taken from a body only, and masked where a query is logged', async () => {
    const { token } = alice
    expect((await alice.post('/jwt/verify_token/', { token })).status).toBe(200)
    const inQuery = await world.visitor.post(`/jwt/verify_token/?token=${token}&%74oken=${token}&limit=3`)
    expect(inQuery.status).toBe(400)
    const id = inQuery.headers.get('x-request-id') as string
    await expect.poll(() => world.log.find((line) => line.includes(id))).toContain('?token=***&%74oken=***&limit=3')
    expect(world.log.some((line) => line.includes(token))).toBe(false)
  })

  test('is in no cache: no answer is kept by anybody', async () => {
    for (const path of ['/user/me/', '/nothing/', '/category/'])
      expect((await alice.get(path)).headers.get('cache-control')).toBe('no-store')
  })
})

describe('a forged cursor', () => {
  test('is refused whatever text is in it', async () => {
    const { next } = (await alice.get('/user/?limit=1')).body
    const [, tag] = (new URL(next).searchParams.get('cursor') as string).split('_')
    for (const text of ['\0', 'a\0', '\ud800'])
      for (const path of ['/user/search/', '/user/', '/user/autocomplete/', '/user/hidden_users/', '/category/']) {
        const cursor = Buffer.from(JSON.stringify([1, text, 5])).toString('base64url')
        const escaped = Buffer.from(`[1,${JSON.stringify(text)},5]`).toString('base64url')
        for (const each of [cursor, escaped])
          for (const sent of [each, `20_${tag}_${each}`])
            expect((await alice.get(`${path}?limit=1&cursor=${sent}`)).status, path).toBe(400)
      }
  })
})
