import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { announceEnded } from '../../src/connections/announce-ended.ts'
import { expireRequests } from '../../src/connections/expire.ts'
import { findDrift } from '../../src/connections/recount.ts'
import { createWorld, type Person, type World, walk } from '../support/world.ts'

let world: World
let alice: Person
let bob: Person
let carla: Person
const day = 86_400_000

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())
beforeEach(async () => {
  ;[alice, bob, carla] = await world.strangers()
})

type Verb = 'request' | 'accept' | 'reject' | 'cancel_request' | 'cancel_reject' | 'remove'
const act = (who: Person, verb: Verb, whom: Person) => who.post(`/user/${whom.id}/connection/${verb}/`)
const status = async (who: Person, whom: Person) =>
  (await who.get(`/user/${whom.id}/connection_status/`)).body.connection_status
const received = async (who: Person, query = '') => (await who.get(`/user/connection/requests/${query}`)).body
const sent = async (who: Person) => (await who.get('/user/connection/requests_sent/')).body
/** What was told, with people as the first letters of their names. */
const told = async () => (await world.toldShort()).map((each) => each.replace(/\b(\w)\w*_\w+(?=>|$)/g, '$1'))
const connect = async (a: Person, b: Person) => {
  await act(a, 'request', b)
  await act(b, 'accept', a)
  await world.told()
}

// biome-ignore format: a list of names reads best filled
const userFields = [
  'id', 'username', 'real_name', 'email', 'email_isvalid', 'date_joined', 'bio', 'location', 'location_lat_lng',
  'position_lat_lng', 'date_of_birth', 'description', 'gender', 'status', 'website', 'avatar', 'cover', 'ext_id',
  'tags', 'reputation', 'connection_requests_sent_counter', 'connection_requests_received_counter',
  'connections_counter', 'posts_counter', 'discussions_counter', 'statuses_counter', 'polls_counter',
]
/** Receivers are told the counters of both modes, whichever is on. */
const eventFields = [...userFields, 'followings_counter', 'followers_counter']

describe('a request', () => {
  test('stands in the lists and counters of both, and is told with exactly the documented fields', async () => {
    const answer = await act(alice, 'request', bob)
    expect([answer.status, answer.body]).toEqual([200, { connection_status: 'sent_connection_request' }])
    expect(await status(alice, bob)).toBe('sent_connection_request')
    expect(await status(bob, alice)).toBe('received_connection_request')
    const [item] = (await received(bob)).results
    expect(Object.keys(item).sort()).toEqual(['created', 'from_user', 'id', 'rejected', 'to_user', 'viewed'])
    expect(item).toMatchObject({ from_user: { id: alice.id }, to_user: { id: bob.id }, rejected: null, viewed: null })
    for (const name of userFields.filter((name) => !name.startsWith('email'))) {
      expect(item.from_user, name).toHaveProperty(name)
      expect(item.to_user, name).toHaveProperty(name)
    }
    expect((await sent(alice)).results[0]).toMatchObject({
      id: item.id,
      from_user: { id: alice.id },
      to_user: { id: bob.id },
    })
    expect((await bob.get('/user/me/')).body.connection_requests_received_counter).toBe(1)
    expect((await alice.get('/user/me/')).body.connection_requests_sent_counter).toBe(1)

    const [event, ...more] = await world.told()
    expect(more).toEqual([])
    expect(Object.keys(event ?? {})).toEqual(['event_id', 'type', 'created', 'data'])
    expect(event?.type).toBe('connection_request.created')
    expect(Math.abs((event?.created ?? 0) - Date.now() / 1000)).toBeLessThan(5)
    const { from_user, to_user, ...rest } = (event?.data ?? {}) as unknown as Record<string, Record<string, unknown>>
    expect(rest).toEqual({})
    expect(Object.keys(from_user ?? {}).sort()).toEqual([...eventFields].sort())
    expect(Object.keys(to_user ?? {}).sort()).toEqual([...eventFields].sort())
    expect(from_user).toMatchObject({
      id: alice.id,
      email: `${alice.username}@example.com`,
      connection_requests_sent_counter: 1,
    })
    expect(to_user).toMatchObject({ id: bob.id, connection_requests_received_counter: 1 })
  })

  test('asked twice is one request', async () => {
    await act(alice, 'request', bob)
    expect((await act(alice, 'request', bob)).body).toEqual({ connection_status: 'sent_connection_request' })
    expect(await told()).toEqual(['connection_request.created a>b'])
    expect((await received(bob)).count).toBe(1)
  })

  test('to somebody who has asked you accepts theirs', async () => {
    await act(alice, 'request', bob)
    expect((await act(bob, 'request', alice)).body).toEqual({ connection_status: 'connected' })
    expect(await told()).toEqual(['connection_request.created a>b', 'connection.created a>b'])
  })

  test('to yourself, to nobody, or to somebody deleted is refused and writes nothing', async () => {
    expect((await act(alice, 'request', alice)).body.errors[0].code).toBe('self')
    expect((await alice.post('/user/4000000/connection/request/')).status).toBe(404)
    await world.admin.delete(`/user/${carla.id}/`)
    await world.told()
    expect((await act(alice, 'request', carla)).status).toBe(404)
    expect(await told()).toEqual([])
  })

  test('is seen once, and with one’s own id all are', async () => {
    await act(alice, 'request', carla)
    await act(bob, 'request', carla)
    await world.told()
    expect((await carla.post(`/user/${alice.id}/connection_requests/mark_seen/`)).status).toBe(204)
    const seen = async () =>
      Object.fromEntries(
        (await received(carla)).results.map((each: { from_user: { id: number }; viewed: string }) => [
          each.from_user.id,
          each.viewed,
        ]),
      )
    const first = await seen()
    expect(first).toEqual({ [alice.id]: expect.stringMatching(/^\d{4}-/), [bob.id]: null })
    expect((await carla.post(`/user/${carla.id}/connection_requests/mark_seen/`)).status).toBe(204)
    expect(await seen()).toEqual({ [alice.id]: first[alice.id], [bob.id]: expect.stringMatching(/^\d{4}-/) })
    expect((await carla.post(`/user/${alice.id}/connection/accept/`)).status).toBe(200)
    expect(await told()).toEqual(['connection.created a>c'])
  })

  test('is listed in the older forms too, for the member and administrators only', async () => {
    await act(alice, 'request', bob)
    expect((await bob.get('/user/connection_requests/')).body.results[0].from_user.id).toBe(alice.id)
    expect((await world.visitor.get('/user/connection_requests/')).status).toBe(401)
    for (const path of [`/user/${bob.id}/connection/requests/`, `/user/${bob.id}/connection_requests/`]) {
      expect((await bob.get(path)).body.results[0].from_user.id, path).toBe(alice.id)
      expect((await world.admin.get(path)).body.count, path).toBe(1)
      expect((await alice.get(path)).status, path).toBe(403)
      expect((await world.visitor.get(path)).status, path).toBe(401)
    }
    expect((await alice.get(`/user/${alice.id}/connection/requests_sent/`)).body.results[0].to_user.id).toBe(bob.id)
    expect((await world.admin.get(`/user/${alice.id}/connection/requests_sent/`)).body.count).toBe(1)
    expect((await bob.get(`/user/${alice.id}/connection/requests_sent/`)).status).toBe(403)
  })
})

