import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { registry } from '../../src/platform/sql/statement.ts'
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

const act = async (who: Person, verb: string, whom: Person) => {
  const { status, text } = await who.post(`/user/${whom.id}/connection/${verb}/`)
  expect(status, text).toBe(200)
}

type Listed = { state: string; from_user: { username: string }; to_user: { username: string }; changed: string }

/** Follows `next` to the end; each as "from>to state". */
async function walkAll(query = ''): Promise<string[]> {
  const all: string[] = []
  for (let next: string | null = `/connection/${query}`; next; ) {
    const { status, body, text } = await world.admin.get(next)
    expect(status, text).toBe(200)
    expect(body).not.toHaveProperty('count')
    for (const { state, from_user, to_user } of body.results as Listed[])
      all.push(`${from_user.username}>${to_user.username} ${state}`)
    next = body.next
  }
  return all
}
const of = (list: string[]) => {
  const names = [alice, bob, carla].map(({ username }) => username)
  return list
    .filter((each) => names.some((name) => each.includes(name)))
    .map((each) => each.replaceAll(/_[a-z0-9]{6}(?=[> ]|$)/g, ''))
}

test('every friendship and request is listed once, the longest unchanged first, for administrators alone', async () => {
  expect((await world.visitor.get('/connection/')).status).toBe(401)
  expect((await alice.get('/connection/')).status).toBe(403)
  await act(alice, 'request', bob)
  await act(carla, 'request', alice)
  await act(bob, 'request', carla)
  expect(of(await walkAll())).toEqual(['alice>bob requested', 'carla>alice requested', 'bob>carla requested'])

  world.pass(60_000)
  await act(bob, 'accept', alice)
  await act(alice, 'reject', carla)
  for (const limit of [1, 2, 3, 100])
    expect(of(await walkAll(`?limit=${limit}`))).toEqual([
      'bob>carla requested',
      'alice>bob connected',
      'carla>alice rejected',
    ])
  expect(of(await walkAll('?state=connected'))).toEqual(['alice>bob connected'])
  expect(of(await walkAll('?state=requested&limit=1'))).toEqual(['bob>carla requested'])
  expect(of(await walkAll('?state=rejected'))).toEqual(['carla>alice rejected'])
  expect((await world.admin.get('/connection/?state=none')).status).toBe(400)

  world.pass(60_000)
  await act(alice, 'remove', bob)
  await act(bob, 'cancel_request', carla)
  await act(alice, 'cancel_reject', carla)
  expect(of(await walkAll())).toEqual(['carla>alice requested'])
})

test('what has changed since a moment is listed, and being seen, followed or hidden is no change', async () => {
  await act(alice, 'request', bob)
  await act(carla, 'request', bob)
  world.pass(3_600_000)
  const since = new Date(world.kith.clock.now().getTime() - 1_800_000).toISOString()
  const later = () => walkAll(`?since=${since}&limit=1`).then(of)
  expect(await later()).toEqual([])
  expect((await bob.post(`/user/${bob.id}/connection_requests/mark_seen/`)).status).toBe(204)
  expect((await bob.post(`/user/${alice.id}/connection_requests/mark_seen/`)).status).toBe(204)
  expect(await later()).toEqual([])
  await act(bob, 'accept', carla)
  expect(await later()).toEqual(['carla>bob connected'])
  expect(of(await walkAll(`?since=${Date.parse(since) / 1000}`))).toEqual(['carla>bob connected'])
  expect((await world.admin.get('/connection/?since=yesterday')).status).toBe(400)
})

test('the members are as events have them, with addresses', async () => {
  await act(alice, 'request', bob)
  await act(bob, 'accept', alice)
  const [, connected] = await world.told()
  const { body } = await world.admin.get('/connection/?limit=500')
  const listed = body.results.findLast((each: Listed) => each.from_user.username === alice.username)
  expect({ from_user: listed.from_user, to_user: listed.to_user }).toEqual(connected?.data)
  expect(listed).toMatchObject({ state: 'connected', from_user: { email: `${alice.username}@example.com` } })
  expect([typeof listed.id, Number.isNaN(Date.parse(listed.changed))]).toEqual(['number', false])
})

test('every page is a walk along the index, however long the list', async () => {
  await world.db.query(
    `insert into users (username, date_joined) select 'crowd' || i, now() from generate_series(1, 300) i`,
  )
  await world.db.query(`with c as (select id, row_number() over (order by id) as n from users where username like 'crowd%'),
    pair as (select a.id as a, b.id as b, nextval('relation_place') as place from c a join c b on b.n > a.n and b.n <= a.n + 40)
    insert into relation (member_id, other_id, version, state, place, request_id, asked, created)
    select a, b, 1, 4, place, place, true, now() from pair
    union all select b, a, 1, 4, place, place, false, now() from pair`)
  await world.db.query('analyze relation, users')
  const listed = registry.get('connections: all')
  const variants = [...(listed?.variants() ?? [])].slice(0, 32)
  expect(variants).toHaveLength(32)
  const client = await world.db.connect()
  await client.query('set random_page_cost = 1.1')
  for (const { key, compiled } of variants) {
    // Without its values, as PostgreSQL plans it for good.
    const plan = JSON.stringify((await client.query(`explain (generic_plan) ${compiled.text}`)).rows)
    expect(plan, key).toContain('relation_changed')
    expect(plan, key).not.toMatch(/(Seq|Bitmap Heap) Scan on (relation|users)/)
  }
  await client.end()
})
