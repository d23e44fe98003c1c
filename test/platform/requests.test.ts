import { once } from 'node:events'
import { request as rawRequest } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/platform/db/database.ts'
import { type Answer, createWorld, type Person, type World } from '../support/world.ts'

/** A database that says in one packet that it is ready, and that it was told to end. */
async function openHasty() {
  const message = (type: string, ...parts: (Buffer | string)[]) => {
    const body = Buffer.concat(parts.map((part) => Buffer.from(part)))
    const length = Buffer.alloc(4)
    length.writeInt32BE(body.length + 4)
    return Buffer.concat([Buffer.from(type), length, body])
  }
  const welcome = Buffer.concat([
    message('R', Buffer.alloc(4)),
    message('K', Buffer.alloc(8)),
    message('Z', 'I'),
    message('E', 'SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'),
  ])
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(welcome))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const hasty = { host: '127.0.0.1', port, user: 'kith', database: 'kith' }
  return { hasty, close: () => server.close() }
}

let world: World
let alice: Person
let bob: Person

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())
beforeEach(async () => {
  ;[alice, bob] = await world.strangers()
})

const bearer = (person: Person) => ({ authorization: `Bearer ${person.token}` })

const codes = ({ body }: Answer) =>
  body.errors.flatMap((each: { code?: string; field?: string; messages?: { code: string }[] }) =>
    each.field ? each.messages?.map(({ code }) => `${each.field}: ${code}`) : [each.code],
  )

describe('an address', () => {
  test('answers with and without its last slash, without redirecting', async () => {
    for (const path of ['/user/me', '/user/me/', '/user/me?', '/user/me/?'])
      expect((await alice.get(path)).status, path).toBe(200)
    for (const path of [`/user/${bob.id}/connection/request`, `/user/${bob.id}/connection/request/`])
      expect((await alice.post(path)).status, path).toBe(200)
  })

  test('that is not there is a 404 in the documented shape', async () => {
    const answer = await alice.get('/nothing/here/')
    expect(answer.status).toBe(404)
    expect(answer.body).toEqual({ errors: [{ code: 'not_found', message: expect.stringContaining('/nothing/here/') }] })
    for (const path of [
      '/user/abc/',
      '/user/0/',
      '/user/-1/',
      '/user/1.5/',
      '/user/99999999999999999999/',
      '/user/4242/',
    ])
      expect((await alice.get(path)).status, path).toBe(404)
  })

  test('of the version before is gone', async () => {
    const answer = await world.send(`${world.url}/api/v1/user/me/`)
    expect(answer.status).toBe(410)
    expect(codes(answer)).toEqual(['gone'])
  })

  test('names the methods it offers when another is used', async () => {
    const answer = await alice.put('/user/me/permission/')
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
    expect(codes(answer)).toEqual(['method_not_allowed'])
    expect((await alice.delete(`/user/${bob.id}/connection/request/`)).headers.get('allow')).toBe('POST, OPTIONS')
  })

  test('of a member takes "me" for the one who calls', async () => {
    expect((await alice.get('/user/me/counters/')).status).toBe(200)
    expect((await alice.patch('/user/me/', { bio: 'here' })).body).toMatchObject({ id: alice.id, bio: 'here' })
    expect((await world.visitor.get('/user/me/')).status).toBe(401)
  })
})