test('a request shows the birthday of both, and the e-mail address to its member and to administrators', async () => {
  await alice.patch('/user/me/', { date_of_birth: '1990-02-28' })
  await act(alice, 'request', bob)
  const addresses = ({ from_user, to_user }: Record<string, { email?: string; email_isvalid?: boolean }>) =>
    [from_user, to_user].map((user) => [user?.email, user?.email_isvalid])
  const [ofAlice, ofBob] = [alice, bob].map((who) => [`${who.username}@example.com`, false])
  const [own] = (await received(bob)).results
  expect(addresses(own)).toEqual([[undefined, undefined], ofBob])
  expect([own.from_user.birthday, own.from_user.date_of_birth, own.to_user.birthday]).toEqual([
    '1990-02-28',
    '1990-02-28',
    null,
  ])
  expect(addresses((await sent(alice)).results[0])).toEqual([ofAlice, [undefined, undefined]])
  for (const path of [`/user/${bob.id}/connection/requests/`, `/user/${alice.id}/connection/requests_sent/`])
    expect(addresses((await world.admin.get(path)).body.results[0]), path).toEqual([ofAlice, ofBob])
})

test('the statuses of many are asked by a bare list of ids as well, and of nobody', async () => {
  await act(alice, 'request', bob)
  const statuses = async (body: unknown) => (await alice.post('/user/connection/statuses/', body)).body
  const answer = { connection_statuses: { [bob.id]: 'sent_connection_request', [carla.id]: null } }
  expect(await statuses([bob.id, carla.id])).toEqual(answer)
  expect(await statuses({ users: [bob.id, carla.id] })).toEqual(answer)
  expect(await statuses({ users: [] })).toEqual({ connection_statuses: {} })
  expect(await statuses([])).toEqual({ connection_statuses: {} })
  expect((await alice.post('/user/connection/statuses/', { users: ['x'] })).status).toBe(400)
})

