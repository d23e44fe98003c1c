import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../support/world.ts'

let world: World

beforeAll(async () => {
  world = await createWorld({}, { prepare: true, pipes: 0 })
})

afterAll(() => world.end())

/** The statements that each connection of the pool keeps prepared, besides what begins transactions. */
async function preparedOnEach(): Promise<string[][]> {
  const clients = await Promise.all(Array.from({ length: 10 }, () => world.db.pool.connect()))
  const each = await Promise.all(
    clients.map((client) =>
      client.query<{ statement: string }>(`select statement from pg_prepared_statements where statement <> 'begin'`),
    ),
  )
  for (const client of clients) client.release()
  return each.map(({ rows }) => rows.map(({ statement }) => statement))
}

/** Searches for people in ways that are all different. */
function* combinations() {
  const filters = ['search=a', 'username=a', 'real_name=a', 'gender=Male', 'location=a', 'description=a', 'is_staff=1']
  for (const ordering of ['id', '-id', 'username', '-username'])
    for (let chosen = 0; chosen < 2 ** filters.length; chosen++)
      yield `/user/search/?ordering=${ordering}&${filters.filter((_, i) => chosen & (1 << i)).join('&')}`
}

test('lists in hundreds of ways neither fill the database’s memory nor take its place from what is asked for often', async () => {
  const { alice, visitor } = world
  const hot = () => alice.get('/status/')
  for (let n = 0; n < 30; n++) expect((await hot()).status).toBe(200)
  const ways = [...combinations()].slice(0, 200)
  for (const path of ways) expect((await visitor.get(path)).status).toBe(200)
  // What is asked for once or twice is not prepared at all.
  const after = await preparedOnEach()
  expect(after.flat().filter((text) => text.includes('u.location) like')).length).toBe(0)
  // Four times over: then each of them is worth it, as far as there is room.
  for (let n = 0; n < 4; n++) for (const path of ways.slice(0, 120)) await visitor.get(path)
  const full = await preparedOnEach()
  expect(Math.max(...full.map(({ length }) => length))).toBe(64)
  await hot()
  const there = (await preparedOnEach()).flat().filter((text) => text.includes('from contribution x'))
  expect(there.length).toBeGreaterThan(0)
})

test('what is asked for often takes the place of what was', async () => {
  const often = async () => {
    for (let n = 0; n < 12; n++) await world.visitor.get('/category/')
  }
  await often()
  const there = (await preparedOnEach()).flat().filter((text) => text.includes('category.position'))
  expect(there.length).toBeGreaterThan(0)
  expect(Math.max(...(await preparedOnEach()).map(({ length }) => length))).toBeLessThanOrEqual(64)
})

test('a list is planned once for any values, and a search of members for the values of each run', async () => {
  const { alice } = world
  for (let n = 0; n < 12; n++) {
    expect((await alice.get('/category/?limit=1')).status).toBe(200)
    // From the sixth run on PostgreSQL may choose for itself.
    if (n < 5) expect((await alice.get('/user/search/?username=ali')).status).toBe(200)
  }
  const clients = await Promise.all(Array.from({ length: 10 }, () => world.db.pool.connect()))
  const plansOf = async (part: string) => {
    const each = await Promise.all(
      clients.map((client) =>
        client.query<{ custom: number; generic: number }>(
          `select sum(custom_plans)::int as custom, sum(generic_plans)::int as generic from pg_prepared_statements
           where statement like '%' || $1 || '%' and statement not like '%pg_prepared_statements%'`,
          [part],
        ),
      ),
    )
    const sum = (of: 'custom' | 'generic') => each.reduce((all, { rows }) => all + (rows[0]?.[of] ?? 0), 0)
    return { custom: sum('custom') > 0, generic: sum('generic') > 0 }
  }
  expect(await plansOf('category.position')).toEqual({ custom: false, generic: true })
  expect(await plansOf('grams(lower(u.username')).toEqual({ custom: true, generic: false })
  for (const client of clients) client.release()
})