describe('a body', () => {
  const send = (type: string | undefined, body: string | FormData | undefined, method = 'PATCH') =>
    world.send(`/user/${alice.id}/`, {
      method,
      body,
      headers: { ...bearer(alice), ...(type && { 'content-type': type }) },
    })

  test('may be JSON, a form or multipart', async () => {
    expect((await send('application/json', '{"bio":"json"}')).body.bio).toBe('json')
    expect((await send('application/json; charset=utf-8', '{"bio":"ünïcode"}')).body.bio).toBe('ünïcode')
    expect((await send('application/x-www-form-urlencoded', 'bio=a+form%21')).body.bio).toBe('a form!')
    const form = new FormData()
    form.set('bio', 'multi part: ünï')
    expect((await send(undefined, form)).body.bio).toBe('multi part: ünï')
  })

  test('may be missing under any content type', async () => {
    for (const type of [
      'application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'text/html',
      '',
    ]) {
      const answer = await send(type, undefined)
      expect([type, answer.status]).toEqual([type, 200])
    }
    const status = await new Promise((resolve, reject) => {
      const request = rawRequest(`${world.base}/user/${bob.id}/connection/request/`, {
        method: 'POST',
        headers: { ...bearer(alice), 'content-type': 'application/json', 'content-length': '0' },
      })
      request.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject)
      request.end()
    })
    expect(status).toBe(200)
  })

  test('that cannot be read is a 400, of a type nobody reads a 415', async () => {
    expect(codes(await send('application/json', '{"bio":'))).toEqual(['parse_error'])
    expect((await send('application/json', '[1]')).status).toBe(400)
    expect((await send('application/json', '3')).status).toBe(400)
    expect((await send('multipart/form-data; boundary=x', 'nonsense')).status).toBe(400)
    expect((await send('multipart/form-data', 'nonsense')).status).toBe(400)
    const answer = await send('text/csv', 'a,b')
    expect(answer.status).toBe(415)
    expect(codes(answer)).toEqual(['unsupported_media_type'])
  })

  test('larger than the limit is a 413', async () => {
    const answer = await send('application/json', JSON.stringify({ bio: 'x'.repeat(1_100_000) }))
    expect(answer.status).toBe(413)
    expect(codes(answer)).toEqual(['too_large'])
  })

  test('may come with a DELETE', async () => {
    const carla = await world.join(`carla_${alice.username}`)
    expect((await carla.delete(`/user/${carla.id}/`, { hard: true })).status).toBe(204)
    expect((await alice.get(`/user/${carla.id}/`)).status).toBe(404)
  })

  test('names every field that is wrong, with a code and what to do', async () => {
    const answer = await alice.patch(`/user/${alice.id}/`, {
      username: 'no spaces',
      gender: 'Other',
      description: 'x'.repeat(51),
      date_of_birth: '31/12/1999',
      website: 'javascript:alert(1)',
      bio: 'a\u0000b',
      location_lat_lng: 'here',
    })
    expect(answer.status).toBe(400)
    expect(codes(answer).sort()).toEqual([
      'bio: invalid',
      'date_of_birth: invalid',
      'description: max_length',
      'gender: invalid',
      'location_lat_lng: invalid',
      'username: invalid',
      'website: invalid',
    ])
    for (const { messages } of answer.body.errors) expect(messages[0].message).toMatch(/\.$/)
    expect(await world.toldShort()).not.toContain(`user.updated ${alice.username}`)
  })

  test.each(['a\0b', 'half \ud800 of it', '\udc00'])(
    'is refused by field for text that is none, %j, wherever it stands',
    async (text) => {
      await world.set({ post_geolocation_enabled: true })
      await world.db.query(`update users set role = 'admin' where id = $1`, [bob.id])
      world.kith.actors.forget(bob.id)
      const place = { location: text, lat: 1, lng: 2 }
      const answers: [string, Answer][] = [
        ['bio', await alice.patch('/user/me/', { bio: text })],
        ['name', await bob.post('/category/', { name: text })],
        ['slogan', await bob.post('/category/', { name: 'News', slogan: text })],
        ['text', await alice.post('/post/', { text })],
        ['location', await alice.post('/post/', { text: 'x', location: place })],
        ['poll', await alice.post('/post/', { text: 'x', poll: { choices: [{ [text]: 'x' }] } })],
        [
          'description',
          await bob.post('/webhook/endpoint/', {
            target: 'https://a.example/',
            events: ['user.created'],
            description: text,
          }),
        ],
        ['events', await bob.post('/webhook/endpoint/', { target: 'https://a.example/', events: [{ type: text }] })],
        ['custom_css', await bob.patch('/dynamic_preference/', { custom_css: text })],
      ]
      for (const [field, { status, body }] of answers)
        expect([field, status, body.errors?.map((each: { field: string }) => each.field)]).toEqual([
          field,
          400,
          [field],
        ])
      await world.told()
    },
  )

  test('is looked at by field however deep it is, as long as it is taken', async () => {
    const deep = `{"text":"x","group":${'['.repeat(60)}${']'.repeat(60)}}`
    const headers = { authorization: `Bearer ${alice.token}`, 'content-type': 'application/json' }
    const answer = await world.send('/post/', { method: 'POST', headers, body: deep })
    expect([answer.status, codes(answer)]).toEqual([400, ['group: not_supported']])
  })

  test('takes null for what is not there, and fields it does not know', async () => {
    const answer = await alice.patch('/user/me/', { bio: null, date_of_birth: null, shoe_size: 44 })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ bio: '', date_of_birth: null })
  })

  test('takes lists as a[]=, repeated, with commas, or as JSON', async () => {
    const both = { [alice.id]: null, [bob.id]: null }
    const ids = [alice.id, bob.id]
    const form = (body: string) =>
      world.send('/user/connection/statuses/', {
        method: 'POST',
        body,
        headers: { ...bearer(alice), 'content-type': 'application/x-www-form-urlencoded' },
      })
    for (const body of [
      ids.map((id) => `users[]=${id}`).join('&'),
      ids.map((id) => `users=${id}`).join('&'),
      `users=${ids}`,
      `users=${encodeURIComponent(JSON.stringify(ids))}`,
    ])
      expect((await form(body)).body, body).toEqual({ connection_statuses: both })
    expect((await alice.post('/user/connection/statuses/', { users: ids })).body).toEqual({ connection_statuses: both })
    expect((await alice.post('/user/connection/statuses/', { users: ids.map(String) })).status).toBe(200)
    expect(codes(await alice.post('/user/connection/statuses/', {}))).toEqual(['users: required'])
    expect(codes(await alice.post('/user/connection/statuses/', { users: ['x'] }))).toEqual(['users: invalid'])
    expect(codes(await alice.post('/user/connection/requests/accept/', { users: [] }))).toEqual(['users: min_length'])
  })
})