describe('a rejection', () => {
  beforeEach(async () => {
    await act(alice, 'request', bob)
    expect((await act(bob, 'reject', alice)).body).toEqual({ connection_status: null })
  })

  test('is not revealed to the one who asked', async () => {
    expect(await status(alice, bob)).toBe('sent_connection_request')
    expect((await sent(alice)).results).toMatchObject([{ to_user: { id: bob.id }, rejected: null }])
    expect((await alice.get('/user/me/')).body.connection_requests_sent_counter).toBe(1)
    expect((await act(alice, 'request', bob)).body).toEqual({ connection_status: 'sent_connection_request' })
    expect(await told()).toEqual(['connection_request.created a>b', 'connection_request.rejected a>b'])
  })

  test('takes the request out of the list, and is found among those rejected', async () => {
    expect(await received(bob)).toMatchObject({ count: 0, results: [] })
    const rejected = await received(bob, '?rejected=1')
    expect(rejected.count).toBe(1)
    expect(rejected.results[0]).toMatchObject({
      from_user: { id: alice.id },
      rejected: expect.stringMatching(/^\d{4}-/),
    })
  })

  test('repeated changes nothing, and cannot be turned into a yes without restoring', async () => {
    expect((await act(bob, 'reject', alice)).status).toBe(200)
    expect((await act(bob, 'accept', alice)).body.errors[0].code).toBe('no_request')
    expect(await told()).toHaveLength(2)
  })

  test('can be undone: the request is open again', async () => {
    expect((await act(bob, 'cancel_reject', alice)).body).toEqual({ connection_status: 'received_connection_request' })
    expect((await act(bob, 'cancel_reject', alice)).status).toBe(200)
    expect((await received(bob)).count).toBe(1)
    expect(await told()).toEqual([
      'connection_request.created a>b',
      'connection_request.rejected a>b',
      'connection_request.restored a>b',
    ])
  })

  test('is overcome when the one who rejected asks', async () => {
    expect((await act(bob, 'request', alice)).body).toEqual({ connection_status: 'connected' })
    expect((await told()).at(-1)).toBe('connection.created a>b')
  })

  test('is not got around by withdrawing and asking again', async () => {
    expect((await act(alice, 'cancel_request', bob)).body).toEqual({ connection_status: null })
    expect((await act(alice, 'request', bob)).body).toEqual({ connection_status: 'sent_connection_request' })
    expect((await received(bob)).count).toBe(0)
    expect((await received(bob, '?rejected=1')).count).toBe(1)
    expect((await told()).slice(2)).toEqual([
      'connection_request.cancelled a>b',
      'connection_request.created a>b',
      'connection_request.rejected a>b',
    ])
  })

  test('is not got around by hiding and showing', async () => {
    await alice.post(`/user/${bob.id}/hide/`)
    await alice.post(`/user/${bob.id}/hide/`)
    await act(alice, 'request', bob)
    expect((await received(bob)).count).toBe(0)
  })

  test('ends with the cool-down, which is thirty days unless the community has another, or none', async () => {
    const other = await createWorld()
    const again = async () => {
      await act(other.alice, 'cancel_request', other.bob)
      await act(other.alice, 'request', other.bob)
      return (await received(other.bob)).count
    }
    await act(other.alice, 'request', other.bob)
    await act(other.bob, 'reject', other.alice)
    other.pass(29.9 * day)
    expect(await again()).toBe(0)
    await other.set({ connection_request_cooldown_days: 0 })
    other.pass(300 * day)
    expect(await again()).toBe(0)
    await other.set({ connection_request_cooldown_days: 30 })
    expect(await again()).toBe(1)
    await other.end()
  })

  test('ends with the cool-down that the community has chosen', async () => {
    const other = await createWorld()
    await other.set({ connection_request_cooldown_days: 7 })
    await act(other.alice, 'request', other.bob)
    await act(other.bob, 'reject', other.alice)
    await act(other.alice, 'cancel_request', other.bob)
    other.pass(6.9 * day)
    await act(other.alice, 'request', other.bob)
    expect((await received(other.bob)).count).toBe(0)
    await act(other.alice, 'cancel_request', other.bob)
    other.pass(0.2 * day)
    await act(other.alice, 'request', other.bob)
    expect((await received(other.bob)).count).toBe(1)
    await other.end()
  })
})

