import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { findDrift } from '../../src/connections/recount.ts'
import { faultOf, openLines, sendLines, toLines } from '../support/lines.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

let world: World
let alice: Person
let bob: Person
let carla: Person

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())
beforeEach(async () => {
  ;[alice, bob, carla] = await world.strangers()
})

const path = '/connection/import/'
const send = (items: unknown[], query = '') => sendLines(world, path + query, toLines(items))
const pair = (from: Person, to: Person, more: object = {}) => ({ from_user: from.id, to_user: to.id, ...more })
const status = async (who: Person, whom: Person) =>
  (await who.get(`/user/${whom.id}/connection_status/`)).body.connection_status
const act = async (who: Person, verb: string, whom: Person) =>
  expect((await who.post(`/user/${whom.id}/connection/${verb}/`)).status).toBe(200)
const short = async () => (await world.toldShort()).map((each) => each.replaceAll(/_[a-z0-9]{6}(?=[> ]|$)/g, ''))

test('an import of connections is for administrators, and of friendship mode', async () => {
  expect((await world.visitor.post(path)).status).toBe(401)
  expect((await alice.post(path, pair(alice, bob))).status).toBe(403)
  await world.set({ follow_enabled: true })
  expect((await send([pair(alice, bob)])).body.errors[0].code).toBe('friendship_mode_required')
  await world.set({ follow_enabled: false })
  expect(await status(alice, bob)).toBeNull()
})

test('makes friendships and requests with exact counters, tells them only if asked, and can be repeated', async () => {
  await world.db.query(`update users set ext_id = 'crm-' || username where id = any($1)`, [[alice.id, carla.id]])
  const items = [
    pair(alice, bob),
    { from_ext_id: `crm-${carla.username}`, to_user: bob.id, state: 'requested', created: '2024-03-01T12:00:00Z' },
    pair(bob, alice),
  ]
  const { lines } = await send(items)
  expect(lines).toEqual([
    { line: 1, made: true, state: 'connected' },
    { line: 2, made: true, state: 'requested' },
    { line: 3, made: false, state: 'connected' },
    { done: true, lines: 3, made: 2, there: 1, refused: 0 },
  ])
  expect(await world.told()).toEqual([])
  expect([await status(alice, bob), await status(bob, carla)]).toEqual(['connected', 'received_connection_request'])
  expect((await bob.get('/user/connection/requests/')).body.results).toMatchObject([
    { from_user: { id: carla.id }, created: '2024-03-01T12:00:00.000000+00:00' },
  ])
  expect((await bob.get('/user/me/')).body).toMatchObject({
    connections_counter: 1,
    connection_requests_received_counter: 1,
  })
  expect((await send(items)).lines.at(-1)).toEqual({ done: true, lines: 3, made: 0, there: 3, refused: 0 })

  await send([pair(alice, carla), pair(alice, bob)], '?events=1')
  expect(await short()).toEqual(['connection.created alice>carla'])
  // The request of before becomes what the line says.
  await send([pair(bob, carla)], '?events=1')
  expect(await short()).toEqual(['connection.created carla>bob'])
  expect(await findDrift(world.db)).toEqual([])
})

test('tells requests as requests, with the counters as they are then', async () => {
  await send([pair(alice, bob, { state: 'requested' }), pair(carla, bob, { state: 'requested' })], '?events=1')
  const told = await world.told()
  expect(told.map(({ type }) => type)).toEqual(['connection_request.created', 'connection_request.created'])
  expect(told[0]?.data).toMatchObject({
    from_user: { id: alice.id, connection_requests_sent_counter: 1 },
    to_user: { id: bob.id, connection_requests_received_counter: 2 },
  })
  // What was imported is as if it had been done here.
  await act(bob, 'accept', alice)
  await act(bob, 'reject', carla)
  expect(await short()).toEqual(['connection.created alice>bob', 'connection_request.rejected carla>bob'])
  expect(await findDrift(world.db)).toEqual([])
})

