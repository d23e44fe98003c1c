import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { endAllFollows } from '../../src/categories/end-all.ts'
import { findCategoryDrift } from '../../src/categories/recount.ts'
import { type Answer, createWorld, type Person, type World, walk } from '../support/world.ts'

let world: World
let admin: Person
let alice: Person
let bob: Person
let carla: Person
let news: { id: number }
const day = 86_400_000

beforeAll(async () => {
  world = await createWorld()
  admin = world.admin
})
afterAll(() => world.end())
beforeEach(async () => {
  await world.db.query('truncate category, category_follower cascade')
  await world.db.query('update users set categories = 0')
  ;[alice, bob, carla] = await world.strangers()
  news = await add('News')
})

const add = async (name: string, more: object = {}): Promise<{ id: number; name: string }> => {
  const answer = await admin.post('/category/', { name, ...more })
  expect(answer.status, answer.text).toBe(201)
  await world.told()
  return answer.body
}
const path = ({ id }: { id: number }, rest = '') => `/category/${id}/${rest}`
const follow = (who: Person, category: { id: number } = news) => who.post(path(category, 'follow/'))
const counter = async (who: Person) => (await who.get('/user/me/')).body.categories_counter
const followers = async (category = news) => (await admin.get(path(category))).body.followers_counter
const people = ({ body }: Answer) => body.results.map(({ username }: Person) => username)
const names = (list: { name: string }[]) => list.map(({ name }) => name)
const refusal = ({ status, body }: Answer) => [status, body.errors[0].code, body.errors[0].message]
type Act = { category: { name: string; followed: boolean }; user: { username: string }; added_at: string }
const told = async () =>
  (await world.told()).map(({ type, data }) => {
    const { category, user, username } = data as unknown as Act & { username: string }
    return category ? `${type} ${category.name} ${user.username.split('_')[0]}` : `${type} ${username}`
  })
const drift = () => findCategoryDrift(world.db)