describe('acts that do not fit', () => {
  test('are refused with a reason, or answer what is so already, and write nothing', async () => {
    const outcome = async (who: Person, verb: Verb, whom: Person) => {
      const { status, body } = await act(who, verb, whom)
      return status === 200 ? body.connection_status : `${status} ${body.errors[0].code}`
    }
    expect(await outcome(alice, 'accept', bob)).toBe('400 no_request')
    expect(await outcome(alice, 'reject', bob)).toBe('400 no_request')
    expect(await outcome(alice, 'cancel_reject', bob)).toBe('400 no_request')
    expect(await outcome(alice, 'cancel_request', bob)).toBeNull()
    expect(await outcome(alice, 'remove', bob)).toBeNull()
    expect(await told()).toEqual([])
    await act(alice, 'request', bob)
    await world.told()
    expect(await outcome(alice, 'accept', bob)).toBe('400 no_request')
    expect(await outcome(alice, 'reject', bob)).toBe('400 no_request')
    expect(await outcome(alice, 'remove', bob)).toBe('400 not_connected')
    expect(await outcome(bob, 'remove', alice)).toBe('400 not_connected')
    expect(await outcome(bob, 'cancel_request', alice)).toBe('received_connection_request')
    expect(await outcome(bob, 'cancel_reject', alice)).toBe('received_connection_request')
    expect(await told()).toEqual([])
    await connect(alice, bob)
    for (const who of [alice, bob]) {
      const whom = who === alice ? bob : alice
      expect(await outcome(who, 'request', whom)).toBe('connected')
      expect(await outcome(who, 'accept', whom)).toBe('connected')
      expect(await outcome(who, 'reject', whom)).toBe('400 already_connected')
      expect(await outcome(who, 'cancel_request', whom)).toBe('400 already_connected')
      expect(await outcome(who, 'cancel_reject', whom)).toBe('400 already_connected')
    }
    expect(await told()).toEqual([])
  })

  test('need a token, and a member who is not blocked', async () => {
    const { db, visitor } = world
    for (const verb of ['request', 'accept', 'reject', 'cancel_request', 'cancel_reject', 'remove'] as const)
      expect((await act(visitor, verb, bob)).status, verb).toBe(401)
    await db.query(`update users set status = 'b' where id = $1`, [carla.id])
    world.kith.actors.forget(carla.id)
    for (const verb of ['request', 'accept', 'reject', 'cancel_request', 'cancel_reject', 'remove'] as const)
      expect((await act(carla, verb, bob)).status, verb).toBe(403)
    expect((await carla.get('/user/me/')).status).toBe(200)
    expect((await act(alice, 'request', carla)).status).toBe(403)
    expect(await told()).toEqual([])
  })

  test('happening at the same moment end in one state, told once', async () => {
    const [one, two] = await Promise.all([act(alice, 'request', bob), act(bob, 'request', alice)])
    expect([one.status, two.status]).toEqual([200, 200])
    expect(await status(alice, bob)).toBe('connected')
    const events = await told()
    expect(events).toHaveLength(2)
    expect(events[1]).toMatch(/^connection\.created/)
    await Promise.all([act(alice, 'remove', bob), act(bob, 'remove', alice), act(alice, 'remove', bob)])
    expect(await told()).toHaveLength(1)
    await Promise.all(Array.from({ length: 10 }, () => act(alice, 'request', carla)))
    expect(await told()).toEqual(['connection_request.created a>c'])
  })
})

