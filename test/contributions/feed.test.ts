import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findContributionDrift } from '../../src/contributions/recount.ts'
import { createWorld, type Person, type World, walk } from '../support/world.ts'

let world: World
let alice: Person
let bob: Person
let carla: Person
let made = 0
/** Made anew for each test: Birds, and Owls below it. */
let birds: number
let owls: number

beforeAll(async () => {
  world = await createWorld()
})
afterAll(async () => {
  expect(await findContributionDrift(world.db)).toEqual([])
  await world.end()
})
beforeEach(async () => {
  const nth = ++made
  birds = (await world.admin.post('/category/', { name: `Birds ${nth}` })).body.id
  owls = (await world.admin.post('/category/', { name: `Owls ${nth}`, parents: [birds] })).body.id
  ;[alice, bob, carla] = await world.strangers()
})

const kinds = ['status', 'post', 'discussion'] as const
type Kind = (typeof kinds)[number]
type Unit = { type: Kind } & Record<Kind, { id: number; type: Kind }>

async function publish(who: Person, kind: Kind, categories = [owls]): Promise<number> {
  world.pass(1_000)
  const answer = await who.post(`/${kind}/`, { text: '<p>Tu-whit</p>', title: 'Tu-whoo', categories })
  expect(answer.status, answer.text).toBe(201)
  return answer.body.id
}

/** The ids in a feed as somebody sees it, all pages of it, and that it has as many as it says. */
async function feed(who: Person, category = birds, rest = ''): Promise<number[]> {
  const { count, results } = await walk(
    who,
    `/category/${category}/feed/${rest}${rest.includes('?') ? '&' : '?'}limit=2`,
  )
  expect(count).toBe(results.length)
  return (results as unknown as Unit[]).map((unit) => unit[unit.type].id)
}

describe('the feed of a category', () => {
  test('has all kinds together, each under the name of its kind, the newest first', async () => {
    const ids = [await publish(alice, 'status'), await publish(bob, 'post'), await publish(alice, 'discussion')]
    const { body } = await carla.get(`/category/${owls}/feed/`)
    expect(body).toMatchObject({ count: 3, next: null, previous: null })
    expect(body.results.map((unit: Unit) => [unit.type, unit[unit.type].id, unit[unit.type].type])).toEqual([
      ['discussion', ids[2], 'discussion'],
      ['post', ids[1], 'post'],
      ['status', ids[0], 'status'],
    ])
    for (const unit of body.results) {
      const { type, ...rest } = unit as Unit & { seen: boolean }
      expect(rest).toEqual({
        [type]: (await carla.get(`/${type}/${unit[type].id}/`)).body,
        seen_by_id: [],
        seen: false,
        has_boost: false,
        activities: [],
      })
    }
  })

  test('has what lies below the category, and nothing beside it', async () => {
    const id = await publish(alice, 'post')
    const other = await publish(alice, 'post', [birds])
    await publish(alice, 'post', [])
    expect(await feed(bob, birds)).toEqual([other, id])
    expect(await feed(bob, owls)).toEqual([id])
  })

  test('is walked by pages, forwards and back, whatever is published meanwhile', async () => {
    const ids: number[] = []
    for (let i = 0; i < 7; i++) ids.unshift(await publish(i % 2 ? alice : bob, kinds[i % 3] as Kind))
    const shown = ({ body }: { body: { results: Unit[] } }) => body.results.map((unit) => unit[unit.type].id)
    const first = await carla.get(`/category/${birds}/feed/?limit=3`)
    await publish(alice, 'post')
    const second = await carla.get(first.body.next)
    expect([shown(first), shown(second)]).toEqual([ids.slice(0, 3), ids.slice(3, 6)])
    expect(new URL(second.body.next).search).toMatch(/^\?limit=3&offset=6/)
    const third = await carla.get(second.body.next)
    expect([shown(third), third.body.next]).toEqual([ids.slice(6), null])
    expect(shown(await carla.get(third.body.previous))).toEqual(ids.slice(3, 6))
    expect(shown(await carla.get(`/category/${birds}/feed/?limit=2&offset=3`))).toEqual(ids.slice(2, 4))
  })

  test('follows what is deleted, restored, and moved to another category', async () => {
    const [id, other] = [await publish(alice, 'post'), await publish(alice, 'discussion')]
    await alice.delete(`/post/${id}/`)
    for (const who of [alice, bob, world.admin]) expect(await feed(who)).toEqual([other])
    await alice.post(`/post/${id}/restore/`)
    expect(await feed(bob)).toEqual([other, id])
    await alice.put(`/post/${id}/`, { text: 'Tu-whit', categories: [birds] })
    expect([await feed(bob, birds), await feed(bob, owls)]).toEqual([[other, id], [other]])
    await alice.put(`/post/${id}/`, { text: 'Tu-whit' })
    expect([await feed(bob, birds), await feed(bob, owls)]).toEqual([[other], [other]])
  })

  test('leaves out what one hides, and all of members one hides', async () => {
    const ids = [await publish(alice, 'status'), await publish(alice, 'post'), await publish(bob, 'post')]
    await carla.post(`/post/${ids[1]}/hide/`)
    expect(await feed(carla)).toEqual([ids[2], ids[0]])
    await carla.post(`/user/${alice.id}/hide/`)
    expect(await feed(carla)).toEqual([ids[2]])
    expect(await feed(bob)).toEqual([ids[2], ids[1], ids[0]])
    await carla.post(`/user/${alice.id}/hide/`)
    expect(await feed(carla)).toEqual([ids[2], ids[0]])
    await carla.post(`/user/${bob.id}/hide/`)
    await bob.delete(`/user/${bob.id}/`)
    expect([await feed(carla), await feed(alice)]).toEqual([[ids[0]], [ids[2], ids[1], ids[0]]])
  })

  test('leaves out kinds the community does not have', async () => {
    const ids = [await publish(alice, 'status'), await publish(alice, 'post')]
    await carla.post(`/status/${ids[0]}/hide/`)
    await world.set({ status_type_enabled: false })
    expect([await feed(bob), await feed(carla)]).toEqual([[ids[1]], [ids[1]]])
    await world.set({ post_type_enabled: false, discussion_type_enabled: false })
    expect(await feed(bob)).toEqual([])
    await world.set({ status_type_enabled: true, post_type_enabled: true, discussion_type_enabled: true })
    expect(await feed(bob)).toEqual([ids[1], ids[0]])
  })

  test('is in the order that is asked for, else in that of the category', async () => {
    const [first, second, third] = [
      await publish(alice, 'post'),
      await publish(bob, 'post'),
      await publish(alice, 'status'),
    ]
    await carla.post(`/post/${first}/vote/`)
    await world.db.query(`update contribution set last_activity_at = now() + interval '1 day' where id = $1`, [second])
    const orders = {
      recent: [third, second, first],
      last_activity: [second, third, first],
      relevance: [first, third, second],
    }
    for (const [order, ids] of Object.entries(orders)) {
      expect(await feed(carla, birds, `?ordering=${order}`), order).toEqual(ids)
      await world.admin.patch(`/category/${birds}/`, { stream_order_by: order })
      expect(await feed(carla), order).toEqual(ids)
    }
    const wrong = await carla.get(`/category/${birds}/feed/?ordering=best`)
    expect([wrong.status, wrong.body.errors[0].field]).toEqual([400, 'ordering'])
  })

  test('is there for visitors where content is open, and only of categories that are there', async () => {
    const id = await publish(alice, 'post')
    expect(await feed(world.visitor)).toEqual([id])
    await world.set({ content_availability: false })
    for (const which of ['', 'trending/'])
      expect((await world.visitor.get(`/category/${birds}/feed/${which}`)).status).toBe(401)
    await world.set({ content_availability: true })
    await world.admin.delete(`/category/${owls}/`)
    for (const which of ['', 'trending/'])
      for (const category of [owls, 987_654])
        expect((await alice.get(`/category/${category}/feed/${which}`)).status).toBe(404)
    expect(await feed(alice)).toEqual([id])
  })
})

