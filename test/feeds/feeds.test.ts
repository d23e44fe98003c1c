import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type World, walk } from '../support/world.ts'

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

type Unit = { type: string; seen: boolean; seen_by_id: number[] } & Record<string, { id: number }>
const idsOf = (results: unknown[]) => (results as Unit[]).map((unit) => (unit[unit.type] as { id: number }).id)
const shown = async (who: Person, path = '/feed/') => idsOf((await ok(who.get(path))).body.results)

async function publish(who: Person, kind = 'post', rest: object = {}): Promise<number> {
  world.pass(1_000)
  return (await ok(who.post(`/${kind}/`, { text: '<p>Hello</p>', title: 'Hello', ...rest }))).body.id
}

async function connect(one: Person, other: Person): Promise<void> {
  await ok(one.post(`/user/${other.id}/connection/request/`))
  await ok(other.post(`/user/${one.id}/connection/accept/`))
}

const newCategory = async (): Promise<number> =>
  (await ok(world.admin.post('/category/', { name: `Birds ${Math.random()}` }))).body.id

const unread = async (who: Person) => (await ok(who.get('/feed/unseen/count/'))).body

describe('the home feed', () => {
  test('shows a friend at once, and no longer when the friendship ends, sleeps or the friend leaves', async () => {
    const id = await publish(bob)
    expect(await shown(alice)).toEqual([])
    await connect(alice, bob)
    expect([await shown(alice), await shown(bob)]).toEqual([[id], [id]])
    for (const [one, other] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      await one.post(`/user/${other.id}/hide/`)
      expect(await shown(alice)).toEqual([])
      await one.post(`/user/${other.id}/hide/`)
      expect(await shown(alice)).toEqual([id])
    }
    await alice.post(`/user/${bob.id}/connection/remove/`)
    expect(await shown(alice)).toEqual([])
    await connect(alice, bob)
    await bob.delete(`/user/${bob.id}/`)
    expect(await shown(alice)).toEqual([])
  })

  test('has what is in a category from either side of a hiding no more', async () => {
    const category = await newCategory()
    await alice.post(`/category/${category}/follow/`)
    const ids = [
      await publish(bob, 'post', { categories: [category] }),
      await publish(carla, 'status', { categories: [category] }),
    ]
    expect(await shown(alice)).toEqual([ids[1], ids[0]])
    await bob.post(`/user/${alice.id}/hide/`)
    expect(await shown(alice)).toEqual([ids[1]])
    await alice.post(`/user/${carla.id}/hide/`)
    expect(await shown(alice)).toEqual([])
    expect(await shown(alice, '/feed/explore/')).not.toEqual(expect.arrayContaining([ids[0]]))
  })

  test('is as clients read it: the object under its kind, and a page without a count', async () => {
    const ids = [await publish(alice), await publish(alice, 'discussion'), await publish(alice, 'status')]
    const { body } = await ok(alice.get('/feed/?limit=2'))
    expect(Object.keys(body)).toEqual(['next', 'previous', 'results'])
    expect(body.results[1]).toEqual({
      type: 'discussion',
      discussion: (await alice.get(`/discussion/${ids[1]}/`)).body,
      ...{ seen: true, seen_by_id: [alice.id], has_boost: false, activities: [] },
    })
    expect(new URL(body.next).search).toMatch(/^\?limit=2&offset=2&cursor=/)
    await publish(alice)
    expect(await shown(alice, body.next)).toEqual([ids[0]])
  })

  test('is in the order of the option, unless another is asked for', async () => {
    const ids = [await publish(alice), await publish(alice)]
    await world.db.query(`update contribution set last_activity_at = now() + interval '9 days' where id = $1`, [ids[0]])
    for (const [option, path] of [
      ['home_stream_order_by', '/feed/'],
      ['explore_stream_order_by', '/feed/explore/'],
    ] as const) {
      const first = async (query = '') => (await shown(alice, `${path}${query}`))[0]
      expect([await first(), await first('?ordering=last_activity')]).toEqual([ids[1], ids[0]])
      await world.set({ [option]: 'last_activity' })
      expect([await first(), await first('?ordering=recent')]).toEqual([ids[0], ids[1]])
      await world.set({ [option]: 'recent' })
      const wrong = await alice.get(`${path}?ordering=relevance`)
      expect([wrong.status, wrong.body.errors[0].field]).toEqual([400, 'ordering'])
    }
  })

  test('is for members, and begins at no offset far down without a cursor', async () => {
    expect((await world.visitor.get('/feed/')).status).toBe(401)
    expect((await alice.get('/feed/?offset=200')).status).toBe(200)
    const far = await alice.get('/feed/?offset=201')
    expect([far.status, far.body.errors[0].field]).toEqual([400, 'offset'])
  })
})