describe('hiding', () => {
  const counters = async (who: Person) => {
    const { body } = await who.get('/user/me/')
    const { connections_counter, connection_requests_sent_counter, connection_requests_received_counter } = body
    return [connections_counter, connection_requests_sent_counter, connection_requests_received_counter]
  }
  const friendsOf = async (who: Person) => {
    const { count, results } = await walk(who, `/user/${who.id}/connections/`)
    expect(count).toBe(results.length)
    return results.map(({ id }) => id)
  }

  test('lets a connection sleep, refuses what would begin, both ways, and showing brings it back; none of it is told', async () => {
    await connect(alice, carla)
    await connect(alice, bob)
    expect((await bob.post(`/user/${alice.id}/hide/`)).status).toBe(204)
    for (const [who, whom] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      expect((await act(who, 'request', whom)).status).toBe(403)
      expect((await act(who, 'request', whom)).body.errors[0].code).toBe('permission_denied')
      expect((await who.get(`/user/${whom.id}/connections/`)).status).toBe(403)
      expect((await who.get(`/user/${whom.id}/is_connection/`)).body).toEqual({ is_connection: false })
      expect(await status(who, whom)).toBeNull()
    }
    expect([await friendsOf(alice), await friendsOf(bob)]).toEqual([[carla.id], []])
    expect([await counters(alice), await counters(bob)]).toEqual([
      [1, 0, 0],
      [0, 0, 0],
    ])
    expect((await walk(carla, `/user/${alice.id}/connections/`)).results.map(({ id }) => id)).toEqual([carla.id])
    expect((await bob.get(`/user/${alice.id}/is_hidden/`)).body).toEqual({ is_hidden: true })
    expect((await alice.get(`/user/${bob.id}/is_hidden_by/`)).body).toEqual({ is_hidden_by: true })

    // While both hide, it takes both to show.
    await alice.post(`/user/${bob.id}/hide/`)
    await bob.post(`/user/${alice.id}/hide/`)
    expect(await status(alice, bob)).toBeNull()
    await alice.post(`/user/${bob.id}/hide/`)
    for (const [who, whom] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      expect(await status(who, whom)).toBe('connected')
      expect(await friendsOf(who)).toContain(whom.id)
    }
    expect([await friendsOf(alice), await counters(alice), await counters(bob)]).toEqual([
      [bob.id, carla.id],
      [2, 0, 0],
      [1, 0, 0],
    ])
    expect(await told()).toEqual([])
  })

  test('lets a connection be ended while it sleeps', async () => {
    await connect(alice, bob)
    await bob.post(`/user/${alice.id}/hide/`)
    expect((await act(alice, 'remove', bob)).body).toEqual({ connection_status: null })
    expect((await act(alice, 'remove', bob)).status).toBe(200)
    expect(await told()).toEqual(['connection.deleted a>b'])
    await bob.post(`/user/${alice.id}/hide/`)
    expect(await status(alice, bob)).toBeNull()
    expect((await act(alice, 'request', bob)).body).toEqual({ connection_status: 'sent_connection_request' })
  })

  test('lets an open request sleep, whoever sent it, which is cancelled by its sender alone', async () => {
    await act(alice, 'request', bob)
    await act(carla, 'request', alice)
    await world.told()
    await bob.post(`/user/${alice.id}/hide/`)
    await carla.post(`/user/${alice.id}/hide/`)
    expect([(await sent(alice)).count, (await received(alice)).count]).toEqual([0, 0])
    expect([(await received(bob)).count, (await sent(carla)).count]).toEqual([0, 0])
    expect((await bob.post(`/user/${bob.id}/connection_requests/mark_seen/`)).status).toBe(204)
    expect((await bob.post(`/user/${alice.id}/connection_requests/mark_seen/`)).status).toBe(204)
    expect(await told()).toEqual([])
    await bob.post(`/user/${alice.id}/hide/`)
    expect((await received(bob)).results).toMatchObject([{ from_user: { id: alice.id }, viewed: null }])
    expect((await act(carla, 'cancel_request', alice)).body).toEqual({ connection_status: null })
    expect(await told()).toEqual(['connection_request.cancelled c>a'])
    await carla.post(`/user/${alice.id}/hide/`)
    expect([(await received(alice)).count, (await received(bob)).count]).toEqual([0, 1])
  })

  test('lets following sleep in follow mode, and nobody ends it by mistake', async () => {
    await world.set({ follow_enabled: true })
    await alice.post(`/user/${bob.id}/follow/`)
    await bob.post(`/user/${alice.id}/follow/`)
    await world.told()
    await bob.post(`/user/${alice.id}/hide/`)
    for (const [who, whom] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      expect(await status(who, whom)).toBeNull()
      expect((await who.post(`/user/${whom.id}/follow/`)).status).toBe(403)
      expect((await who.get(`/user/${who.id}/followers/`)).body.count).toBe(0)
      expect((await who.get('/user/me/')).body).toMatchObject({ followings_counter: 0, followers_counter: 0 })
    }
    await bob.post(`/user/${alice.id}/hide/`)
    expect([await status(alice, bob), await status(bob, alice)]).toEqual(['followed', 'followed'])
    expect((await alice.get(`/user/${alice.id}/followers/`)).body.count).toBe(1)
    expect(await told()).toEqual([])
    await world.set({ follow_enabled: false })
  })

  test('of a friend ends for good when one of the two leaves', async () => {
    await connect(alice, bob)
    await bob.post(`/user/${alice.id}/hide/`)
    expect((await alice.delete('/user/me/')).status).toBe(204)
    expect(await told()).toEqual(['connection.deleted a>b', 'user.deleted a'])
    expect((await bob.get('/user/hidden_users/')).body.count).toBe(0)
    expect(await findDrift(world.db)).toEqual([])
  })

  test('takes members out of each other’s lists and counts', async () => {
    const found = async (who: Person) =>
      (await walk(who, `/user/?search=${bob.username.slice(4)}&limit=2`)).results.map(({ id }) => id)
    await connect(carla, bob)
    await connect(carla, alice)
    expect((await bob.get(`/user/${carla.id}/connections/`)).body.count).toBe(2)
    const all = await walk(alice, '/user/?limit=50')
    await alice.post(`/user/${bob.id}/hide/`)
    expect(await found(alice)).toEqual([alice.id, carla.id])
    expect(await found(bob)).toEqual([bob.id, carla.id])
    for (const who of [alice, bob]) {
      const list = await walk(who, `/user/${carla.id}/connections/?limit=1`)
      expect([list.count, list.results.map(({ id }) => id)]).toEqual([1, [who.id]])
    }
    const without = await walk(alice, '/user/?limit=50')
    expect([without.count, without.results.length]).toEqual([all.count - 1, all.count - 1])
    expect((await carla.get(`/user/${carla.id}/connections/`)).body.count).toBe(2)
  })

  test('is listed, the last hidden first, or in an order and by a name', async () => {
    for (const person of [bob, carla]) await alice.post(`/user/${person.id}/hide/`)
    const listed = async (query: string) => {
      const { count, results } = await walk(alice, `/user/hidden_users/${query}`)
      expect(count).toBe(results.length)
      return results.map(({ id }) => id)
    }
    expect(await listed('?limit=1')).toEqual([carla.id, bob.id])
    expect(await listed('?limit=1&ordering=username')).toEqual([bob.id, carla.id])
    expect(await listed(`?search=${carla.username}`)).toEqual([carla.id])
    expect((await carla.get('/user/hidden_users/?ordering=id')).body.count).toBe(0)
  })

  test('needs a token and another member', async () => {
    expect((await world.visitor.post(`/user/${bob.id}/hide/`)).status).toBe(401)
    expect((await alice.post(`/user/${alice.id}/hide/`)).status).toBe(400)
    expect((await alice.post('/user/4000000/hide/')).status).toBe(404)
  })
})