test('refuses by name what may not be, and takes the rest', async () => {
  const [gone, blocked] = [await world.join(`gone${alice.id}`), await world.join(`blocked${alice.id}`)]
  await world.admin.delete(`/user/${gone.id}/`)
  await world.db.query(`update users set status = 'b' where id = $1`, [blocked.id])
  await alice.post(`/user/${bob.id}/hide/`)
  await act(bob, 'request', carla)
  await act(carla, 'reject', bob)
  const [dan, eve] = [await world.join(`dan${alice.id}`), await world.join(`eve${alice.id}`)]
  await dan.patch('/user/me/settings/', { connection_requests: 'refuse' })
  await eve.patch('/user/me/settings/', { connection_requests: 'accept' })
  await world.told()
  const { lines } = await send([
    pair(alice, alice),
    pair(alice, gone),
    pair(blocked, alice),
    pair(alice, bob),
    pair(bob, alice, { state: 'requested' }),
    pair(bob, carla),
    pair(bob, carla, { state: 'requested' }),
    { from_user: alice.id, to_ext_id: 'nobody' },
    { from_user: 4_000_000, to_user: alice.id },
    { from_user: alice.id, from_ext_id: 'both', to_user: carla.id },
    { to_user: carla.id },
    pair(alice, carla, { state: 'friends' }),
    pair(alice, carla, { created: 'yesterday' }),
    pair(alice, carla, { sicne: 1 }),
    pair(alice, dan, { state: 'requested' }),
    pair(alice, eve, { state: 'requested' }),
    pair(alice, carla),
  ])
  expect(lines.map((each) => `${each.line} ${each.state ?? ''}${faultOf(each)}`)).toEqual([
    '1 self',
    '2 to_user deleted',
    '3 from_user blocked',
    '4 permission_denied',
    '5 permission_denied',
    '6 rejected',
    '7 rejected',
    '8 to_ext_id not_found',
    '9 from_user not_found',
    '10 from_user required',
    '11 from_user required',
    '12 state invalid',
    '13 created invalid',
    '14 sicne unknown',
    '15 requests_refused',
    '16 connected',
    '17 connected',
    'undefined ',
  ])
  expect(lines.at(-1)).toEqual({ done: true, lines: 17, made: 2, there: 1, refused: 14 })
  expect(await world.told()).toEqual([])
  expect(await findDrift(world.db)).toEqual([])
})

test('connects those who were once connected, or follow each other in the other mode', async () => {
  await act(alice, 'request', bob)
  await act(bob, 'accept', alice)
  await act(alice, 'remove', bob)
  await world.set({ follow_enabled: true })
  expect((await alice.post(`/user/${carla.id}/follow/`)).status).toBe(204)
  await world.set({ follow_enabled: false })
  expect((await send([pair(alice, bob), pair(carla, alice)])).lines.at(-1)).toMatchObject({ made: 2 })
  expect(await status(alice, bob)).toBe('connected')
  await world.set({ follow_enabled: true })
  expect((await alice.get(`/user/${carla.id}/is_followed/`)).body).toEqual({ is_followed: true })
  await world.set({ follow_enabled: false })
  expect(await findDrift(world.db)).toEqual([])
})

test('ends with a sentence when the mode changes under it', async () => {
  const lines = openLines(world, path)
  lines.send(pair(alice, bob))
  expect(await lines.next()).toMatchObject({ made: true })
  await world.set({ follow_enabled: true })
  lines.send(pair(alice, carla))
  expect(faultOf((await lines.next()) ?? {})).toBe('friendship_mode_required')
  expect(await lines.next()).toBeUndefined()
  await world.set({ follow_enabled: false })
  expect(await status(alice, carla)).toBeNull()
})

test('goes beside members who act on the same pairs, and every counter stays right', async () => {
  const crowd = await Promise.all(Array.from({ length: 12 }, (_, i) => world.join(`crowd${alice.id}x${i}`)))
  const pairs = crowd.flatMap((from, i) => crowd.slice(i + 1).map((to) => [from, to] as const))
  const acts = pairs.flatMap(([from, to], i) => {
    const verb = ['request', 'remove', 'cancel_request'][i % 3] as string
    return [from.post(`/user/${to.id}/connection/${verb}/`), to.post(`/user/${from.id}/connection/request/`)]
  })
  const imports = [0, 1].map((half) =>
    send(
      pairs
        .filter((_, i) => i % 2 === half)
        .map(([from, to], i) => pair(from, to, i % 4 ? {} : { state: 'requested' })),
      '?events=1',
    ),
  )
  for (const { status } of await Promise.all(acts)) expect([200, 400]).toContain(status)
  for (const { lines } of await Promise.all(imports)) expect(lines.at(-1)).toMatchObject({ done: true, lines: 33 })
  expect(await findDrift(world.db)).toEqual([])
})
