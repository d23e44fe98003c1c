import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { continueRecovery } from '../../src/webhooks/continue-recovery.ts'
import { removeLeftovers } from '../../src/webhooks/delete.ts'
import { eventTypes, operationalTypes } from '../../src/webhooks/event-types.ts'
import { type Answer, createWorld, type Person, type World, walk } from '../support/world.ts'
import { addAttempts, addEndpoint, type Flags, target, waiting } from './endpoints.ts'

let world: World
let admin: Person

beforeAll(async () => {
  world = await createWorld()
  admin = world.admin
})
afterAll(() => world.end())
beforeEach(async () => {
  for (const table of ['webhook_recovery', 'webhook_recovery_ended', 'webhook_delivery', 'webhook_endpoint'])
    await world.db.query(`delete from ${table}`)
  await world.db.query(`update webhook_listening set version = 1, types = '{}'`)
})

const path = ({ id }: { id: number }) => `/webhook/endpoint/${id}/`
const get = async (endpoint: Flags): Promise<Flags> => (await admin.get(path(endpoint))).body
const types = ({ events }: Flags) => events.map(({ type }) => type)
const complaint = ({ status, body }: Answer) => {
  const [error] = body.errors
  return [status, error.field ?? error.code, error.messages?.[0].message ?? error.message]
}

const listening = async () => (await world.db.query('select version, types from webhook_listening'))[0]
const spans = ({ id }: { id: number }) =>
  world.db.query<{ since: number; until: number | null; types: string[] }>(
    'select since, until, types from webhook_span where endpoint_id = $1 order by since',
    [id],
  )