describe('a list of connections', () => {
  test('shows those in common first, and only them or only the others when asked', async () => {
    const [dan, eva] = [await world.join(`dan_${alice.username}`), await world.join(`eva_${alice.username}`)]
    for (const friend of [bob, dan, eva]) await connect(carla, friend)
    for (const friend of [dan, bob]) await connect(alice, friend)
    const ids = async (query: string, who = alice) =>
      (await walk(who, `/user/${carla.id}/connections/${query}`)).results.map(({ id }) => id)
    expect(await ids('?limit=1')).toEqual([dan.id, bob.id, eva.id])
    expect(await ids('?limit=1&mutual=1')).toEqual([dan.id, bob.id])
    expect(await ids('?limit=1&mutual=0')).toEqual([eva.id])
    expect(await ids('', world.visitor)).toEqual([eva.id, dan.id, bob.id])
    expect(await ids('', carla)).toEqual([eva.id, dan.id, bob.id])
    expect((await alice.get(`/user/${carla.id}/`)).body.mutual_count).toBe(2)
    await world.set({ mutual_counts_enabled: false })
    expect((await alice.get(`/user/${carla.id}/`)).body.mutual_count).toBeNull()
    await world.set({ mutual_counts_enabled: true })
    const page = (await alice.get(`/user/${carla.id}/connections/?limit=2&offset=1`)).body
    expect(page.results.map(({ id }: { id: number }) => id)).toEqual([bob.id, eva.id])
    const back = (await alice.get((await alice.get(`/user/${carla.id}/connections/?limit=1&offset=2`)).body.previous))
      .body
    expect(back.results.map(({ id }: { id: number }) => id)).toEqual([bob.id])
  })

  test('shows everybody at least once, also who comes to be in common while it is walked', async () => {
    const [dan, eva, finn, gwen] = (await Promise.all(
      ['dan', 'eva', 'finn', 'gwen'].map((name) => world.join(`${name}_${alice.username}`)),
    )) as [Person, Person, Person, Person]
    for (const friend of [dan, eva, finn, gwen]) await connect(carla, friend)
    await connect(alice, eva)
    const page = async (path: string) => (await alice.get(path)).body
    const ids = ({ results }: { results: { id: number }[] }) => results.map(({ id }) => id)
    for (const query of ['', '&mutual=0']) {
      const first = await page(`/user/${carla.id}/connections/?limit=1${query}`)
      // Those not seen yet come to be in common, and one who was seen no longer is.
      await connect(alice, finn)
      await connect(alice, dan)
      await act(alice, 'remove', eva)
      const rest = (await walk(alice, first.next)).results.map(({ id }) => id)
      const seen = new Set([...ids(first), ...rest])
      for (const friend of [dan, finn, gwen]) expect(seen, `${friend.username} ${query}`).toContain(friend.id)
      await act(alice, 'remove', finn)
      await act(alice, 'remove', dan)
      await connect(alice, eva)
    }
    expect(ids(await page(`/user/${carla.id}/connections/`))).toEqual([eva.id, gwen.id, finn.id, dan.id])
    expect((await alice.get(`/user/${carla.id}/connections/?cursor=${btoa('[1,"true",5]')}`)).status).toBe(400)
    await world.told()
  })

  test('is shown to whom its owner wants', async () => {
    await connect(carla, bob)
    const statuses = async () =>
      Promise.all(
        [world.visitor, alice, bob, carla, world.admin].map(
          async (who) => (await who.get(`/user/${carla.id}/connections/`)).status,
        ),
      )
    expect(await statuses()).toEqual([200, 200, 200, 200, 200])
    await carla.patch(`/user/${carla.id}/settings/`, { connections_visibility: 'connections' })
    expect(await statuses()).toEqual([403, 403, 200, 200, 200])
    expect((await alice.get(`/user/${carla.id}/`)).body.mutual_count).toBeNull()
    await carla.patch(`/user/${carla.id}/settings/`, { connections_visibility: 'self' })
    expect(await statuses()).toEqual([403, 403, 403, 200, 200])
  })

  test('shows no e-mail address, not even to administrators', async () => {
    await connect(carla, bob)
    for (const who of [world.visitor, alice, bob, carla, world.admin])
      expect((await who.get(`/user/${carla.id}/connections/`)).text).not.toContain('@example.com')
    expect((await bob.get('/user/connection/requests/')).text).not.toContain('@example.com')
  })
})