describe('following a category', () => {
  test('shows at both ends, is told with when it began, and is undone by the same call', async () => {
    const answer = await follow(alice)
    expect([answer.status, answer.text]).toEqual([204, ''])
    expect((await alice.get(path(news, 'is_followed/'))).body).toEqual({ is_followed: true })
    expect((await alice.get(path(news))).body).toMatchObject({ followed: true, followers_counter: 1 })
    expect((await bob.get(path(news))).body).toMatchObject({ followed: false, followers_counter: 1 })
    expect((await bob.get(path(news, 'is_followed/'))).body).toEqual({ is_followed: false })
    expect(await counter(alice)).toBe(1)
    const [begun, ...more] = await world.told()
    expect(more).toEqual([])
    expect([begun?.type, begun?.data]).toMatchObject([
      'category.follow',
      { category: { id: news.id, followed: true, followers_counter: 1 }, user: { id: alice.id } },
    ])
    const { added_at } = (begun as { data: unknown }).data as Act
    expect(Math.abs(Date.parse(added_at) - Date.now())).toBeLessThan(5_000)

    world.pass(60_000)
    expect((await follow(alice)).status).toBe(204)
    const [ended, ...rest] = await world.told()
    expect(rest).toEqual([])
    expect([ended?.type, ended?.data]).toMatchObject([
      'category.unfollow',
      { category: { id: news.id, followed: false, followers_counter: 0 }, user: { id: alice.id }, added_at },
    ])
    expect(Object.keys(ended?.data ?? {})).toEqual(['category', 'user', 'added_at'])
    expect((await alice.get(path(news, 'is_followed/'))).body).toEqual({ is_followed: false })
    expect(await counter(alice)).toBe(0)
    expect(await drift()).toEqual([])
  })

  test('is open to members who are blocked', async () => {
    await world.db.query(`update users set status = 'b' where id = $1`, [alice.id])
    world.kith.actors.forget(alice.id)
    expect((await follow(alice)).status).toBe(204)
    expect((await follow(alice)).status).toBe(204)
    expect(await told()).toEqual(['category.follow News alice', 'category.unfollow News alice'])
  })

  test('can be switched off: then one may stop, but not begin', async () => {
    await follow(alice)
    await world.set({ category_follow_enabled: false })
    expect(refusal(await follow(bob))).toEqual([
      400,
      'category_follow_disabled',
      'Following categories is off in this community: they can be unfollowed, but not followed.',
    ])
    expect((await follow(alice)).status).toBe(204)
    expect(await told()).toEqual(['category.unfollow News alice'])
    await world.set({ category_follow_enabled: true })
  })

  test('ends, but does not begin, while the category is inactive', async () => {
    await follow(alice)
    await admin.patch(path(news), { active: false })
    await world.told()
    expect((await alice.get('/category/followed/')).body.results).toMatchObject([{ id: news.id, active: false }])
    expect((await alice.get('/category/followed/?active=true')).body.count).toBe(0)
    expect(refusal(await follow(bob)).slice(0, 2)).toEqual([400, 'inactive'])
    expect((await follow(alice)).status).toBe(204)
    expect(await told()).toEqual(['category.unfollow News alice'])
  })

  test('never counts wrong, however many toggle at once', async () => {
    const sport = await add('Sport')
    const crowd = [alice, bob, carla]
    const acts = crowd.flatMap((who) => Array.from({ length: 21 }, (_, i) => follow(who, i % 3 ? news : sport)))
    const statuses = (await Promise.all(acts)).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([204]))
    // 14 of one and 7 of the other for each: followed in the end is the one with the odd number.
    expect([await followers(), await followers(sport)]).toEqual([0, 3])
    for (const who of crowd) {
      expect(await counter(who)).toBe(1)
      expect(names((await who.get(`/user/${who.id}/categories/`)).body)).toEqual(['Sport'])
    }
    const events = await told()
    expect(events).toHaveLength(63)
    for (const who of crowd) {
      const mine = events.filter((each) => each.endsWith(`Sport ${who.username.split('_')[0]}`))
      expect(mine.map((each) => each.split(' ')[0])).toEqual(
        Array.from({ length: 7 }, (_, i) => (i % 2 ? 'category.unfollow' : 'category.follow')),
      )
    }
    expect(await drift()).toEqual([])
  })

  test('never counts wrong while categories are changed, deleted and made', async () => {
    const crowd = [alice, bob, carla]
    const sport = await add('Sport')
    const acts = [
      ...crowd.flatMap((who) => Array.from({ length: 9 }, (_, i) => () => follow(who, i % 2 ? news : sport))),
      () => admin.patch(path(sport), { auto_follow: 'forced' }),
      () => admin.patch(path(sport), { auto_follow: 'none' }),
      () => admin.post('/category/', { name: 'Forced', auto_follow: 'forced' }),
      () => admin.delete(path(news)),
      () =>
        admin.post('/account/create/', {
          username: `dan_${alice.username}`,
          email: 'dan@example.com',
          password: 'Correct-horse-1',
        }),
      () => alice.post(`/user/${bob.id}/connection/request/`),
    ]
    const answers = await Promise.all(acts.sort(() => Math.random() - 0.5).map((act) => act()))
    for (const { status, text } of answers) expect([200, 201, 204, 400, 404], text).toContain(status)
    expect(await drift()).toEqual([])
    await world.told()
  })
})

