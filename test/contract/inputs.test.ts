import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { preferenceDefinitions } from '../../src/community/preferences.ts'
import { missingOf } from '../../src/platform/http/input.ts'
import { endpoints } from '../../src/slices.ts'
import { type Answer, createWorld, type Person, type World } from '../support/world.ts'
import contract from './endpoints.json' with { type: 'json' }
import { describeNotBuilt, notBuiltFile } from './not-built.ts'

const documented = new Map(contract.map((each) => [each.endpoint, each]))
const served = endpoints.map((endpoint) => ({ endpoint, name: `${endpoint.method} ${endpoint.path}` }))

/** Nobody sets these: they are what was done, counted, or said by others. */
const readOnly: Record<string, string[]> = {
  user: `id ext_id followings_counter followers_counter posts_counter discussions_counter polls_counter connection_status
    categories_counter date_joined reputation community_badge reg_approved deleted deleted_at can_send_pm_to`.split(
    /\s+/,
  ),
  category: `id followed image_bigger image_big image_medium image_small lastmod_datetime followers_counter`.split(' '),
}

/** Documented as inputs, and sent as headers. */
const headers = new Set(['Content-Range'])

/** What is sent to these is the thing itself, says the documentation. */
const whole: Record<string, string> = {
  'PATCH /api/v2/user/{id}/': 'user',
  'PUT /api/v2/user/{id}/': 'user',
  'POST /api/v2/category/': 'category',
  'PUT /api/v2/category/{id}/': 'category',
  'PATCH /api/v2/category/{id}/': 'category',
}

/** In examples of the documentation, and in what its clients send, though no table has them. */
const clients: Record<string, string[]> = Object.fromEntries(
  ['status', 'post', 'discussion'].flatMap((kind) =>
    [`POST /api/v2/${kind}/`, `PUT /api/v2/${kind}/{id}/`].map((name) => [
      name,
      ['tags', 'draft', 'scheduled_at', 'recipients'],
    ]),
  ),
)

/** Every input an endpoint has by the documentation. */
function inputsOf(name: string): string[] {
  const { takes = [], fields = [] } = documented.get(name) ?? {}
  const thing = whole[name]
  const settable = thing ? fields.filter((field) => !readOnly[thing]?.includes(field)) : []
  return [...takes.filter((each) => !headers.has(each)), ...settable, ...(clients[name] ?? [])]
}

let world: World

beforeAll(async () => {
  world = await createWorld()
  await world.set({ private_messages_enabled: true })
})
afterAll(() => world.end())