test('explore and members have feeds for visitors where content is open; explore can be off', async () => {
  const id = await publish(alice)
  const paths = ['/feed/explore/', `/user/${alice.id}/feed/`]
  for (const path of paths) expect((await shown(world.visitor, path))[0]).toBe(id)
  const { body } = await world.visitor.get(`/user/${alice.id}/feed/`)
  expect(body.results[0]).toMatchObject({ seen: true, seen_by_id: [] })
  await world.set({ content_availability: false })
  for (const path of paths) expect((await world.visitor.get(path)).status).toBe(401)
  await world.set({ content_availability: true, explore_stream_enabled: false })
  const off = await alice.get('/feed/explore/')
  expect([off.status, off.body.errors[0].code]).toEqual([403, 'disabled'])
  await world.set({ explore_stream_enabled: true })
})

test("a member's feed is gone with them, and an administrator sees it through a hiding", async () => {
  const id = await publish(bob)
  await bob.post(`/user/${alice.id}/hide/`)
  for (const who of [alice, bob]) {
    const other = who === alice ? bob : alice
    expect((await who.get(`/user/${other.id}/feed/`)).status).toBe(403)
  }
  expect(await shown(bob, '/user/me/feed/')).toEqual([id])
  await bob.post(`/user/${world.admin.id}/hide/`)
  expect(await shown(world.admin, `/user/${bob.id}/feed/`)).toEqual([id])
  await bob.delete(`/user/${bob.id}/`)
  expect((await carla.get(`/user/${bob.id}/feed/`)).status).toBe(404)
  expect((await carla.get('/user/987654321/feed/')).status).toBe(404)
})