describe('a member’s own choice', () => {
  test('to refuse all requests is told to the one who asks, and writes nothing', async () => {
    await bob.patch('/user/me/settings/', { connection_requests: 'refuse' })
    await world.told()
    expect((await act(alice, 'request', bob)).body.errors[0].code).toBe('requests_refused')
    expect(await told()).toEqual([])
    expect((await act(bob, 'request', alice)).status).toBe(200)
  })

  test('to accept all connects at once, told as the request and its answer', async () => {
    await bob.patch('/user/me/settings/', { connection_requests: 'accept' })
    await world.told()
    expect((await act(alice, 'request', bob)).body).toEqual({ connection_status: 'connected' })
    expect(await told()).toEqual(['connection_request.created a>b', 'connection.created a>b'])
    expect((await alice.get('/user/me/')).body).toMatchObject({
      connections_counter: 1,
      connection_requests_sent_counter: 0,
    })
  })
})

describe('the community’s choice', () => {
  test('of a daily quota stops at the number, also when asked all at once, until the next day', async () => {
    const other = await createWorld()
    await other.set({ connection_request_daily_quota: 3 })
    const people = await Promise.all(Array.from({ length: 6 }, (_, i) => other.join(`person${i}`)))
    const answers = await Promise.all(people.map((person) => act(other.alice, 'request', person)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429, 429, 429])
    const refusal = answers.find(({ status }) => status === 429)
    expect(refusal?.body.errors[0].code).toBe('quota_exceeded')
    expect(Number(refusal?.headers.get('retry-after'))).toBeLessThanOrEqual(86_400)
    expect((await sent(other.alice)).count).toBe(3)
    expect((await act(other.bob, 'request', people[0] as Person)).status).toBe(200)
    other.pass(day)
    const rest = await Promise.all(people.map((person) => act(other.alice, 'request', person)))
    expect(rest.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
    await other.end()
  })

  test('of an expiry withdraws what nobody answered, rejected or not, and nothing else', async () => {
    const other = await createWorld()
    const [dan, eva] = [await other.join('dan'), await other.join('eva')]
    await act(other.alice, 'request', other.bob)
    await act(other.alice, 'request', other.carla)
    await act(other.carla, 'reject', other.alice)
    await act(other.alice, 'request', dan)
    await act(dan, 'accept', other.alice)
    expect(await expireRequests(other.kith)).toBe(0)
    await other.set({ connection_request_expiry_days: 30 })
    other.pass(29 * day)
    await act(other.alice, 'request', eva)
    await other.told()
    other.pass(2 * day)
    expect(await expireRequests(other.kith)).toBe(2)
    expect((await other.toldShort()).sort()).toEqual([
      'connection_request.cancelled alice>bob',
      'connection_request.cancelled alice>carla',
    ])
    expect((await sent(other.alice)).results).toMatchObject([{ to_user: { username: 'eva' } }])
    expect(await status(other.alice, dan)).toBe('connected')
    expect(await expireRequests(other.kith)).toBe(0)
    await other.end()
  })
})

describe('answering many at once', () => {
  test('gives an answer for each, and one refusal does not stop the others', async () => {
    await act(alice, 'request', carla)
    await act(bob, 'request', carla)
    await world.told()
    const answer = await carla.post('/user/connection/requests/accept/', {
      users: [alice.id, 4_000_000, bob.id, alice.id],
    })
    expect(answer.status).toBe(200)
    expect(answer.body.results).toEqual([
      { user: alice.id, ok: true, connection_status: 'connected' },
      { user: 4_000_000, ok: false, errors: [{ code: 'not_found', message: expect.any(String) }] },
      { user: bob.id, ok: true, connection_status: 'connected' },
    ])
    expect(await told()).toEqual(['connection.created a>c', 'connection.created b>c'])
  })

  test('rejects as well', async () => {
    await act(alice, 'request', carla)
    const answer = await carla.post('/user/connection/requests/reject/', { users: [alice.id] })
    expect(answer.body.results).toEqual([{ user: alice.id, ok: true, connection_status: null }])
    expect((await carla.post('/user/connection/requests/reject/', { users: [] })).status).toBe(400)
    expect((await world.visitor.post('/user/connection/requests/reject/', { users: [1] })).status).toBe(401)
  })
})

describe('the mode', () => {
  test('refuses the other mode’s acts and lists, and keeps what each mode has', async () => {
    await connect(alice, bob)
    for (const path of ['is_followed', 'is_follower'])
      expect((await alice.get(`/user/${bob.id}/${path}/`)).body.errors[0].code, path).toBe('follow_mode_required')
    expect((await alice.post(`/user/${bob.id}/follow/`)).body.errors[0].code).toBe('follow_mode_required')
    await world.set({ follow_enabled: true })
    for (const verb of ['request', 'accept', 'reject', 'cancel_request', 'cancel_reject', 'remove'] as const)
      expect((await act(alice, verb, bob)).body.errors[0].code, verb).toBe('friendship_mode_required')
    for (const path of [
      '/user/connection/requests/',
      '/user/connection/requests_sent/',
      `/user/${bob.id}/connections/`,
    ])
      expect((await alice.get(path)).body.errors[0].code, path).toBe('friendship_mode_required')
    expect(await told()).toEqual([])
    expect(await status(alice, bob)).toBeNull()
    await alice.post(`/user/${bob.id}/follow/`)
    const [event] = await world.told()
    expect(event?.data).toMatchObject({
      from_user: { id: alice.id, followings_counter: 1 },
      to_user: { id: bob.id, followers_counter: 1 },
    })
    expect(await status(alice, bob)).toBe('followed')
    await world.set({ follow_enabled: false })
    expect(await status(alice, bob)).toBe('connected')
    await world.set({ follow_enabled: true })
    expect(await status(alice, bob)).toBe('followed')
    await world.set({ follow_enabled: false })
  })

  test('answers with nothing where the documentation names no mode', async () => {
    await world.set({ follow_enabled: true })
    await alice.post(`/user/${bob.id}/follow/`)
    await world.set({ follow_enabled: false })
    await connect(alice, bob)
    for (const who of [alice, bob, carla, world.visitor])
      for (const path of [`/user/${bob.id}/followers/`, `/user/${alice.id}/followings/`])
        expect((await who.get(path)).body, path).toEqual({ count: 0, next: null, previous: null, results: [] })
    expect((await alice.get('/user/4000000/followers/')).status).toBe(404)
    await act(carla, 'request', alice)
    for (const options of [{ follow_enabled: true }, { follow_enabled: false, connection_enabled: false }]) {
      await world.set(options)
      expect((await alice.get(`/user/${bob.id}/is_connection/`)).body).toEqual({ is_connection: false })
      for (const id of [carla.id, alice.id])
        expect((await alice.post(`/user/${id}/connection_requests/mark_seen/`)).status).toBe(204)
      expect((await alice.post('/user/4000000/connection_requests/mark_seen/')).status).toBe(404)
    }
    await world.set({ follow_enabled: false, connection_enabled: true })
    expect((await received(alice)).results).toMatchObject([{ from_user: { id: carla.id }, viewed: null }])
    expect(await told()).toEqual([])
  })

  test('that is off learns of its ends when it is on again: the log leads to what is so', async () => {
    await connect(alice, bob)
    await act(carla, 'request', alice)
    await world.set({ follow_enabled: true })
    for (const [who, whom] of [
      [alice, bob],
      [carla, alice],
    ] as const)
      await who.post(`/user/${whom.id}/follow/`)
    await world.told()
    await alice.delete('/user/me/')
    expect((await told()).sort()).toEqual(['connection.unfollow a>b', 'connection.unfollow c>a', 'user.deleted a'])
    expect([await announceEnded(world.kith), await told()]).toEqual([0, []])

    await world.set({ follow_enabled: false })
    // Two nodes at once announce each end once.
    const announced = await Promise.all([announceEnded(world.kith), announceEnded(world.kith)])
    expect(announced.reduce((sum, n) => sum + n)).toBe(2)
    const events = await world.told()
    expect(events.map(({ type }) => type).sort()).toEqual(['connection.deleted', 'connection_request.cancelled'])
    for (const { type, data } of events) {
      const ids = [type === 'connection.deleted' ? bob.id : carla.id, alice.id]
      const { from_user, to_user } = data as unknown as Record<string, { id: number; status: string }>
      expect([from_user?.id, to_user?.id], type).toEqual(type === 'connection.deleted' ? ids.reverse() : ids)
      expect([from_user, to_user].find((user) => user?.id === alice.id)?.status).toBe('d')
    }
    expect([await announceEnded(world.kith), await told()]).toEqual([0, []])
  })

  test('with neither way on ties nobody', async () => {
    await world.set({ connection_enabled: false })
    expect((await act(alice, 'request', bob)).status).toBe(400)
    expect((await alice.get('/user/me/permission/')).body).toMatchObject({
      request_connection: false,
      follow_user: false,
    })
    await world.set({ connection_enabled: true })
  })
})