describe('making an endpoint', () => {
  test('answers with exactly the documented fields', async () => {
    const { id } = await addEndpoint(world)
    const answer = await admin.post('/webhook/endpoint/', { target, events: [{ type: 'connection.created' }] })
    expect(answer.status).toBe(201)
    expect(Object.keys(answer.body)).toEqual([
      'id',
      'created_at',
      'updated_at',
      'is_active',
      'target',
      'description',
      'events',
      'ssl_cert_verification',
    ])
    const { created_at } = answer.body
    expect(created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/)
    expect(Math.abs(Date.parse(created_at) - Date.now())).toBeLessThan(5_000)
    expect(answer.body).toEqual({
      id: id + 1,
      created_at,
      updated_at: created_at,
      is_active: true,
      target,
      description: '',
      events: [{ type: 'connection.created', added_at: created_at }],
      ssl_cert_verification: true,
    })
    expect((await admin.get(path(answer.body))).body).toEqual(answer.body)
    expect(await world.told()).toEqual([])
  })

  test('takes all that is documented, as JSON or as a form', async () => {
    const sent = {
      target,
      events: ['user.created'],
      is_active: false,
      description: 'a "b" \\ ü 🦆',
      ssl_cert_verification: false,
    }
    expect(await addEndpoint(world, sent)).toMatchObject({ ...sent, events: [{ type: 'user.created' }] })
    const form = new URLSearchParams({ target, is_active: 'false', ssl_cert_verification: '0' })
    form.append('events', 'user.created')
    form.append('events', 'user.deleted')
    const answer = await world.send('/webhook/endpoint/', {
      method: 'POST',
      headers: { authorization: `Bearer ${admin.token}` },
      body: form,
    })
    expect([answer.status, types(answer.body), answer.body.is_active]).toEqual([
      201,
      ['user.created', 'user.deleted'],
      false,
    ])
  })

  test('subscribes to types as they are given, the operational ones among them', async () => {
    const all = [...operationalTypes, ...eventTypes].reverse()
    const given = all.map((type, i) => (i % 2 ? type : { type, added_at: 'whenever' }))
    const made = await addEndpoint(world, { events: given })
    expect(types(made)).toEqual(all)
    expect(new Set(made.events.map(({ added_at }) => added_at))).toEqual(new Set([made.created_at]))
  })

  test('begins a span of what it listens to, and a lane at the end of the log', async () => {
    const first = await addEndpoint(world, { events: ['user.created', 'connection.created'] })
    expect(await spans(first)).toEqual([{ since: 2, until: null, types: ['connection.created', 'user.created'] }])
    const second = await addEndpoint(world, { events: ['user.created', 'vote.created'] })
    expect(await spans(second)).toEqual([{ since: 3, until: null, types: ['user.created', 'vote.created'] }])
    expect(await listening()).toEqual({ version: 3, types: ['connection.created', 'user.created', 'vote.created'] })
    const [last] = await world.db.query<{ id: number }>('select max(id) as id from event')
    const lanes = await world.db.query('select position, attempts, holes::text, failures, paused from webhook_lane')
    expect(lanes).toEqual(Array(2).fill({ position: last?.id, attempts: 0, holes: '{}', failures: 0, paused: false }))
    const secrets = await world.db.query<{ secret: string; version: number }>(
      'select secret, version from webhook_endpoint order by id',
    )
    expect(secrets.map(({ version }) => version)).toEqual([2, 3])
    expect(secrets[0]?.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(secrets[0]?.secret).not.toBe(secrets[1]?.secret)
  })

  test('that is inactive listens to nothing', async () => {
    const made = await addEndpoint(world, { is_active: false })
    expect(await spans(made)).toEqual([])
    expect(await listening()).toEqual({ version: 2, types: [] })
  })

  test('in a log nothing was ever written to begins before its first event', async () => {
    const other = await createWorld()
    await other.db.query('truncate event')
    await other.db.query('alter sequence event_id restart')
    const { id } = await addEndpoint(other, { events: ['connection_request.created'] })
    expect(await other.db.query('select position from webhook_lane where endpoint_id = $1', [id])).toEqual([
      { position: 0 },
    ])
    await other.alice.post(`/user/${other.bob.id}/connection/request/`)
    expect(await other.db.query('select id, audience from event')).toEqual([
      { id: 1, audience: 2 },
      { id: 2, audience: null },
    ])
    await other.end()
  })

  test('is told, event by event, who listened', async () => {
    const [alice, bob] = await world.strangers()
    await addEndpoint(world, { events: ['connection.created'] })
    await alice.post(`/user/${bob.id}/connection/request/`)
    await bob.post(`/user/${alice.id}/connection/accept/`)
    expect(await world.db.query('select type, audience from event order by id desc limit 4')).toEqual([
      { type: 'notification.connection_accept', audience: null },
      { type: 'connection.created', audience: 2 },
      { type: 'notification.connection_request', audience: null },
      { type: 'connection_request.created', audience: null },
    ])
    await world.told()
  })
})

describe('a refusal', () => {
  test.each([
    [{}, 'target', 'This field is required.'],
    [{ target }, 'events', 'This field is required.'],
    [{ target, events: [] }, 'events', 'The list is empty.'],
    [{ target, events: '' }, 'events', 'The list is empty.'],
    [
      { target, events: [1] },
      'events',
      'There is no event "1". GET /api/v2/webhook/endpoint/event/ lists all there are.',
    ],
    [
      { target, events: 'a' },
      'events',
      'There is no event "a". GET /api/v2/webhook/endpoint/event/ lists all there are.',
    ],
    [{ target, events: [{ type: 'x\u0000' }] }, 'events', 'Leave out the NUL character.'],
    [
      { target, events: ['user.*'] },
      'events',
      'There is no event "user.*". GET /api/v2/webhook/endpoint/event/ lists all there are.',
    ],
    [
      { target, events: ['__proto__'] },
      'events',
      'There is no event "__proto__". GET /api/v2/webhook/endpoint/event/ lists all there are.',
    ],
    [
      { target, events: ['user.created', { type: 'user.created' }] },
      'events',
      '"user.created" is there twice. Name every event once.',
    ],
    [{ target, events: [{}] }, 'events', 'Send a list of events, as [{"type": "connection.created"}].'],
    [{ target, events: [null] }, 'events', 'Send a list of events, as [{"type": "connection.created"}].'],
    [
      { target, events: [{ type: ['user.created'] }] },
      'events',
      'Send a list of events, as [{"type": "connection.created"}].',
    ],
    [
      { target, events: 7.5 },
      'events',
      'There is no event "7.5". GET /api/v2/webhook/endpoint/event/ lists all there are.',
    ],
    [{ target, events: true }, 'events', 'Send a list of events, as [{"type": "connection.created"}].'],
    [{ target: '', events: ['user.created'] }, 'target', 'This may not be blank.'],
    [{ target: [target], events: ['user.created'] }, 'target', 'Send text.'],
    [{ target: { url: target }, events: ['user.created'] }, 'target', 'Send text.'],
    [
      { target: `${target}${'x'.repeat(2000)}`, events: ['user.created'] },
      'target',
      'At most 2000 characters are taken.',
    ],
    [{ target, events: ['user.created'], is_active: 'maybe' }, 'is_active', 'Send true or false.'],
    [{ target, events: ['user.created'], ssl_cert_verification: 2 }, 'ssl_cert_verification', 'Send true or false.'],
    [
      { target, events: ['user.created'], description: 'x'.repeat(10_001) },
      'description',
      'At most 10000 characters are taken.',
    ],
    [{ target, events: ['user.created'], description: 'a\u0000b' }, 'description', 'Leave out the NUL character.'],
    [{ target, events: ['user.created'], description: {} }, 'description', 'Send text.'],
  ])('number %$ names the field and says what to do', async (sent, field, message) => {
    expect(complaint(await admin.post('/webhook/endpoint/', sent))).toEqual([400, field, message])
    expect(await listening()).toEqual({ version: 1, types: [] })
  })

  test('of a very long name does not repeat it, and of very deep lists is one, too', async () => {
    const long = await admin.post('/webhook/endpoint/', { target, events: ['x'.repeat(200_000)] })
    expect([long.status, long.text.length < 500]).toEqual([400, true])
    for (const depth of ['['.repeat(50) + ']'.repeat(50), `${'{"type":'.repeat(50)}1${'}'.repeat(50)}`]) {
      const answer = await world.send('/webhook/endpoint/', {
        method: 'POST',
        headers: { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json' },
        body: `{"target":"${target}","events":[${depth}]}`,
      })
      expect([answer.status, answer.body.errors[0].field]).toEqual([400, 'events'])
    }
  })

  const scheme = 'Send an address that begins with http:// or https://.'
  const strange = 'Leave out white space, backslashes and control characters; write them as %20 and the like.'
  const user = 'Leave out the user name and password: the signature says who sends.'
  test.each([
    ['ftp://receiver.example/', scheme],
    ['javascript:alert(1)', scheme],
    ['receiver.example', scheme],
    ['//receiver.example', scheme],
    ['https:receiver.example', scheme],
    ['https:///receiver.example', scheme],
    ['https://', scheme],
    [' https://receiver.example', scheme],
    ['https://receiver.example/a b', strange],
    ['https://receiver.example/\n', strange],
    ['https://receiver.example\\@other.example', strange],
    ['https://receiver.example/\u0001', strange],
    ['https://receiver.example/\ud800', 'Send whole characters: there is half of a surrogate pair in this.'],
    ['https://receiver.example/#top', 'Leave out the # and what follows it: it is never sent.'],
    ['https://receiver.example:99999/', 'This is not a web address. Write it as https://example.com/hook.'],
    ['https://[::1/', 'This is not a web address. Write it as https://example.com/hook.'],
    ['https://a@receiver.example/', user],
    ['https://:b@receiver.example/', user],
  ])('of the target %j says what to do', async (sent, message) => {
    const answer = await admin.post('/webhook/endpoint/', { target: sent, events: ['user.created'] })
    expect(complaint(answer)).toEqual([400, 'target', message])
    const made = await addEndpoint(world)
    expect(complaint(await admin.patch(path(made), { target: sent }))).toEqual([400, 'target', message])
    expect(await get(made)).toEqual(made)
  })

  test('meets everybody but administrators, and ids nobody has', async () => {
    const made = await addEndpoint(world)
    for (const at of ['/webhook/endpoint/', '/webhook/endpoint/event/', '/webhook/endpoint/search/', path(made)]) {
      expect((await world.visitor.get(at)).status, at).toBe(401)
      expect((await world.alice.get(at)).status, at).toBe(403)
    }
    for (const id of [made.id + 1, 0, -1, '1.5', 'x', '99999999999999999999', '9007199254740991', '%00', '%ff', 'me']) {
      const at = `/webhook/endpoint/${id}/`
      for (const answer of [await admin.get(at), await admin.patch(at, {}), await admin.delete(at)])
        expect([id, answer.status >= 400 && answer.status < 500]).toEqual([id, true])
      expect((await admin.put(at, { target, events: ['user.created'] })).status, at).toBeGreaterThanOrEqual(400)
    }
    expect(complaint(await admin.get(`/webhook/endpoint/${made.id + 1}/`))).toEqual([
      404,
      'not_found',
      'No webhook endpoint has this id.',
    ])
    expect(await listening()).toEqual({ version: 2, types: ['connection.created'] })
  })
})

describe('changing an endpoint', () => {
  test('changes what is named, and nothing else', async () => {
    const made = await addEndpoint(world, { description: 'first' })
    world.pass(1_000)
    const answer = await admin.patch(path(made), { is_active: false })
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({ ...made, is_active: false, updated_at: expect.any(String) })
    expect(Date.parse(answer.body.updated_at)).toBeGreaterThanOrEqual(Date.parse(made.updated_at) + 1_000)
    expect((await admin.patch(path(made), { target: 'http://other.example', description: '' })).body).toMatchObject({
      target: 'http://other.example',
      description: '',
      is_active: false,
    })
    expect((await admin.patch(path(made), { ssl_cert_verification: false })).body.ssl_cert_verification).toBe(false)
  })

  test('to what it is already changes nothing', async () => {
    const made = await addEndpoint(world, { description: 'for the shop' })
    world.pass(1_000)
    for (const answer of [
      await admin.patch(path(made)),
      await admin.patch(path(made), {}),
      await admin.patch(path(made), {
        is_active: true,
        description: 'for the shop',
        events: ['connection.created'],
      }),
      await admin.put(path(made), { ...made }),
    ])
      expect([answer.status, answer.body]).toEqual([200, made])
    expect(await listening()).toEqual({ version: 2, types: ['connection.created'] })
    expect(await spans(made)).toHaveLength(1)
  })

  test('keeps the date of a type that stays', async () => {
    const made = await addEndpoint(world, { events: ['user.created', 'user.deleted'] })
    world.pass(1_000)
    const patched: Flags = (await admin.patch(path(made), { events: ['user.updated', { type: 'user.deleted' }] })).body
    expect(patched.events).toEqual([{ type: 'user.updated', added_at: patched.updated_at }, made.events[1]])
    world.pass(1_000)
    const put: Flags = (await admin.put(path(made), { target, events: ['user.deleted', 'user.created'] })).body
    expect(put.events).toEqual([made.events[1], { type: 'user.created', added_at: put.updated_at }])
  })

  test('as a whole sets back what is left out, and wants target and events', async () => {
    const made = await addEndpoint(world, { description: 'old', is_active: false, ssl_cert_verification: false })
    expect(complaint(await admin.put(path(made), { target }))).toEqual([400, 'events', 'This field is required.'])
    expect(complaint(await admin.put(path(made), { events: ['user.created'] }))[1]).toBe('target')
    const answer = await admin.put(path(made), { target: 'https://new.example/', events: [{ type: 'vote.created' }] })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      id: made.id,
      created_at: made.created_at,
      is_active: true,
      target: 'https://new.example/',
      description: '',
      ssl_cert_verification: true,
    })
    expect(types(answer.body)).toEqual(['vote.created'])
  })

  test('that is refused leaves all of it as it was', async () => {
    const made = await addEndpoint(world)
    const answer = await admin.patch(path(made), { description: 'new', events: ['nothing.happened'] })
    expect(answer.status).toBe(400)
    expect(await get(made)).toEqual(made)
  })

  test('ends its span and begins another, whenever it listens to something else', async () => {
    const one = await addEndpoint(world, { events: ['user.created', 'user.deleted'] })
    await addEndpoint(world, { events: ['user.created'] })
    const at = path(one)

    await admin.patch(at, { target: 'https://other.example/', description: 'moved' })
    await admin.patch(at, { events: ['user.deleted', 'user.created'] })
    expect(await spans(one)).toEqual([{ since: 2, until: null, types: ['user.created', 'user.deleted'] }])
    expect(await listening()).toEqual({ version: 5, types: ['user.created', 'user.deleted'] })

    await admin.patch(at, { events: ['user.deleted'] })
    await admin.patch(at, { is_active: false })
    expect(await listening()).toEqual({ version: 7, types: ['user.created'] })
    await admin.patch(at, { events: ['vote.created'] })
    expect(await listening()).toEqual({ version: 8, types: ['user.created'] })
    await admin.patch(at, { is_active: true })
    await admin.delete(at)
    expect(await spans(one)).toEqual([
      { since: 2, until: 6, types: ['user.created', 'user.deleted'] },
      { since: 6, until: 7, types: ['user.deleted'] },
      { since: 9, until: 10, types: ['vote.created'] },
    ])
    expect(await listening()).toEqual({ version: 10, types: ['user.created'] })
    expect(await world.db.query('select version, deleted from webhook_endpoint where id = $1', [one.id])).toEqual([
      { version: 10, deleted: true },
    ])
  })

  test('by two at once does both, one after the other', async () => {
    const made = await addEndpoint(world)
    const [left, right] = await Promise.all([
      admin.patch(path(made), { description: 'changed' }),
      admin.patch(path(made), { events: ['user.created'] }),
    ])
    expect([left.status, right.status]).toEqual([200, 200])
    const now = await get(made)
    expect([now.description, types(now)]).toEqual(['changed', ['user.created']])
    expect(await listening()).toEqual({ version: 4, types: ['user.created'] })
    const [open] = (await spans(made)).slice(1)
    expect(open).toMatchObject({ until: null, types: ['user.created'] })
  })

  test('by many at once leaves one span open, and no version without its change', async () => {
    const made = await addEndpoint(world)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        i % 4
          ? admin.patch(path(made), { is_active: i % 2 === 0 })
          : admin.post('/webhook/endpoint/', { target, events: [eventTypes[i]] }),
      ),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 201]))
    const open = await world.db.query(
      'select endpoint_id, count(*)::int as n from webhook_span where until is null group by 1 having count(*) > 1',
    )
    expect(open).toEqual([])
    const marks = (await spans(made)).flatMap(({ since, until }) => (until === null ? [since] : [since, until]))
    expect(marks).toEqual(marks.toSorted((a, b) => a - b))
    const [known] = await world.db.query<{ types: string[] }>(
      `select array(select distinct unnest(types) from webhook_span where until is null order by 1) as types`,
    )
    expect(await listening()).toMatchObject({ types: known?.types })
  })
})

