import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, type Told, type World } from '../support/world.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

const list = async (query: string) =>
  (await world.admin.get(`/events/${query}`)).body as { count: number; next: string | null; results: Told[] }

describe('the event log', () => {
  test('is for administrators', async () => {
    expect((await world.visitor.get('/events/')).status).toBe(401)
    expect((await world.alice.get('/events/')).status).toBe(403)
  })

  test('shows the envelopes exactly, the newest first', async () => {
    await world.alice.post(`/user/${world.bob.id}/connection/request/`)
    const { results, count } = await list('')
    expect(count).toBe(results.length)
    expect(results.map(({ type }) => type)).toEqual(['connection_request.created', ...Array(4).fill('user.created')])
    expect(Object.keys(results[0] as object)).toEqual(['event_id', 'type', 'created', 'data'])
    const text = (await world.admin.get('/events/?limit=1')).text
    const [stored] = await world.db.query<{ body: string }>(
      'select body::text as body from event order by id desc limit 1',
    )
    expect(text).toContain(stored?.body as string)
    expect(stored?.body).toMatch(/"created":\d+\.\d{6},/)
  })

  test('is filtered by type, by family, by several, and by time', async () => {
    const types = async (query: string) => (await list(query)).results.map(({ type }) => type)
    expect(await types('?type=connection_request.created')).toEqual(['connection_request.created'])
    expect(await types('?type=connection.*')).toEqual([])
    expect(await types('?type=user.*&type=connection_request.*')).toHaveLength(5)
    expect(await types('?type=user.created,connection_request.created')).toHaveLength(5)
    expect(await types('?type=*')).toHaveLength(5)
    const newest = (await list('?limit=1')).results[0] as Told
    expect(await types(`?since=${newest.created}`)).toEqual(['connection_request.created'])
    for (const query of ['?type=a%25', '?type=DROP', '?since_id=x', '?since=yesterday', '?limit=0'])
      expect((await world.admin.get(`/events/${query}`)).status, query).toBe(400)
  })

  test('is walked forward from the last event seen, 500 at most at a time', async () => {
    const first = await list('?since_id=0&limit=2')
    expect(first.results.map(({ event_id }) => event_id)).toEqual([1, 2])
    const second = (await world.admin.get(first.next as string)).body
    expect(second.results.map(({ event_id }: Told) => event_id)).toEqual([3, 4])
    expect((await list('?limit=9999')).next).toBeNull()
  })

  test('walked forward stops before a transaction that is still open, and then misses nothing of it', async () => {
    const { pool } = world.db
    const last = ((await list('?limit=1')).results[0] as Told).event_id
    const client = await pool.connect()
    await client.query('begin')
    // An event whose transaction is slow: it has its id, and nobody can see it.
    await client.query(`insert into event (id, type, created, body) select id, 'user.updated', now(),
      json_build_object('event_id', id, 'type', 'user.updated', 'created', 1, 'data', '{}'::json) from (select nextval('event_id') id) n`)
    await world.alice.post(`/user/${world.carla.id}/connection/request/`)
    expect((await list(`?since_id=${last}`)).results).toEqual([])
    expect((await list('?limit=1')).results[0]).toMatchObject({ type: 'connection_request.created' })
    await client.query('commit')
    client.release()
    expect((await list(`?since_id=${last}`)).results.map(({ type }) => type)).toEqual([
      'user.updated',
      'connection_request.created',
    ])
  })
})
