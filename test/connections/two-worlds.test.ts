import { afterAll, beforeAll, expect, test } from 'vitest'
import { endpoints } from '../../src/slices.ts'
import { inFull, within } from '../support/soak.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

/** Alice asks Bob to be connected. In one world he rejects her; in the other he does nothing. All else is the same. */
const worlds: { rejected: World; open: World } = {} as never

async function makeWorld(rejects: boolean): Promise<World> {
  const world = await createWorld()
  const { admin, alice, bob, carla, db } = world
  const dan = await world.join('dan')
  await admin.post('/category/', { name: 'News' })
  for (const [who, kind] of [
    [bob, 'status'],
    [bob, 'post'],
    [alice, 'discussion'],
    [dan, 'status'],
  ] as const) {
    const sent = { text: `Good morning, says ${who.username}`, title: 'Good morning', categories: [1] }
    expect((await who.post(`/${kind}/`, sent)).status).toBe(201)
  }
  for (const who of [alice, bob, carla]) {
    await who.post('/status/1/vote/')
    await who.post('/category/1/follow/')
  }
  await carla.post(`/user/${bob.id}/connection/request/`)
  await bob.post(`/user/${carla.id}/connection/accept/`)
  for (const other of [carla, bob, dan]) await alice.post(`/user/${other.id}/connection/request/`)
  await dan.post(`/user/${bob.id}/connection/request/`)
  if (rejects) expect((await bob.post(`/user/${alice.id}/connection/reject/`)).status).toBe(200)
  // Every act takes a number for its place, also one between others.
  else await db.query(`select nextval('relation_place')`)
  return world
}

beforeAll(async () => {
  worlds.rejected = await makeWorld(true)
  worlds.open = await makeWorld(false)
})

afterAll(async () => {
  await worlds.rejected.end()
  await worlds.open.end()
})

/** What was answered, but for the moment it was written and the address it was asked at. */
function neutral(text: string, world: World): string {
  return text
    .replaceAll(world.url, 'http://kith')
    .replace(/cursor=(\d+_[^_]+)_([\w-]+)/g, (_, where, key) => `cursor=${where}_${Buffer.from(key, 'base64url')}`)
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)/g, 'then')
}

const reads = endpoints.filter(({ method }) => method === 'GET')

const isOfMember = (path: string) => path.startsWith('/api/v2/user/')
/** What may show it first. Between the beginning and the end it is this that is read, and in the soak everything. */
const nearest = inFull ? reads : reads.filter(({ path }) => isOfMember(path))

/** Everything that somebody can read of these, by its address. */
async function readAll(world: World, who: Person, these: typeof reads): Promise<Record<string, string>> {
  const { alice, bob, carla } = world
  const read: Record<string, string> = {}
  for (const { path, declaration } of these) {
    const ofMember = isOfMember(path)
    const ids = !path.includes('{') ? [''] : ofMember ? [bob.id, alice.id, carla.id] : [1]
    const queries = declaration.returns.page ? ['', '?limit=1'] : ['']
    if (ofMember && declaration.returns.page)
      queries.push(path.includes('{') ? '?mutual=1' : '?search=b&ordering=-username')
    for (const id of ids)
      for (const query of queries) {
        const address = `${path.replace('/api/v2', '').replace(/\{\w+\}/, String(id))}${query}`
        const { status, text } = await who.get(address)
        read[address] = `${status} ${neutral(text, world)}`
      }
  }
  return read
}

const people = {
  alice: (world: World) => world.alice,
  carla: (world: World) => world.carla,
  'a visitor': (world: World) => world.visitor,
}

async function compareFor(names: (keyof typeof people)[], these = reads): Promise<void> {
  for (const name of names) {
    const who = people[name]
    const [rejected, open] = await Promise.all(
      [worlds.rejected, worlds.open].map((world) => readAll(world, who(world), these)),
    )
    expect(rejected, name).toEqual(open)
    expect(Object.keys(open as object).length).toBeGreaterThan(100)
  }
}