describe('a query', () => {
  test('with the words undefined and null is as without them', async () => {
    const plain = await alice.get('/user/')
    const answer = await alice.get('/user/?search=undefined&limit=undefined&ordering=null&gender=&username=null')
    expect(answer.status).toBe(200)
    expect(answer.body.count).toBe(plain.body.count)
  })

  test('with nonsense for a limit or an offset is a 400 that says so', async () => {
    for (const query of [
      'limit=abc',
      'limit=0',
      'limit=-1',
      'limit=1.5',
      'offset=-1',
      'offset=x',
      'cursor=!!',
      'cursor=WzEsImEiXQ',
    ])
      expect((await alice.get(`/user/?${query}`)).status, query).toBe(400)
    expect(codes(await alice.get('/user/?limit=abc'))).toEqual(['limit: invalid'])
  })

  test('with a limit above the most gets the most', async () => {
    const page = await alice.get('/user/?limit=100000')
    expect(page.status).toBe(200)
    expect((await world.admin.get('/events/?limit=5000')).status).toBe(200)
  })
})

describe('an answer', () => {
  test('carries the id of the request, and so does the log', async () => {
    const given = await alice.get('/user/me/', { 'x-request-id': 'from-the-client-1' })
    expect(given.headers.get('x-request-id')).toBe('from-the-client-1')
    const made = (await alice.get('/nothing/')).headers.get('x-request-id')
    expect(made).toMatch(/^[0-9a-f-]{36}$/)
    await expect.poll(() => world.log.some((line) => line.includes(made as string))).toBe(true)
    const line = JSON.parse(world.log.find((each) => each.includes('from-the-client-1')) as string)
    expect(line).toMatchObject({ method: 'GET', url: '/api/v2/user/me/', status: 200, user: alice.id })
    expect((await alice.get('/user/me/', { 'x-request-id': 'with spaces' })).headers.get('x-request-id')).not.toContain(
      ' ',
    )
  })

  test('is in JSON, or a 406', async () => {
    for (const accept of [
      'application/json, text/plain, */*',
      '*/*',
      'application/*',
      'text/html, application/json;q=0.9',
    ])
      expect((await alice.get('/user/me/', { accept })).status, accept).toBe(200)
    const answer = await alice.get('/user/me/', { accept: 'application/xml' })
    expect(answer.status).toBe(406)
    expect(codes(answer)).toEqual(['not_acceptable'])
    expect((await alice.get('/user/me/')).headers.get('content-type')).toBe('application/json; charset=utf-8')
  })

  test('of 204 is truly empty', async () => {
    const answer = await alice.post(`/user/${bob.id}/hide/`)
    expect(answer.status).toBe(204)
    expect(answer.text).toBe('')
    expect(answer.headers.get('content-type')).toBeNull()
    expect(answer.headers.get('content-length')).toBeNull()
  })

  test('writes moments with microseconds and offset', async () => {
    const { body } = await alice.get('/user/me/')
    expect(body.date_joined).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/)
  })

  test('to a page of this machine may carry credentials, to another it may not', async () => {
    const near = await alice.get('/user/me/', { origin: 'http://localhost:3000' })
    expect(near.headers.get('access-control-allow-origin')).toBe('http://localhost:3000')
    expect(near.headers.get('access-control-allow-credentials')).toBe('true')
    const far = await alice.get('/user/me/', { origin: 'https://elsewhere.example' })
    expect(far.headers.get('access-control-allow-origin')).toBeNull()
    const preflight = await world.send('/user/me/', {
      method: 'OPTIONS',
      headers: {
        origin: 'http://localhost:3000',
        'access-control-request-method': 'PATCH',
        'access-control-request-headers': 'authorization,content-type',
      },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH')
    expect(preflight.headers.get('access-control-allow-headers')).toBe('authorization,content-type')
  })

  test('has the headers that keep browsers careful', async () => {
    const { headers } = await alice.get('/user/me/')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('x-powered-by')).toBeNull()
  })

  test('of the health pages is 200 while Kith answers, and while it may be sent requests', async () => {
    const [alive, ready] = [await world.send(`${world.url}/healthz`), await world.send(`${world.url}/readyz`)]
    expect([alive.status, alive.body]).toEqual([200, { status: 'ok' }])
    expect([ready.status, ready.body]).toEqual([200, { status: 'ready' }])
  })
})

