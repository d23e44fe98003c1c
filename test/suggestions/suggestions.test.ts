import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type World, walk } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.set({ polls_enabled: true })
})
afterAll(() => world.end())

let made = 0
/** People whom nobody has met yet, in the order of their ids. */
async function join(n: number): Promise<Person[]> {
  const people: Person[] = []
  while (people.length < n) people.push(await world.join(`dan_${++made}`))
  return people
}

async function connect(one: Person, other: Person): Promise<void> {
  await ok(one.post(`/user/${other.id}/connection/request/`))
  await ok(other.post(`/user/${one.id}/connection/accept/`))
}

const newCategory = async (name = `Birds ${++made}`): Promise<number> =>
  (await ok(world.admin.post('/category/', { name }))).body.id

const suggested = async (who: Person, what = 'user') => {
  const { count, results } = await walk(who, `/suggestion/${what}/?limit=2`)
  expect(count).toBe(results.length)
  return results.map(({ id }) => id)
}

describe('suggested members', () => {
  test('are friends of friends, those first whom one has most in common with, and nobody one has to do with', async () => {
    const [alice, bob, carla, dan, eve, fay] = (await join(6)) as [Person, Person, Person, Person, Person, Person]
    for (const friend of [bob, carla]) await connect(alice, friend)
    await connect(bob, dan)
    for (const friend of [bob, carla]) await connect(friend, eve)
    await connect(carla, fay)
    expect(await suggested(alice)).toEqual([eve.id, fay.id, dan.id])
    const { body } = await alice.get('/suggestion/user/?limit=1')
    expect(body.results[0]).toMatchObject({ id: eve.id, connection_status: null })
    await alice.post(`/user/${eve.id}/connection/request/`)
    expect(await suggested(alice)).toEqual([fay.id, dan.id])
    await dan.post(`/user/${alice.id}/hide/`)
    expect(await suggested(alice)).toEqual([fay.id])
    expect(await suggested(dan)).not.toContain(alice.id)
    await fay.patch('/user/me/settings/', { connection_requests: 'refuse' })
    expect(await suggested(alice)).toEqual([])
    await fay.patch('/user/me/settings/', { connection_requests: 'ask' })
    await carla.patch('/user/me/settings/', { connections_visibility: 'self' })
    expect(await suggested(alice)).toEqual([])
    await carla.patch('/user/me/settings/', { connections_visibility: 'connections' })
    await fay.delete(`/user/${fay.id}/`)
    expect(await suggested(alice)).toEqual([])
    expect((await world.visitor.get('/suggestion/user/')).status).toBe(401)
  })

  test('are then those who follow the same categories; in follow mode whom those follow whom one follows', async () => {
    const [alice, bob, carla, dan] = (await join(4)) as [Person, Person, Person, Person]
    const [birds, owls] = [await newCategory(), await newCategory()]
    for (const who of [alice, bob, carla]) await who.post(`/category/${birds}/follow/`)
    for (const who of [alice, carla]) await who.post(`/category/${owls}/follow/`)
    expect(await suggested(alice)).toEqual([carla.id, bob.id])
    await world.set({ follow_enabled: true })
    await alice.post(`/user/${bob.id}/follow/`)
    await bob.post(`/user/${dan.id}/follow/`)
    await bob.post(`/user/${alice.id}/follow/`)
    expect(await suggested(alice)).toEqual([dan.id, carla.id])
    await world.set({ follow_enabled: false, connection_enabled: false })
    expect(await suggested(alice)).toEqual([])
    await world.set({ connection_enabled: true })
  })
})

test('suggested categories are those that friends follow, then popular ones, and none that one follows', async () => {
  const [alice, bob, carla, dan] = (await join(4)) as [Person, Person, Person, Person]
  const [birds, owls, crows, geese] = [
    await newCategory(),
    await newCategory(),
    await newCategory(),
    await newCategory(),
  ]
  for (const friend of [bob, carla]) await connect(alice, friend)
  for (const who of [bob, carla]) await who.post(`/category/${birds}/follow/`)
  for (const who of [bob, dan]) await who.post(`/category/${owls}/follow/`)
  for (const who of [dan, alice]) await who.post(`/category/${geese}/follow/`)
  await dan.post(`/category/${crows}/follow/`)
  const mine = async () => (await suggested(alice, 'category')).filter((id) => [birds, owls, crows, geese].includes(id))
  expect(await mine()).toEqual([birds, owls, crows])
  await alice.post(`/category/${birds}/follow/`)
  await world.admin.delete(`/category/${crows}/`)
  expect(await mine()).toEqual([owls])
})

test('nothing is suggested of what there is not', async () => {
  const [alice] = (await join(1)) as [Person]
  for (const what of ['course', 'event']) expect(await suggested(alice, what)).toEqual([])
})