describe('a category that is followed by itself', () => {
  test('by default is followed by whoever joins, is told after they are, and can be unfollowed', async () => {
    const start = await add('Start', { auto_follow: 'default', order: 1 })
    const rules = await add('Rules', { auto_follow: 'forced', active: false })
    await add('Help', { auto_follow: 'default', order: 0 })
    expect([await followers(start), await counter(alice)]).toEqual([0, 0])
    const dan = await world.join(`dan_${alice.username}`)
    expect(await counter(dan)).toBe(2)
    const [made, ...events] = await world.told()
    expect(made?.type).toBe('user.created')
    expect(events.map(({ type, data }) => [type, data])).toMatchObject([
      ['category.follow', { category: { name: 'Help', followed: true, followers_counter: 1 }, user: { id: dan.id } }],
      ['category.follow', { category: { name: 'Start', followed: true, followers_counter: 1 }, user: { id: dan.id } }],
    ])
    expect(await followers(rules)).toBe(0)
    expect(await drift()).toEqual([])
    expect((await follow(dan, start)).status).toBe(204)
    expect(await told()).toEqual(['category.unfollow Start dan'])
  })

  test('by force is followed by everybody at once, told as one event, and cannot be unfollowed', async () => {
    await follow(alice)
    await world.told()
    const [all] = await world.db.query<{ n: number }>(`select count(*)::int as n from users where status in ('a', 'b')`)
    const answer = await admin.patch(path(news), { auto_follow: 'forced' })
    expect(answer.body).toMatchObject({ auto_follow: 'forced', followed: true, followers_counter: all?.n })
    const [event, ...more] = await world.told()
    expect(more).toEqual([])
    expect([event?.type, event?.data]).toMatchObject([
      'category.updated',
      { category: { auto_follow: 'forced', followed: true, followers_counter: all?.n }, user: { id: admin.id } },
    ])
    for (const who of [alice, bob]) {
      expect(await counter(who)).toBe(1)
      expect(refusal(await follow(who))).toEqual([
        400,
        'forced',
        'Everybody follows this category: it cannot be unfollowed.',
      ])
    }
    const eve = await world.join(`eve_${alice.username}`)
    expect(await told()).toEqual([`user.created ${eve.username}`, 'category.follow News eve'])
    expect(await drift()).toEqual([])

    await admin.patch(path(news), { auto_follow: 'none' })
    expect((await follow(alice)).status).toBe(204)
    expect(await told()).toEqual(['category.updated News admin', 'category.unfollow News alice'])
    expect(await drift()).toEqual([])
  })

  test('by force from the start, or once it is active, has everybody too', async () => {
    const rules = await add('Rules', { auto_follow: 'forced' })
    const later = await add('Later', { auto_follow: 'forced', active: false })
    expect([await counter(bob), await followers(later)]).toEqual([1, 0])
    expect((await bob.get(path(rules))).body.followed).toBe(true)
    await admin.patch(path(later), { active: true })
    expect(await counter(bob)).toBe(2)
    expect(await told()).toEqual(['category.updated Later admin'])
    expect(await drift()).toEqual([])
  })

  test('is followed by all who join at the same moment', async () => {
    const start = await add('Start', { auto_follow: 'default' })
    await add('Rules', { auto_follow: 'forced' })
    await Promise.all(Array.from({ length: 20 }, (_, i) => world.join(`n${i}_${alice.username}`)))
    expect(await followers(start)).toBe(20)
    expect((await told()).filter((each) => each.startsWith('category.follow Start'))).toHaveLength(20)
    expect(await drift()).toEqual([])
  })
})

describe('who leaves', () => {
  test('follows nothing any more, and each end is told', async () => {
    const sport = await add('Sport')
    for (const category of [sport, news]) await follow(alice, category)
    await follow(bob)
    await world.told()
    await world.db.transaction((tx) =>
      endAllFollows(tx, {
        id: alice.id,
        now: world.kith.clock.now(),
        community: world.kith.community.current(),
        hiders: [],
      }),
    )
    expect(await told()).toEqual(['category.unfollow Sport alice', 'category.unfollow News alice'])
    expect([await followers(), await followers(sport), await counter(alice)]).toEqual([1, 0, 0])
    expect(await drift()).toEqual([])
  })
})