const call = (who: Person, method: string, path: string, body?: unknown) =>
  world.send(path, {
    method,
    headers: {
      authorization: `Bearer ${who.token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })

/** The codes of a refusal, by field. */
const codesOf = ({ body }: Answer): Record<string, string> =>
  Object.fromEntries(
    (body?.errors ?? []).map((each: { field?: string; code?: string; messages?: { code: string }[] }) => [
      each.field ?? '',
      each.messages?.[0]?.code ?? each.code,
    ]),
  )

describe('a documented input', () => {
  test('is taken or refused by name, at every endpoint', () => {
    for (const { endpoint, name } of served) {
      if (endpoint.declaration.anyBody) continue
      const dropped = inputsOf(name).filter((input) => !(input in endpoint.takes))
      expect(dropped, name).toEqual([])
    }
  })

  test('that is not built is refused by name wherever it is, together with all others', async () => {
    const unbuilt = served.filter(({ endpoint }) => Object.keys(missingOf(endpoint.takes)).length)
    expect(unbuilt.length).toBeGreaterThan(5)
    for (const { endpoint, name } of unbuilt) {
      const { method } = endpoint
      const who = ['admin', 'creator'].includes(endpoint.declaration.who.name) ? world.admin : world.alice
      const path = endpoint.path.replace('/api/v2', '').replace('{id}', endpoint.path.includes('/user/') ? 'me' : '1')
      const names = Object.keys(missingOf(endpoint.takes))
      const query = method === 'GET' || method === 'DELETE'
      const send = (value: unknown) =>
        query
          ? call(who, method, `${path}?${names.map((each) => `${each}=${value}`).join('&')}`)
          : call(who, method, path, Object.fromEntries(names.map((each) => [each, value])))
      for (const value of ['x', 1, ...(query ? [] : [[1], { a: 1 }])]) {
        const answer = await send(value)
        expect(answer.status, name).toBe(400)
        expect(codesOf(answer), `${name} ${JSON.stringify(value)}`).toMatchObject(
          Object.fromEntries(names.map((each) => [each, 'not_supported'])),
        )
      }
      for (const value of query ? ['', 'null', 'undefined', 'false'] : [null, '', [], {}, false, [''], 'null', '[]'])
        expect(Object.values(codesOf(await send(value))), `${name} ${JSON.stringify(value)}`).not.toContain(
          'not_supported',
        )
    }
    expect(await world.told()).toEqual([])
  })

  test('that is not built is no part of what the reference offers, which says so', async () => {
    const { post } = (await world.visitor.get('/openapi.json')).body.paths['/api/v2/post/']
    const { properties } = post.requestBody.content['application/json'].schema
    expect(Object.keys(properties)).not.toContain('group')
    expect(post.description).toMatch(/Not there yet, and refused unless empty: .*`group`/)
  })

  test('is absent in a form whose file was not chosen, and refused with one that is no picture', async () => {
    const send = (file: File) => {
      const form = new FormData()
      form.set('bio', 'x')
      form.set('cover', file)
      const headers = { authorization: `Bearer ${world.alice.token}` }
      return world.send('/user/me/', { method: 'PATCH', headers, body: form })
    }
    const empty = await send(new File([], ''))
    expect(empty.status, empty.text).toBe(200)
    expect(codesOf(await send(new File(['x'], 'x.png')))).toEqual({ cover: 'invalid_image' })
    await world.told()
  })

  test('that is not the caller’s to give changes nothing, and is named', async () => {
    const sent = { email: 'x@example.org', ext_id: 'crm-1', tags: [], bio: 'Plays the cello', nope: 1 }
    const mine = await world.alice.patch('/user/me/', sent)
    expect([mine.status, mine.headers.get('x-kith-ignored')]).toEqual([200, 'email, ext_id, nope'])
    expect(mine.body).toMatchObject({ email: 'alice@example.com', bio: 'Plays the cello' })
    const { status, headers } = await world.admin.patch(`/user/${world.alice.id}/`, { ...sent, email: mine.body.email })
    expect([status, headers.get('x-kith-ignored')]).toEqual([200, 'nope'])
    await world.told()
  })

  test('of another kind is refused with a sentence that says which it is', async () => {
    const messageOf = async (path: string, sent: object) =>
      (await world.alice.post(path, sent)).body.errors[0].messages[0].message
    const text = 'Tea'
    expect(await messageOf('/status/', { text, categories: ['a'] })).toMatch(/^Send a list\. Each: Send a whole number/)
    expect(await messageOf('/status/', { text, location: 'Milan' })).toMatch(/^Send an object of .*lat/)
    const packed = {
      authorization: `Bearer ${world.alice.token}`,
      'content-type': 'application/json',
      'content-encoding': 'gzip',
    }
    const refused = await world.send('/status/', { method: 'POST', headers: packed, body: JSON.stringify({ text }) })
    expect([refused.status, refused.text]).toEqual([
      415,
      expect.stringContaining('application/json packed as gzip cannot be read. Send it unpacked.'),
    ])
  })

  test('in the path is an id in digits, and nothing is at another spelling of it', async () => {
    const { id } = world.bob
    expect((await world.alice.get(`/user/${id}/`)).status).toBe(200)
    for (const spelt of [`%20${id}`, `${id}%0A`, `+${id}`, `${id}.0`, `-${id}`, '1e1', '0x1', 'undefined', '%D9%A3'])
      expect((await world.alice.get(`/user/${spelt}/`)).status, spelt).toBe(404)
  })

  test('that the official composer always sends is taken while it says nothing', async () => {
    const { alice } = world
    const sent = { title: '', recipients: [], poll: null, group: null, draft: false, scheduled_at: '', addressing: [] }
    const answer = await alice.post('/post/', { text: '<p>Tea</p>', ...sent })
    expect([answer.status, answer.headers.get('x-kith-ignored')]).toEqual([201, null])
    const refused = await alice.post('/post/', {
      text: '<p>Tea</p>',
      draft: true,
      scheduled_at: '2030-01-01T00:00:00Z',
      group: 3,
      recipients: ['bob'],
    })
    expect([refused.status, codesOf(refused)]).toEqual([
      400,
      { scheduled_at: 'disabled', group: 'not_supported', recipients: 'not_supported' },
    ])
    expect((await world.told()).map(({ type }) => type)).toEqual(['post.created'])
  })
})

describe('an option that promises what is not built', () => {
  const later = preferenceDefinitions.filter(({ notYet }) => notYet)

  test('keeps what it is, and is refused by name when it is set to anything else', async () => {
    const { admin } = world
    const others = later.map(({ name, type, default: kept, choices }) => [
      name,
      type === 'boolean' ? !kept : type === 'choice' ? choices?.find((each) => each !== kept) : '{"job":{}}',
    ])
    const answer = await admin.patch('/dynamic_preference/', Object.fromEntries(others))
    expect(answer.status).toBe(400)
    expect(codesOf(answer)).toEqual(Object.fromEntries(later.map(({ name }) => [name, 'not_supported'])))
    const same = Object.fromEntries(later.map(({ name, default: kept }) => [name, kept]))
    expect((await admin.patch('/dynamic_preference/', same)).status).toBe(200)
    expect(await world.told()).toEqual([])
  })

  test('has no effect where it was set before that was refused', async () => {
    await world.kith.db.query(
      `insert into preference (name, value, updated_at) values ('affinity_enabled', 'true', now()), ('loyalty_points_collection', 'true', now())`,
    )
    await world.kith.community.refresh()
    const { results } = (await world.visitor.get('/dynamic_preference/?section=addons')).body
    const value = (name: string) => results.find((each: { name: string }) => each.name === name).value
    expect([value('affinity_enabled'), value('loyalty_points_collection')]).toEqual([false, false])
    await world.kith.db.query('delete from preference')
    await world.kith.community.refresh()
  })
})

describe('what nobody knows', () => {
  const ignored = (answer: Answer) => answer.headers.get('x-kith-ignored')

  test('is ignored and named in a header and in the log, so that a mistyped filter is seen', async () => {
    const { alice } = world
    const answer = await alice.get('/user/?serch=bob&limit=1&username[]=bob&_=1')
    expect([answer.status, ignored(answer)]).toEqual([200, 'serch, _'])
    const id = answer.headers.get('x-request-id') as string
    await expect.poll(() => world.log.find((line) => line.includes(id))).toContain('"ignored":"serch, _"')
    expect(ignored(await alice.get('/user/?search=bob'))).toBeNull()
  })

  test('is named beside what is refused, of bodies and queries alike, but not when it is empty', async () => {
    const answer = await call(world.admin, 'POST', '/category/?debug=1', {
      nam: 'News',
      order: 'x',
      foo: '',
      bar: null,
    })
    expect([answer.status, codesOf(answer), ignored(answer)]).toEqual([
      400,
      { name: 'required', order: 'invalid' },
      'debug, nam',
    ])
  })

  test('is a secret in a query, too: nobody reads it there', async () => {
    const answer = await world.visitor.post('/jwt/verify_token/?token=x')
    expect([answer.status, codesOf(answer), ignored(answer)]).toEqual([400, { token: 'required' }, 'token'])
  })

  test('is not named of bodies whose names are not known beforehand', async () => {
    expect(ignored(await world.admin.patch('/dynamic_preference/', { no_such: 1 }))).toBeNull()
    expect(ignored(await call(world.admin, 'PATCH', '/dynamic_preference/?x=1', { covers_visibility: 1 }))).toBe('x')
    await world.told()
  })

  test('puts nothing into a header but a few short plain names', async () => {
    const { alice } = world
    const names = ['a\r\nSet-Cookie: x=1', 'ключ', '\u202e', '<script>', 'x'.repeat(10_000), '__proto__', '']
    const answer = await alice.patch(
      '/user/me/',
      JSON.parse(JSON.stringify(Object.fromEntries(names.map((n) => [n, 1])))),
    )
    expect(answer.status).toBe(200)
    expect(ignored(answer)).toBe(`a??Set-Cookie??x?1, ????, ?, ?script?, ${'x'.repeat(40)}, __proto__, ?`)
    expect(answer.headers.get('set-cookie')).toBeNull()
    const many = Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`unknown_${i}`.padEnd(200, 'y'), 1]))
    const long = ignored(await alice.patch('/user/me/', many)) as string
    expect(long).toMatch(/^unknown_0y+, .*, and 880 more$/)
    expect(long.length).toBeLessThan(1_000)
  })

  test('can be read by pages of other origins', async () => {
    const answer = await world.send('/feature/?nme=x', { headers: { origin: 'http://localhost:3000' } })
    expect(answer.headers.get('access-control-expose-headers')).toContain('X-Kith-Ignored')
    expect(ignored(answer)).toBe('nme')
  })
})

describe('everything that is wrong with a request', () => {
  const expectNamed = async (answer: Promise<Answer>, names: string[]) => {
    const { status, body, text } = await answer
    expect(status, text).toBe(400)
    expect(body.errors.map(({ field }: { field: string }) => field).sort(), text).toEqual([...names].sort())
  }

  test('is named at once, whether it is seen by its shape or by what it means', async () => {
    const { admin, alice } = world
    const endpoint = '/webhook/endpoint/'
    await expectNamed(admin.post(endpoint, { target: 'nope', events: [{ type: 'x.y' }] }), ['target', 'events'])
    await expectNamed(admin.post(endpoint, { target: 'nope', events: 'x', is_active: 'x' }), [
      'events',
      'is_active',
      'target',
    ])
    await expectNamed(admin.put(`${endpoint}1/`, { target: 'nope', events: ['x.y'] }), ['target', 'events'])
    await expectNamed(admin.patch(`${endpoint}1/`, { target: 'nope', events: ['x.y'], description: {} }), [
      'target',
      'events',
      'description',
    ])
    await expectNamed(admin.post('/category/', { name: ' ', slug: 'a b', tags: [1] }), ['name', 'slug', 'tags'])
    await expectNamed(alice.post('/discussion/', { title: '', text: '', categories: [99] }), [
      'title',
      'text',
      'categories',
    ])
    await expectNamed(
      alice.post('/post/', { text: '', location: { location: 'x', lat: 1, lng: 1 }, categories: [99] }),
      ['text', 'location', 'categories'],
    )
    await expectNamed(alice.post('/post/', { text: '', recipients: ['bob'] }), ['text', 'recipients'])
    await expectNamed(admin.post('/account/create/', { username: 'a b', email: 'x', password: 'aaaaaaaaaa' }), [
      'username',
      'email',
      'password',
    ])
    await expectNamed(admin.post('/sso/signup/', { username: '', password: 'aaaaaaaaaa', tags: [1] }), [
      'username',
      'password',
      'tags',
    ])
    await expectNamed(admin.get('/events/?type=X&since=x'), ['type', 'since'])
    await expectNamed(admin.post(`${endpoint}1/recover/`, { since: 'x', kind: 'y' }), ['since', 'kind'])
    await expectNamed(alice.patch('/user/me/', { username: '', gender: 'x', website: 'x', avatar: 'x' }), [
      'username',
      'gender',
      'website',
      'avatar',
    ])
    expect(await world.told()).toEqual([])
  })
})

test('docs/not-built.md says what is not built, as it is: run `npm run not-built`', async () => {
  expect(readFileSync(notBuiltFile, 'utf8')).toBe(describeNotBuilt())
})