describe('the search over everything', () => {
  const find = async (who: Person, search: string) => {
    const { results } = await walk(who, `/suggestion/?limit=2&search=${encodeURIComponent(search)}`)
    return (results as unknown as { type: string; score: number; [type: string]: unknown }[]).map((each) => [
      each.type,
      (each[each.type] as { id: number }).id,
      each.score,
    ])
  }

  test('finds members and categories by any part of their names, the best first', async () => {
    const alice = await world.join('zanzibar')
    const bob = await world.join('other_zanzibar', { real_name: 'Bob' })
    const carla = await world.join('carla_z', { real_name: 'Zánzibar Smith' })
    const category = await newCategory('Zanzibar')
    expect(await find(alice, 'ZANZIBAR')).toEqual([
      ['category', category, 2],
      ['user', alice.id, 2],
      ['user', carla.id, 1],
      ['user', bob.id, 0],
    ])
    const { body } = await alice.get('/suggestion/?search=zanzibar&limit=2')
    expect(body.count).toBe(4)
    expect(body.results[0].category).toMatchObject({ id: category, name: 'Zanzibar', followed: false })
    expect(body.results[1].user).toMatchObject({ id: alice.id, username: 'zanzibar' })
    await carla.post(`/user/${alice.id}/hide/`)
    await world.admin.delete(`/category/${category}/`)
    await bob.delete(`/user/${bob.id}/`)
    expect(await find(alice, 'zanz')).toEqual([['user', alice.id, 1]])
  })

  test('finds nothing by nothing, and takes signs and scripts as they are', async () => {
    const [alice] = (await join(1)) as [Person]
    const category = await newCategory('50% 日本_\\ off')
    for (const search of ['', ' ', '​', 'qqqqq']) expect(await find(alice, search), search).toEqual([])
    for (const search of ['50%', '日本', '_\\', '50% 日本_\\ off'])
      expect(await find(alice, search)).toMatchObject([['category', category, expect.any(Number)]])
    expect((await alice.get('/suggestion/')).body.results).toEqual([])
    expect((await world.visitor.get('/suggestion/?search=a')).status).toBe(401)
    expect((await alice.get(`/suggestion/?search=${'a'.repeat(256)}`)).status).toBe(400)
  })
})

test('polls of others that are open are suggested to whoever has not voted in them', async () => {
  const [alice, bob, carla] = await world.strangers()
  const poll = (rest: object = {}) => ({
    ...{ title: 'Tea?', choices: [{ choice: 'Yes' }, { choice: 'No' }], ...rest },
    expiration_at: new Date(world.kith.clock.now().getTime() + 3 * 86_400_000).toISOString(),
  })
  const publish = async (kind: string, rest?: object) =>
    (await ok(alice.post(`/${kind}/`, { title: 'Tea', text: '<p></p>', poll: poll(rest) }))).body
  const [one, other] = [await publish('post'), await publish('discussion')]
  const all = [one.id, other.id, (await publish('post', { closed: true })).id]
  const open = async (who: Person) => (await suggested(who, 'poll')).filter((id) => all.includes(id))
  expect(await open(bob)).toEqual([other.id, one.id])
  expect((await bob.get('/suggestion/poll/')).body.results[0]).toMatchObject({
    ...{ type: 'discussion', poll: { id: other.poll.id } },
  })
  await ok(bob.post(`/post/${one.id}/poll/vote/`, { choice: one.poll.choices[0].id }))
  expect(await open(bob)).toEqual([other.id])
  expect(await open(alice)).toEqual([])
  await ok(carla.post(`/user/${alice.id}/hide/`))
  expect(await open(carla)).toEqual([])
  await ok(alice.post(`/user/${bob.id}/hide/`))
  expect(await open(bob)).toEqual([])
  expect(await open(world.admin)).toEqual([other.id, one.id])
  world.pass(4 * 86_400_000)
  expect(await open(world.admin)).toEqual([])
})

test('proposals of others that one does not support are suggested, those with most supporters first, and no more than asked for', async () => {
  const [alice, bob, carla] = await world.strangers()
  await world.set({ incubator_enabled: true, incubator_suggestions: 3, incubator_subscribers: 1 })
  const propose = async (who: Person) => (await ok(who.post('/incubator/', { name: `Proposal ${++made}` }))).body.id
  const support = (who: Person, id: number) => ok(who.post(`/incubator/${id}/subscribe/`))
  const [first, second, third, last] = [
    await propose(bob),
    await propose(bob),
    await propose(carla),
    await propose(bob),
  ]
  for (const who of [bob, carla]) await support(who, second)
  await support(bob, third)
  expect(await suggested(alice, 'incubator')).toEqual([second, third, last])
  const { body } = await alice.get('/suggestion/incubator/?limit=1')
  expect(body.results).toMatchObject([
    { id: second, status: 1, subscribers_count: 2, subscribed: false, user: { id: bob.id } },
  ])
  await support(alice, third)
  expect(await suggested(alice, 'incubator')).toEqual([second, last, first])
  expect(await suggested(bob, 'incubator')).toEqual([])
  expect(await suggested(carla, 'incubator')).toEqual([last, first])
  await ok(world.admin.post(`/incubator/${last}/ignore/`))
  await ok(world.admin.post(`/incubator/${second}/approve/`))
  expect(await suggested(alice, 'incubator')).toEqual([first])
  await ok(bob.post(`/user/${alice.id}/hide/`))
  expect(await suggested(alice, 'incubator')).toEqual([])
  await world.set({ incubator_suggestions: 1 })
  expect(await suggested(carla, 'incubator')).toEqual([first])
  await world.set({ incubator_enabled: false })
  expect(await suggested(carla, 'incubator')).toEqual([])
})
