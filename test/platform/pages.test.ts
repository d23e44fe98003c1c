import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { importMembers } from '../../src/accounts/import.ts'
import { importConnections } from '../../src/connections/import.ts'
import { createWorld, type Person, type World, walk } from '../support/world.ts'

let world: World
let alice: Person
const fans = Array.from({ length: 57 }, (_, i) => `fan${i}`)

beforeAll(async () => {
  world = await createWorld()
  alice = world.alice
  await askAlice(...fans)
})
async function askAlice(...names: string[]) {
  const called = (name: string) => ({ by: 'username', name }) as const
  await importMembers(
    world.kith,
    names.map((username) => ({ username })),
    false,
  )
  const wanted = names.map((name) => ({ from: called(name), to: called('alice'), state: 'requested' as const }))
  await importConnections(world.kith, wanted, false)
}
afterAll(() => world.end())

const path = '/user/connection/requests/'
const ids = (body: { results: { id: number }[] }) => body.results.map(({ id }) => id)

describe('slow work', () => {
  test('waits its turn, and leaves room for others: searches, pages far down, what one has very much of', async () => {
    const small = await createWorld({ heavyAtOnce: 1 })
    const blocker = await small.db.connect()
    try {
      const connections = `/user/${small.bob.id}/connections/`
      await small.db.query(
        `with m as (insert into users (username, date_joined) select 'm' || n, now() from generate_series(1, 201) n returning id)
         insert into relation (member_id, other_id, version, state, place, asked)
         select $1, id, 1, 4, nextval('relation_place'), true from m`,
        [small.bob.id],
      )
      await small.db.query('update users set connections = 201 where id = $1', [small.bob.id])
      expect((await small.alice.get(connections)).body.count).toBe(201)
      await blocker.query('begin; lock table category')
      const first = small.alice.get('/category/?offset=2001')
      const waits = `select from pg_locks where not granted and relation = 'category'::regclass`
      await expect.poll(async () => (await small.db.query(waits)).length).toBe(1)
      const answered: string[] = []
      const slow = [`${path}?offset=2001`, '/user/?search=bob', `/comment/?user=${small.bob.id}`, connections]
      const later = slow.map(async (asked) => {
        const { status } = await small.alice.get(asked)
        answered.push(asked)
        return status
      })
      const quick = [`${path}?offset=2000`, '/comment/?status=1', '/user/?ordering=username', '/user/me/']
      for (const asked of [...quick, `/user/${small.alice.id}/connections/`]) await small.alice.get(asked)
      expect(answered).toEqual([])
      await blocker.query('rollback')
      expect([(await first).status, ...(await Promise.all(later))]).toEqual([200, 200, 200, 200, 200])
    } finally {
      await blocker.end()
      await small.end()
    }
  })
})