describe('a community with other settings', () => {
  test('lets the origins in that it names', async () => {
    const other = await createWorld({ origins: ['https://app.example'] })
    const named = await other.alice.get('/user/me/', { origin: 'https://app.example' })
    expect(named.headers.get('access-control-allow-origin')).toBe('https://app.example')
    const local = await other.alice.get('/user/me/', { origin: 'http://localhost:3000' })
    expect(local.headers.get('access-control-allow-origin')).toBeNull()
    await other.end()
  })

  test('slows down who asks too much, and only them', async () => {
    const other = await createWorld({ rateLimit: 3 })
    const statuses = []
    for (let i = 0; i < 5; i++) statuses.push((await other.alice.get('/user/me/')).status)
    expect(statuses).toEqual([200, 200, 200, 429, 429])
    const told = await other.alice.get('/user/me/')
    expect(told.body.errors[0].code).toBe('throttled')
    expect(Number(told.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await other.bob.get('/user/me/')).status).toBe(200)
    await other.end()
  })

  test('writes links on the base it is given', async () => {
    const other = await createWorld({ publicUrl: 'https://community.example' })
    expect((await other.alice.get('/user/?limit=1')).body.next).toMatch(
      /^https:\/\/community\.example\/api\/v2\/user\/\?limit=1&offset=1&cursor=/,
    )
    await other.end()
  })

  test('says 503 with the reason while its database is away, and recovers', async () => {
    const other = await createWorld()
    await world.db.query(`alter database ${other.database.name} with allow_connections false`)
    await world.db.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${other.database.name}'`,
    )
    await expect.poll(async () => (await world.send(`${other.url}/readyz`)).status).toBe(503)
    expect((await world.send(`${other.url}/healthz`)).status).toBe(200)
    const answer = await other.alice.get('/user/me/')
    expect(answer.status).toBe(503)
    expect(codes(answer)).toEqual(['unavailable'])
    await world.db.query(`alter database ${other.database.name} with allow_connections true`)
    await expect.poll(async () => (await world.send(`${other.url}/readyz`)).status).toBe(200)
    expect((await other.alice.get('/user/me/')).status).toBe(200)
    await other.end()
  })

  test('says the same when the database goes away between two statements of an act', async () => {
    const act = world.db.transaction(async (tx) => {
      const [own] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid')
      await world.db.query('select pg_terminate_backend($1)', [own?.pid])
      await sleep(100)
      await tx.query('select 1')
    })
    await expect(act).rejects.toMatchObject({ status: 503 })
  })

  test('says the same when the database ends a connection as it opens it', async () => {
    const { hasty, close } = await openHasty()
    const db = openDatabase(hasty, () => {})
    await expect(db.transaction((tx) => tx.query('select 1'))).rejects.toMatchObject({ status: 503 })
    await expect(db.query('select 1')).rejects.toMatchObject({ status: 503 })
    const client = await db.connect()
    await expect(client.query('select 1')).rejects.toThrow()
    await db.close()
    close()
  })
})