describe('deleting an endpoint', () => {
  test('takes it away from everybody, with what was still to be sent', async () => {
    const made = await addEndpoint(world)
    const [event] = await world.db.query<{ id: number }>('select max(id) as id from event')
    await addAttempts(world, made.id, [{ event: event?.id as number }])
    await admin.post(`${path(made)}event/resend/`, { event: event?.id })
    const { body: ended } = await admin.post(`${path(made)}recover/`, { since: Date.now() / 1000 - 1 })
    await continueRecovery(world.db, made.id, 1_000, new Date())
    await admin.post(`${path(made)}recover/`, { since: 0, kind: 'all' })
    expect((await admin.get(`${path(made)}recover/${ended.id}/`)).body.done).toBe(true)
    expect(await waiting(world, made.id)).toHaveLength(1)
    const answer = await admin.delete(path(made))
    expect([answer.status, answer.text]).toEqual([204, ''])
    const rest = ['', 'attempt/', 'delivery/', 'recover/', `recover/${ended.id}/`].map((each) =>
      admin.get(`${path(made)}${each}`),
    )
    expect((await Promise.all(rest)).map(({ status }) => status)).toEqual([404, 404, 404, 404, 404])
    for (const [act, body] of [
      ['event/resend/', { event: 1 }],
      ['event/resend/bulk/', { event: [1] }],
      ['secret/reveal/', {}],
      ['secret/expire/', {}],
      ['recover/', { since: 0 }],
    ] as const)
      expect((await admin.post(`${path(made)}${act}`, body)).status, act).toBe(404)
    expect((await admin.delete(path(made))).status).toBe(404)
    expect((await admin.get('/webhook/endpoint/')).body).toMatchObject({ count: 0, results: [] })
    expect((await admin.get('/webhook/endpoint/search/?target=receiver')).body.count).toBe(0)
    expect(await waiting(world, made.id)).toEqual([])
    for (const table of ['webhook_lane', 'webhook_recovery', 'webhook_recovery_ended'])
      expect(await world.db.query(`select 1 from ${table} where endpoint_id = $1`, [made.id]), table).toEqual([])
    expect(await world.db.query('select 1 from webhook_attempt where endpoint_id = $1', [made.id])).toHaveLength(1)
  })

  test('of very many deliveries is finished later, and the row goes when every node has read of it', async () => {
    const [made, other] = [await addEndpoint(world), await addEndpoint(world)]
    await world.db.query(
      `insert into webhook_delivery select e, g, true, 1, 0, now() from generate_series(1, 12000) g, unnest($1::bigint[]) e`,
      [[made.id, other.id]],
    )
    await admin.delete(path(made))
    expect(await waiting(world, made.id)).toHaveLength(7_000)
    const there = () => world.db.query('select 1 from webhook_endpoint where id = $1', [made.id])
    await removeLeftovers(world.db, world.kith.clock.now())
    expect([await waiting(world, made.id), await there()]).toMatchObject([[], [{}]])
    await removeLeftovers(world.db, new Date(world.kith.clock.now().getTime() + 3_601_000))
    expect(await there()).toEqual([])
    expect(await spans(made)).toEqual([])
    expect(await waiting(world, other.id)).toHaveLength(12_000)
    expect((await admin.get(path(other))).status).toBe(200)
  })

  test('waits for what is being queued, and leaves nothing of it', async () => {
    const made = await addEndpoint(world)
    const [first] = await world.db.query<{ id: number }>('select min(id) as id from event')
    const client = await world.db.pool.connect()
    await client.query('begin')
    await client.query('select 1 from webhook_endpoint where id = $1 for share', [made.id])
    await client.query('insert into webhook_delivery values ($1, $2, true, 1, 0, now())', [made.id, first?.id])
    const deleted = admin.delete(path(made))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await client.query('commit')
    client.release()
    expect((await deleted).status).toBe(204)
    expect(await waiting(world, made.id)).toEqual([])
  })
})

