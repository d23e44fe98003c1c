import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type Person, type World, walk } from '../support/world.ts'

let world: World

/** Bob's connections, the newest first, and which of them are Alice's as well, or hidden by her. */
let list: { id: number; shared: boolean; hidden: boolean }[]

const length = 3_000

beforeAll(async () => {
  world = await createWorld()
  const { alice, bob, db } = world
  const members = await db.query<{ id: number; n: number }>(
    `insert into users (username, date_joined) select 'm' || n, now() from generate_series(1, ${length}) n
     returning id, substr(username, 2)::int as n`,
  )
  // Few of the newest are shared, then none for a thousand, then many: every part of the list has to be read.
  const shared = (n: number) => (n > 2_500 ? n % 100 === 0 : n < 1_500 && n % 3 !== 0)
  list = members
    .sort((a, b) => b.n - a.n)
    .map(({ id, n }) => ({ id, shared: shared(n), hidden: n % 500 === 250 && !shared(n) }))
  await connect(
    alice,
    list.filter((each) => each.shared).map(({ id }) => id),
  )
  await connect(bob, list.map(({ id }) => id).reverse())
  await db.query(
    `insert into relation (member_id, other_id, version, state, place, asked, hidden_place)
     select $1, id, 1, 0, 0, true, nextval('relation_place') from unnest($2::bigint[]) id`,
    [alice.id, list.filter((each) => each.hidden).map(({ id }) => id)],
  )
  await db.query(`update users set
    connections = (select count(*) from relation where member_id = users.id and state = 4),
    hidden = (select count(*) from relation where member_id = users.id and hidden_place is not null)`)
  await db.query('analyze')
})

afterAll(() => world.end())

const connect = (one: Person, ids: number[]) =>
  world.db.query(
    `with placed as (select id, nextval('relation_place') as place from unnest($2::bigint[]) id)
     insert into relation (member_id, other_id, version, state, place, asked)
     select $1, id, 1, 4, place, true from placed union all select id, $1, 1, 4, place, false from placed`,
    [one.id, ids],
  )
const count = () =>
  world.db.query(
    `update users set connections = (select count(*) from relation where member_id = users.id and state = 4)`,
  )

const idsOf = (rows: { id: number }[]) => rows.map(({ id }) => id)
const inCommon = () => idsOf(list.filter((each) => each.shared))
const others = () => idsOf(list.filter((each) => !each.shared && !each.hidden))

test('a long list begins with those in common, and is whole, whichever way it is walked', async () => {
  const { alice, bob } = world
  const path = `/user/${bob.id}/connections/`
  for (const [query, expected] of [
    ['', [...inCommon(), ...others()]],
    ['&mutual=1', inCommon()],
    ['&mutual=0', others()],
  ] as const) {
    const { count, results } = await walk(alice, `${path}?limit=100${query}`)
    expect([count, idsOf(results)], query).toEqual([expected.length, expected])
    const offset = Math.floor(expected.length / 2)
    const middle = (await alice.get(`${path}?limit=100&offset=${offset}${query}`)).body
    expect(idsOf(middle.results), query).toEqual(expected.slice(offset, offset + 100))
    for (let { previous } = middle, end = offset; previous; end -= 100) {
      const { body } = await alice.get(previous)
      expect(idsOf(body.results), `${query} before ${end}`).toEqual(
        // What is less than a page from the beginning is the first page.
        expected.slice(Math.max(0, end - 100), Math.max(100, end)),
      )
      previous = body.previous
    }
  }
  // The other way round the lists are of other lengths.
  const back = await walk(bob, `/user/${alice.id}/connections/?limit=100`)
  expect(new Set(idsOf(back.results))).toEqual(new Set(inCommon()))
})

test('how many are in common is told exactly', async () => {
  const { alice, bob, carla } = world
  expect((await alice.get(`/user/${bob.id}/`)).body.mutual_count).toBe(inCommon().length)
  expect((await bob.get(`/user/${alice.id}/`)).body.mutual_count).toBe(inCommon().length)
  // One of them has many more than the other.
  const few = others().slice(0, 3)
  await connect(carla, few)
  await count()
  expect((await carla.get(`/user/${bob.id}/`)).body.mutual_count).toBe(3)
  expect((await bob.get(`/user/${carla.id}/`)).body.mutual_count).toBe(3)
  expect((await carla.get(`/user/${bob.id}/connections/?mutual=1`)).body.count).toBe(3)
})

test('a list that becomes long while it is walked is walked to its end', async () => {
  const { alice } = world
  const eva = await world.join('eva')
  const [first, then] = [idsOf(list).slice(0, 150), idsOf(list).slice(150, 300)]
  await connect(eva, first)
  await count()
  const path = `/user/${eva.id}/connections/?limit=50`
  const shown = (await walk(alice, path)).results
  expect(new Set(idsOf(shown))).toEqual(new Set(first.filter((id) => !list.find((each) => each.id === id)?.hidden)))
  const begun = (await alice.get(path)).body
  await connect(eva, then)
  // One who has not been shown yet comes to be in common: the cursor knows when the walk began.
  const late = idsOf(shown).at(-1) as number
  await connect(alice, [late])
  await count()
  const seen = idsOf(begun.results)
  for (let { next } = begun; next; ) {
    const { body } = await alice.get(next)
    seen.push(...idsOf(body.results))
    next = body.next
  }
  expect(seen).toEqual(idsOf(shown))
})

test('a page of a list in which all are in common costs what a page of one’s own list costs', async () => {
  const { bob, db } = world
  const dan = await world.join('dan')
  await db.query(
    `with placed as (select other_id as id, nextval('relation_place') as place from relation where member_id = $2 and state = 4)
     insert into relation (member_id, other_id, version, state, place, asked)
     select $1::bigint, id, 1, 4, place, true from placed union all select id, $1, 1, 4, place, false from placed`,
    [dan.id, bob.id],
  )
  await count()
  await db.query('analyze relation')
  // The best of many: others use this machine.
  const best = async (path: string) => {
    let least = Number.POSITIVE_INFINITY
    for (let n = 0; n < 12; n++) {
      const before = performance.now()
      expect((await dan.get(path)).body.count).toBe(length)
      least = Math.min(least, performance.now() - before)
    }
    return least
  }
  expect(await best(`/user/${bob.id}/connections/`)).toBeLessThan(5 * (await best(`/user/${dan.id}/connections/`)) + 5)
})