describe('the lists', () => {
  test('of what one follows have the last first, with the same filters', async () => {
    const [sport, music] = [await add('Sport'), await add('Music', { name_synonyms: 'songs' })]
    for (const category of [news, music, sport]) await follow(alice, category)
    await follow(bob)
    const walked = await walk(alice, '/category/followed/?limit=2')
    expect([walked.count, names(walked.results as never)]).toEqual([3, ['Sport', 'Music', 'News']])
    expect(names((await alice.get('/category/followed/?search=SONG')).body.results)).toEqual(['Music'])
    expect((await bob.get('/category/followed/')).body).toMatchObject({
      count: 1,
      results: [{ id: news.id, followed: true }],
    })
    expect((await carla.get('/category/followed/')).body).toMatchObject({ count: 0, results: [] })
    expect((await world.visitor.get('/category/followed/')).status).toBe(401)
  })

  test('of what another follows are a bare array, with those in common first', async () => {
    const [sport, music] = [await add('Sport'), await add('Music')]
    for (const category of [news, music, sport]) await follow(alice, category)
    for (const category of [news, music]) await follow(bob, category)
    const of = async (who: Person, query = '') => names((await who.get(`/user/${alice.id}/categories/${query}`)).body)
    expect(await of(bob)).toEqual(['Music', 'News', 'Sport'])
    expect(await of(bob, '?mutual=1')).toEqual(['Music', 'News'])
    expect(await of(bob, '?mutual=0')).toEqual(['Sport'])
    expect(await of(alice)).toEqual(['Sport', 'Music', 'News'])
    expect(await of(alice, '?mutual=1')).toEqual([])
    expect(await of(alice, '?mutual=0')).toEqual(['Sport', 'Music', 'News'])
    expect(await of(world.visitor)).toEqual(['Sport', 'Music', 'News'])
    expect(await of(world.visitor, '?mutual=1')).toEqual([])
    expect((await bob.get(`/user/${alice.id}/categories/`)).body[2]).toMatchObject({ name: 'Sport', followed: false })
    expect((await carla.get('/user/me/categories/')).body).toEqual([])
    expect((await alice.get('/user/4000000/categories/')).status).toBe(404)
  })

  test('of the popular go by followers, then as all do', async () => {
    await add('Apples')
    const sport = await add('Sport', { order: -1 })
    await add('Off', { active: false })
    for (const who of [alice, bob]) await follow(who)
    await follow(alice, sport)
    await add('Birds', { order: -5 })
    const popular = await walk(alice, '/category/popular/?limit=2')
    expect([popular.count, names(popular.results as never)]).toEqual([4, ['News', 'Sport', 'Birds', 'Apples']])
  })

  test('of followers have the last first, without those hidden either way', async () => {
    for (const who of [alice, bob, carla]) await follow(who)
    const all = await alice.get(path(news, 'followers/'))
    expect([all.body.count, people(all)]).toEqual([3, [carla.username, bob.username, alice.username]])
    expect(all.body.results[0]).toMatchObject({ connection_status: null, categories_counter: 1 })
    expect((await walk(alice, path(news, 'followers/?limit=1'))).results).toHaveLength(3)
    await bob.post(`/user/${alice.id}/hide/`)
    for (const [who, other] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      const seen = await who.get(path(news, 'followers/'))
      expect([seen.body.count, people(seen)]).toEqual([2, [carla.username, who.username]])
      expect(people(await who.get(path(news, 'followers/trending/')))).not.toContain(other.username)
    }
    expect((await world.visitor.get(path(news, 'followers/'))).status).toBe(401)
  })

  test('of trending followers have those of the last days', async () => {
    await follow(alice)
    world.pass(100 * day)
    await follow(bob)
    world.pass(10 * day)
    await follow(carla)
    const trending = async (query = '') => {
      const answer = await world.visitor.get(path(news, `followers/trending/${query}`))
      expect(answer.body.count).toBe(answer.body.results.length)
      return people(answer)
    }
    expect(await trending()).toEqual([carla.username, bob.username])
    expect(await trending('?days=5')).toEqual([carla.username])
    expect(await trending('?days=365')).toEqual([carla.username, bob.username, alice.username])
    expect((await world.visitor.get(path(news, 'followers/trending/?days=x'))).status).toBe(400)
    expect((await world.visitor.get(path(news, 'followers/trending/'))).body.results[0]).not.toHaveProperty(
      'connection_status',
    )
  })

  test('cost one statement, however long they are', async () => {
    const most = 30
    for (let i = 0; i < most; i++) await follow(alice, await add(`c${i}`))
    const { query } = world.kith.db
    let asked = 0
    world.kith.db.query = (text, values) => {
      asked++
      return query(text, values)
    }
    for (const [list, n] of [
      ['/category/?limit=100', most + 1],
      ['/category/followed/?limit=100', most],
      ['/category/popular/?limit=100', most + 1],
    ] as const) {
      asked = 0
      expect((await alice.get(list)).body.results, list).toHaveLength(n)
      expect(asked, list).toBeLessThanOrEqual(2)
    }
    asked = 0
    expect((await alice.get(`/user/${alice.id}/categories/`)).body).toHaveLength(most)
    expect(asked).toBeLessThanOrEqual(2)
    world.kith.db.query = query
  })
})

describe('the audience', () => {
  test('is who follows, and who of them is connected with the one who calls', async () => {
    const audience = async (who: Person) => (await who.get(path(news, 'audience/'))).body
    for (const who of [bob, carla]) await follow(who)
    await alice.post(`/user/${bob.id}/connection/request/`)
    expect(await audience(alice)).toEqual({ category_audience: 2, connections_audience: 0 })
    await bob.post(`/user/${alice.id}/connection/accept/`)
    expect(await audience(alice)).toEqual({ category_audience: 2, connections_audience: 1 })
    expect(await audience(bob)).toEqual({ category_audience: 2, connections_audience: 0 })
    expect(await audience(world.visitor)).toEqual({ category_audience: 2, connections_audience: 0 })
    await world.set({ follow_enabled: true })
    await carla.post(`/user/${alice.id}/follow/`)
    expect(await audience(alice)).toEqual({ category_audience: 2, connections_audience: 1 })
    expect(await audience(carla)).toEqual({ category_audience: 2, connections_audience: 0 })
    await world.set({ follow_enabled: false })
    await world.told()
  })
})