describe('the trending feed of a category', () => {
  test('counts a contribution as a day newer with each doubling of what others did with it', async () => {
    const day = 86_400_000
    const old = await publish(alice, 'post')
    world.pass(1.5 * day)
    const fresh = await publish(alice, 'discussion')
    const trending = () => feed(carla, birds, 'trending/')
    expect(await trending()).toEqual([fresh, old])
    await bob.post(`/post/${old}/vote/`)
    expect(await trending()).toEqual([fresh, old])
    await bob.post(`/post/${old}/follow/`)
    await carla.post(`/post/${old}/vote/`)
    expect(await trending()).toEqual([old, fresh])
    await carla.post(`/post/${old}/vote/`)
    await bob.post(`/post/${old}/vote/`)
    expect(await trending()).toEqual([fresh, old])
  })
})

test.each([
  ['delete from category_feed where contribution_id = $1 and category_id = $2', 'feed places of contribution'],
  ['update category_feed set relevant_at = now() where contribution_id = $1 and $2 > 0', 'feed places of contribution'],
  ['update category_feed_total set n = 7 where $1 > 0 and category_id = $2', 'feed total of category'],
])('what does not agree in a feed is found: %s', async (sql, what) => {
  const id = await publish(alice, 'post')
  // Put right again before anybody else can see it.
  const found = await world.db.transaction(async (tx) => {
    await tx.query(sql, [id, owls])
    const drift = await findContributionDrift(tx)
    await tx.query('delete from category_feed where contribution_id = $1', [id])
    await tx.query('update category_feed_total set n = 0 where category_id = any($1)', [[owls, birds]])
    await tx.query('update contribution set categories = $2 where id = $1', [id, []])
    await tx.query('delete from category_feed_total where category_id = any($1)', [[owls, birds]])
    return drift
  })
  expect(found.map((each) => each.what)).toContainEqual(expect.stringContaining(what))
})

test('feeds stay right when many act at once', async () => {
  const people = await Promise.all(Array.from({ length: 6 }, (_, i) => world.join(`${alice.username}_${i}`)))
  const made = await Promise.all(
    people.flatMap((who) =>
      kinds.map((kind, i) =>
        who.post(`/${kind}/`, { text: 'Hoo', title: 'Hoo', categories: i % 2 ? [owls] : [birds, owls] }),
      ),
    ),
  )
  expect(made.map(({ status }) => status)).toEqual(made.map(() => 201))
  const acts = made.flatMap(({ body: { id, type, author } }) => {
    const own = people.find((who) => who.id === author.id) as Person
    const move = (categories: number[]) => () => own.put(`/${type}/${id}/`, { text: 'Hoo', title: 'Hoo', categories })
    return [
      () => own.delete(`/${type}/${id}/`),
      () => own.post(`/${type}/${id}/restore/`),
      move([birds]),
      move([]),
      ...people.map((who) => () => who.post(`/${type}/${id}/vote/`)),
    ]
  })
  const answers = await Promise.all(acts.sort(() => Math.random() - 0.5).map((act) => act()))
  for (const { status, text } of answers) expect(status, text).toBeLessThan(500)
  expect(await findContributionDrift(world.db)).toEqual([])
  await feed(bob)
})