describe('a page', () => {
  test('is 20 long unless asked for another length, and 100 at most', async () => {
    const page = await alice.get(path)
    expect(page.body.count).toBe(57)
    expect(page.body.results).toHaveLength(20)
    expect((await alice.get(`${path}?limit=5`)).body.results).toHaveLength(5)
    expect((await alice.get(`${path}?limit=1000`)).body.results).toHaveLength(57)
  })

  test('links to its neighbours by absolute addresses, limit before offset, null at the ends', async () => {
    const first = (await alice.get(`${path}?limit=20`)).body
    expect(first.previous).toBeNull()
    expect(first.next).toMatch(new RegExp(`^${world.base}${path}\\?limit=20&offset=20&cursor=[\\w-]+$`))
    const second = (await alice.get(first.next)).body
    expect(second.next).toMatch(/\?limit=20&offset=40&cursor=/)
    expect(second.previous).toMatch(/\?limit=20&offset=0$/)
    const third = (await alice.get(second.next)).body
    expect(third.next).toBeNull()
    expect(third.results).toHaveLength(17)
    expect(third.previous).toMatch(/\?limit=20&offset=20&cursor=/)
    expect(ids((await alice.get(third.previous)).body)).toEqual(ids(second))
    expect(ids((await alice.get(second.previous)).body)).toEqual(ids(first))
  })

  test('keeps the other parts of the question in its links', async () => {
    const { body } = await alice.get('/user/?limit=2&search=fan&ordering=-username&nonsense=1')
    expect(body.next).toContain('&search=fan&ordering=-username')
    expect((await alice.get(body.next)).body.results[0].username < body.results[1].username).toBe(true)
  })

  test('reached by a bare offset is the page reached by walking', async () => {
    const whole = ids((await alice.get(`${path}?limit=100`)).body)
    for (const offset of [0, 1, 20, 56, 57, 500])
      expect(ids((await alice.get(`${path}?limit=10&offset=${offset}`)).body)).toEqual(whole.slice(offset, offset + 10))
    const beyond = (await alice.get(`${path}?limit=10&offset=500`)).body
    expect(beyond).toMatchObject({ count: 57, next: null, results: [] })
    expect(beyond.previous).toContain('offset=490')
  })

  test('walked by next meets every row once, whatever its length', async () => {
    for (const limit of [1, 2, 7, 19, 56, 57, 58]) {
      const { count, results } = await walk(alice, `${path}?limit=${limit}`)
      expect(count).toBe(57)
      expect(new Set(results.map(({ id }) => id)).size).toBe(57)
      expect(results).toHaveLength(57)
    }
  })

  test('walked while the list grows misses nothing that was there and repeats nothing', async () => {
    const before = ids((await alice.get(`${path}?limit=100`)).body)
    const first = (await alice.get(`${path}?limit=10`)).body
    await askAlice('late')
    const rest = await walk(alice, first.next)
    expect([...ids(first), ...rest.results.map(({ id }) => id)]).toEqual(before)
    expect((await alice.get(path)).body.count).toBe(58)
  })

  test('refuses the cursor of another list', async () => {
    const { next } = (await alice.get('/user/?limit=2&ordering=username')).body
    const cursor = new URL(next).searchParams.get('cursor')
    expect((await alice.get(`${path}?limit=2&cursor=${cursor}`)).status).toBe(400)
    expect((await alice.get(`/user/?limit=2&ordering=date_joined&cursor=${cursor}`)).status).toBe(400)
  })

  test('is where its offset says once that, or anything else of the question, is edited and the cursor left', async () => {
    const whole = ids((await alice.get(`${path}?limit=100`)).body)
    const { next } = (await alice.get(`${path}?limit=10`)).body
    const edited = (name: string, value: string) => {
      const url = new URL(next)
      url.searchParams.set(name, value)
      return alice.get(url.href)
    }
    for (const offset of [0, 5, 11, 30])
      expect(ids((await edited('offset', String(offset))).body), String(offset)).toEqual(
        whole.slice(offset, offset + 10),
      )
    expect(ids((await edited('limit', '3')).body)).toEqual(whole.slice(10, 13))
    expect(ids((await edited('_', '7')).body)).toEqual(whole.slice(10, 20))

    const byName = (await alice.get('/user/?limit=5&ordering=username')).body
    const other = new URL(byName.next)
    other.searchParams.set('ordering', '-username')
    const expected = (await alice.get('/user/?limit=5&offset=5&ordering=-username')).body
    expect(ids((await alice.get(other.href)).body)).toEqual(ids(expected))
  })

  test('goes on from its cursor when the offset beside it is left out', async () => {
    const first = (await alice.get(`${path}?limit=10`)).body
    const url = new URL(first.next)
    const whole = (await alice.get(url.href)).body
    url.searchParams.delete('offset')
    expect((await alice.get(url.href)).body).toEqual(whole)
  })

  test('goes on after names however long they are, in any script', async () => {
    for (const letter of ['日', '𝒳'])
      for (const n of [1, 2]) {
        const [someone] = await world.strangers()
        await someone.patch('/user/me/', { real_name: letter.repeat(letter.length > 1 ? 127 : 255), location: `${n}` })
      }
    const { count, results } = await walk(alice, '/user/?limit=1&ordering=-real_name')
    expect(results).toHaveLength(count)
  })

  test('of members is walked in every order', async () => {
    for (const field of ['id', 'username', 'real_name', 'date_joined', 'location']) {
      for (const ordering of [field, `-${field}`]) {
        const { count, results } = await walk(alice, `/user/?limit=9&ordering=${ordering}`)
        expect(new Set(results.map(({ id }) => id)).size, ordering).toBe(count)
        expect(results, ordering).toHaveLength(count)
      }
    }
  })

  test('of options and features is one, whole', async () => {
    const options = (await world.visitor.get('/dynamic_preference/')).body
    expect(options.next).toBeNull()
    expect(options.results).toHaveLength(options.count)
    const some = (await world.visitor.get('/dynamic_preference/?limit=50&offset=50')).body
    expect(some.results.map(({ id }: { id: number }) => id)).toEqual(
      options.results.slice(50, 100).map(({ id }: { id: number }) => id),
    )
    expect((await walk(world.visitor, '/feature/?limit=10')).results).toHaveLength(46)
  })
})

test('a page costs one statement, however long it is, and another for members who have changed', async () => {
  const statements = async (limit: number, before?: () => Promise<unknown>) => {
    await alice.get(`${path}?limit=${limit}`)
    await before?.()
    const sent = world.kith.db.ran.statements
    await alice.get(`${path}?limit=${limit}`)
    return world.kith.db.ran.statements - sent
  }
  // While somebody in this PostgreSQL writes who began before these rows were written, nothing of them is kept.
  const alone = async () => {
    const [now] = await world.db.query<{ id: string }>('select pg_current_xact_id()::text as id')
    const over = `select pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8 as is`
    await vi.waitFor(async () => expect(await world.db.query(over, [now?.id])).toEqual([{ is: true }]), 20_000)
  }
  await alone()
  expect([await statements(1), await statements(100)]).toEqual([1, 1])
  const change = async () => {
    await world.db.query(`update users set bio = 'Well' where username like 'fan%'`)
    await alone()
  }
  expect(await statements(100, change)).toBe(2)
})