test(
  'whoever asked, and everybody else, reads the same whether they were rejected or not answered',
  async () => {
    await compareFor(['alice', 'carla', 'a visitor'])
  },
  within(120_000),
)

test(
  'whoever was rejected is answered as if they had not been, and reads the same afterwards',
  async () => {
    const { bob } = worlds.open
    for (const [act, body] of [
      [`/user/${bob.id}/connection/request/`],
      [`/user/${bob.id}/connection/accept/`],
      [`/user/${bob.id}/connection/reject/`],
      [`/user/${bob.id}/connection/remove/`],
      [`/user/${bob.id}/connection/cancel_reject/`],
      ['/user/connection/statuses/', { users: [bob.id] }],
      [`/user/${bob.id}/connection_requests/mark_seen/`],
      [`/user/${bob.id}/connection/cancel_request/`],
      [`/user/${bob.id}/connection/cancel_request/`],
      [`/user/${bob.id}/connection/request/`],
      [`/user/${bob.id}/connection/request/`],
    ] as [string, object?][]) {
      const answers = []
      for (const world of [worlds.rejected, worlds.open]) {
        const { status, text } = await world.alice.post(act, body)
        answers.push(`${status} ${neutral(text, world)}`)
      }
      expect(answers[0], act).toBe(answers[1])
    }
    await compareFor(['alice'], nearest)
  },
  within(120_000),
)

test('oneself and administrators see how many requests wait for an answer', async () => {
  const { rejected, open } = worlds
  for (const [world, waiting] of [
    [rejected, 1],
    [open, 2],
  ] as const) {
    const { admin, bob } = world
    expect((await bob.get('/user/me/')).body.connection_requests_received_counter).toBe(waiting)
    for (const who of [bob, admin]) {
      expect((await who.get(`/user/${bob.id}/`)).body.connection_requests_received_counter).toBe(waiting)
      expect((await who.get(`/user/${bob.id}/counters/`)).body.connection_requests_received).toBe(waiting)
    }
  }
})

test(
  'hiding and showing reveal nothing of it either, whoever of the two hides',
  async () => {
    // The one it matters to; everybody else at the end, and in the soak each time.
    const watching = inFull ? (['alice', 'carla', 'a visitor'] as const) : (['alice'] as const)
    for (const [hider, hidden] of [
      ['bob', 'alice'],
      ['alice', 'bob'],
    ] as const) {
      for (const { [hider]: who, [hidden]: whom } of [worlds.rejected, worlds.open])
        expect((await who.post(`/user/${whom.id}/hide/`)).status).toBe(204)
      await compareFor([...watching], nearest)
      const { bob } = worlds.open
      for (const act of [
        'connection/request',
        'connection/accept',
        'connection/reject',
        'connection/remove',
        'connection/cancel_reject',
        'connection_requests/mark_seen',
        'follow',
        ...(hider === 'alice' ? ['connection/cancel_request', 'connection/request'] : []),
      ]) {
        const answers = []
        for (const world of [worlds.rejected, worlds.open]) {
          const { status, text } = await world.alice.post(`/user/${bob.id}/${act}/`)
          answers.push(`${status} ${neutral(text, world)}`)
        }
        expect(answers[0], `${act} while ${hider} hides ${hidden}`).toBe(answers[1])
      }
      for (const { [hider]: who, [hidden]: whom } of [worlds.rejected, worlds.open])
        expect((await who.post(`/user/${whom.id}/hide/`)).status).toBe(204)
      if (inFull) await compareFor([...watching])
    }
    // Shown again, she asks again; and it still stands among the rejected in one world only.
    for (const world of [worlds.rejected, worlds.open])
      expect((await world.alice.post(`/user/${world.bob.id}/connection/request/`)).body).toEqual({
        connection_status: 'sent_connection_request',
      })
    await compareFor(['alice'])
    await compareFor(['carla', 'a visitor'], nearest)
    const rejected = async ({ bob }: World) => (await bob.get('/user/connection/requests/?rejected=1')).body.count
    expect([await rejected(worlds.rejected), await rejected(worlds.open)]).toEqual([1, 0])
  },
  within(120_000),
)