describe('the list', () => {
  test('shows the newest first, page by page', async () => {
    for (let i = 0; i < 7; i++) await addEndpoint(world, { description: String(i) })
    const first = (await admin.get('/webhook/endpoint/?limit=3')).body
    expect(first.results.map(({ description }: Flags) => description)).toEqual(['6', '5', '4'])
    expect([first.count, first.previous]).toEqual([7, null])
    const { results } = await walk(admin, '/webhook/endpoint/?limit=3')
    expect(results.map(({ id }) => id)).toEqual(results.map(({ id }) => id).toSorted((a, b) => b - a))
    const second = (await admin.get(first.next)).body
    expect((await admin.get(second.previous)).body.results).toEqual(first.results)
  })

  test('is ordered by any of three fields, either way', async () => {
    const [a, b, c] = [
      await addEndpoint(world),
      await addEndpoint(world, { is_active: false }),
      await addEndpoint(world),
    ]
    world.pass(1_000)
    await admin.patch(path(a), { description: 'changed' })
    const names = new Map([a, b, c].map(({ id }, i) => [id, 'abc'[i]]))
    for (const [ordering, expected] of [
      ['created_at', 'abc'],
      ['-created_at', 'cba'],
      ['updated_at', 'bca'],
      ['-updated_at', 'acb'],
      ['is_active', 'bac'],
      ['-is_active', 'cab'],
    ]) {
      const { results } = await walk(admin, `/webhook/endpoint/?limit=1&ordering=${ordering}`)
      expect([ordering, results.map(({ id }) => names.get(id)).join('')]).toEqual([ordering, expected])
    }
    expect(complaint(await admin.get('/webhook/endpoint/?ordering=target'))).toEqual([
      400,
      'ordering',
      'Send one of: created_at, is_active, updated_at, -created_at, -is_active, -updated_at.',
    ])
  })

  test('is searched by a part of the target, taken as it is', async () => {
    for (const each of ['https://One.example/a_b', 'https://two.example/a%25b', 'http://one.test/aXb?q=\'"'])
      await addEndpoint(world, { target: each })
    const search = async (part: string) =>
      (await walk(admin, `/webhook/endpoint/search/?limit=1&target=${encodeURIComponent(part)}`)).results
        .map((each) => new URL((each as Flags).target).host)
        .sort()
    expect(await search('ONE.')).toEqual(['one.example', 'one.test'])
    expect(await search('a_b')).toEqual(['one.example'])
    expect(await search('%')).toEqual(['two.example'])
    expect(await search('\\')).toEqual([])
    expect(await search(`'"`)).toEqual(['one.test'])
    expect(await search('nowhere')).toEqual([])
    expect(await search('')).toHaveLength(3)
    expect((await walk(admin, '/webhook/endpoint/search/')).count).toBe(3)
    expect((await admin.get('/webhook/endpoint/search/?target=https&ordering=created_at')).body).toMatchObject({
      count: 2,
      results: [{ target: 'https://One.example/a_b' }, {}],
    })
    expect((await admin.get('/webhook/endpoint/search/?target=%00')).status).toBe(400)
    expect((await admin.get(`/webhook/endpoint/search/?target=${'x'.repeat(2001)}`)).status).toBe(400)
  })
})

test('the list of events is the 97 names, and nothing else', async () => {
  const answer = await admin.get('/webhook/endpoint/event/')
  expect([answer.status, answer.body]).toEqual([200, [...eventTypes]])
  expect(answer.body).toHaveLength(97)
})