describe('what is read', () => {
  test('is seen in every feed, by the one who read it, and leaves the count', async () => {
    const [birds, owls] = [await newCategory(), await newCategory()]
    await connect(alice, bob)
    await connect(carla, bob)
    for (const category of [birds, owls]) await alice.post(`/category/${category}/follow/`)
    const ids = [
      await publish(bob, 'post', { categories: [birds, owls] }),
      await publish(bob, 'status', { categories: [birds] }),
      await publish(bob, 'discussion'),
    ]
    await publish(alice)
    await world.told()
    const byCategory = (...counts: number[][]) => counts.map(([id, count]) => ({ id, count }))
    expect(await unread(alice)).toEqual({ total: 3, count_by_category: byCategory([birds, 2], [owls, 1]) })
    expect((await alice.post('/feed/read/', { object: [ids[0]] })).text).toBe('')
    expect(await unread(alice)).toEqual({ total: 2, count_by_category: byCategory([birds, 1]) })
    expect((await unread(carla)).total).toBe(3)
    for (const path of ['/feed/', '/feed/explore/', `/user/${bob.id}/feed/`]) {
      const units = (await ok(alice.get(path))).body.results as Unit[]
      const seen = units.filter((unit) => ids.includes((unit[unit.type] as { id: number }).id))
      expect(seen.map((unit) => [unit.seen, unit.seen_by_id])).toEqual([
        [false, []],
        [false, []],
        [true, [alice.id]],
      ])
    }
    const { body } = await alice.get(`/category/${birds}/feed/`)
    expect(body.results.map(({ seen }: Unit) => seen)).toEqual([false, true])
    await ok(alice.post('/feed/read/', { object: [...ids, 987_654_321] }))
    expect(await unread(alice)).toEqual({ total: 0, count_by_category: [] })
    expect(await world.told()).toEqual([])
  })

  test('is what was there when one joined, and nothing is read by sending nothing or nonsense', async () => {
    await publish(bob)
    world.pass(1_000)
    const dan = await world.join(`dan_${alice.username}`)
    await connect(dan, bob)
    expect((await unread(dan)).total).toBe(0)
    const id = await publish(bob)
    expect((await unread(dan)).total).toBe(1)
    for (const body of [undefined, {}, { object: [] }]) expect((await dan.post('/feed/read/', body)).status).toBe(204)
    for (const object of ['x', [0], [1.5], ['x'], { id }, Array.from({ length: 101 }, () => 1)])
      expect((await dan.post('/feed/read/', { object })).status).toBe(400)
    expect((await unread(dan)).total).toBe(1)
    expect((await world.visitor.post('/feed/read/', { object: [id] })).status).toBe(401)
  })

  test('takes no more room than the last few, and all that is older counts as read with it', async () => {
    await connect(alice, bob)
    const first = await publish(bob)
    await world.db.query(
      `insert into contribution (kind, author_id, slug, html, summary, words, added_at, last_activity_at)
       select 2, $1::bigint, 'many-' || n, '', '', '', $2::timestamptz + n * interval '1 ms', now() from generate_series(1, 260) n`,
      [bob.id, new Date(world.kith.clock.now().getTime() + 500)],
    )
    await world.db.query(`update users set posts = posts + 260 where id = $1`, [bob.id])
    await world.db.query(
      `update contribution_total set n = n + 260, uncommented = uncommented + 260 where kind = 2 and part = $1 % 16`,
      [bob.id],
    )
    expect((await unread(alice)).total).toBe(100)
    const all = idsOf((await walk(alice, `/user/${bob.id}/feed/?limit=100`)).results)
    for (let i = 0; i < 251; i += 50)
      await ok(alice.post('/feed/read/', { object: all.slice(i, Math.min(i + 50, 251)) }))
    const [{ kept } = { kept: 0 }] = await world.db.query<{ kept: number }>(
      'select cardinality(read) as kept from feed_reader where member_id = $1',
      [alice.id],
    )
    expect(kept).toBe(125)
    const units = (await walk(alice, `/user/${bob.id}/feed/?limit=100`)).results as unknown as Unit[]
    // The 126th is the newest of those dropped: what is older was not read, and counts as read.
    expect(units.map(({ seen }) => seen)).toEqual(units.map(() => true))
    expect(units.at(-1)).toMatchObject({ post: { id: first }, seen: true })
    const later = await publish(bob)
    expect(await unread(alice)).toMatchObject({ total: 1 })
    expect((await shown(alice))[0]).toBe(later)
  })

  test('is right however many say so at once, and goes with the member', async () => {
    await connect(alice, bob)
    const ids = await Promise.all(Array.from({ length: 8 }, () => publish(bob)))
    expect((await unread(alice)).total).toBe(8)
    await Promise.all(ids.map((id) => ok(alice.post('/feed/read/', { object: [id] }))))
    expect((await unread(alice)).total).toBe(0)
    const kept = () => world.db.query('select 1 from feed_reader where member_id = $1', [alice.id])
    expect((await kept()).length).toBe(1)
    await alice.delete(`/user/${alice.id}/`)
    expect((await kept()).length).toBe(0)
  })
})

test('what is like others lies in their categories, without them, and the most relevant comes first', async () => {
  const [birds, owls] = [await newCategory(), await newCategory()]
  const ids = [
    await publish(alice, 'post', { categories: [birds] }),
    await publish(bob, 'status', { categories: [birds, owls] }),
    await publish(carla, 'discussion', { categories: [owls] }),
    await publish(bob, 'post', { categories: [birds] }),
    await publish(bob),
  ]
  await carla.post(`/status/${ids[1]}/vote/`)
  const like = async (who: Person, object: unknown, query = '') => await who.post(`/feed/likethis/${query}`, { object })
  const { body } = await like(alice, [ids[0]])
  expect([body.count, idsOf(body.results)]).toEqual([2, [ids[1], ids[3]]])
  const first = await like(alice, [ids[0], ids[2]], '?limit=1')
  expect([first.body.count, idsOf(first.body.results)]).toEqual([2, [ids[1]]])
  const second = await alice.post(first.body.next, { object: [ids[0], ids[2]] })
  expect([idsOf(second.body.results), second.body.next]).toEqual([[ids[3]], null])
  for (const object of [[], [ids[4]], [987_654_321]]) expect((await like(alice, object)).body.results).toEqual([])
  await alice.post(`/user/${bob.id}/hide/`)
  expect((await like(alice, [ids[0]])).body.results).toEqual([])
  expect((await like(alice, undefined)).status).toBe(400)
})
