import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { settleRestoredEvents, tallyEvents } from '../../src/eventlog/tally.ts'
import { emitRows } from '../../src/platform/events/emit.ts'
import { createWorld, type Told, type World } from '../support/world.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

const list = async (query: string) =>
  (await world.admin.get(`/events/${query}`)).body as { count: number; next: string | null; results: Told[] }

/** The log read forward from an event. Other transactions of the server, whosever they are, hold it up for a moment. */
const forward = (from: number) => async () =>
  (await list(`?since_id=${from}&limit=500`)).results.map(({ event_id }) => event_id)

/** Tells an event by hand, for a transaction that is left open. */
const slowEvent = emitRows('now()', `select 'user.updated' as type, '{}' as data`)

describe('the event log', () => {
  test('is for administrators', async () => {
    expect((await world.visitor.get('/events/')).status).toBe(401)
    expect((await world.alice.get('/events/')).status).toBe(403)
  })

  test('shows the envelopes exactly, the newest first', async () => {
    await world.alice.post(`/user/${world.bob.id}/connection/request/`)
    const { results, count } = await list('')
    expect(count).toBe(results.length)
    expect(results.map(({ type }) => type)).toEqual([
      'notification.connection_request',
      'connection_request.created',
      ...Array(4).fill('user.created'),
    ])
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
    expect(await types('?type=*')).toHaveLength(6)
    const newest = (await list('?limit=1')).results[0] as Told
    expect(await types(`?since=${newest.created}`)).toEqual([
      'notification.connection_request',
      'connection_request.created',
    ])
    const date = new Date(newest.created * 1000).toISOString()
    expect(await types(`?since=${date}`)).toContain(newest.type)
    expect(await types('?since=2999-01-01')).toEqual([])
    for (const query of ['?type=a%25', '?type=DROP', '?since_id=x', '?since=yesterday', '?limit=0'])
      expect((await world.admin.get(`/events/${query}`)).status, query).toBe(400)
  })

  test('is walked forward from the last event seen, 500 at most at a time', async () => {
    await expect.poll(forward(0)).toHaveLength((await list('')).count)
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
    await client.query(slowEvent)
    await world.alice.post(`/user/${world.carla.id}/connection/request/`)
    expect((await list(`?since_id=${last}`)).results).toEqual([])
    expect((await list('?limit=1')).results[0]).toMatchObject({ type: 'notification.connection_request' })
    await client.query('commit')
    client.release()
    await expect.poll(forward(last)).toEqual([last + 1, last + 2, last + 3])
  })

  test('walked forward misses nothing of a transaction that began later and took the lower id', async () => {
    const { pool } = world.db
    const last = ((await list('?limit=1')).results[0] as Told).event_id
    const [early, late] = [await pool.connect(), await pool.connect()]
    for (const client of [early, late]) await client.query('begin')
    await early.query('select pg_current_xact_id()')
    await late.query(slowEvent)
    await early.query(slowEvent)
    await early.query('commit')
    await expect.poll(forward(last)).toEqual([last + 2])
    await late.query('commit')
    for (const client of [early, late]) client.release()
    await expect.poll(forward(last + 2)).toEqual([last + 1])
    expect((await list('?limit=2')).results.map(({ event_id }) => event_id)).toEqual([last + 2, last + 1])
  })

  test('has the right length before and after it is tallied, from any place, for any type', async () => {
    const everything = async () => {
      const counts: unknown[] = []
      const [{ n } = { n: 0 }] = await world.db.query<{ n: number }>('select count(*)::int as n from event')
      for (const type of ['', '&type=user.*', '&type=connection_request.created']) {
        counts.push((await list(`?limit=500${type}`)).results.length === (await list(`?limit=1${type}`)).count)
        for (let id = 0; id <= n; id += 2) {
          const all = await list(`?since_id=${id}&limit=500${type}`)
          counts.push(all.results.length === all.count)
        }
      }
      return [counts.every(Boolean), (await list('?limit=1')).count === n]
    }
    expect(await everything()).toEqual([true, true])
    // Three blocks of transactions must have passed for the log to lie in three.
    await world.db.query(`do $$ begin
      create temp table burnt (i int);
      for i in 1..50000 loop begin insert into burnt values (i); exception when others then raise; end; end loop;
    end $$`)
    await world.db.query(
      `update event set txid = (case when id < 3 then 5 when id < 6 then 16500 else 40000 end)::text::xid8`,
    )
    await world.db.query(`update event_tallied set upto = 0`)
    expect(await everything()).toEqual([true, true])
    await world.db.query(
      `insert into event_tally select (txid::text::bigint >> 14), type, count(*) from event where id < 6 group by 1, 2`,
    )
    await world.db.query(`update event_tallied set upto = 2`)
    expect(await everything()).toEqual([true, true])
  })

  test('restored into another server, ahead of its time, is read forward at once', async () => {
    await world.db.query(`update event set txid = '9000000000'`)
    expect((await list('?since_id=0')).results).toEqual([])
    expect(await settleRestoredEvents(world.db)).toBe(true)
    expect(await settleRestoredEvents(world.db)).toBe(false)
    const { results, count } = await list('?since_id=0&limit=500')
    expect([results.length, results.length]).toEqual([count, (await list('')).count])
    await tallyEvents(world.db)
    expect((await list('')).count).toBe(count)
  })
})
