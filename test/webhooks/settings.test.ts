import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createWorld, type World } from '../support/world.ts'
import { addEndpoint, type Flags } from './endpoints.ts'

let world: World
let made: Flags

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())
beforeEach(async () => {
  made = await addEndpoint(world)
})

const path = () => `/webhook/endpoint/${made.id}/delivery/`
const get = async () => (await world.admin.get(path())).body
const patch = (body: unknown) => world.admin.patch(path(), body)
const lane = (set: string) => world.db.query(`update webhook_lane set ${set} where endpoint_id = $1`, [made.id])
const fresh = {
  rate_limit: null,
  concurrency: null,
  standard_headers: false,
  state: 'healthy',
  failures: 0,
  failing_since: null,
  succeeded_at: null,
  probe_at: null,
  pending_retries: 0,
  behind_at_most: 0,
  attempts: 0,
}

describe('the delivery of an endpoint', () => {
  test('begins with nothing set and nothing wrong', async () => {
    const answer = await world.admin.get(path())
    expect([answer.status, answer.body]).toEqual([200, fresh])
    expect((await world.alice.get(path())).status).toBe(403)
    expect((await world.visitor.patch(path(), {})).status).toBe(401)
    expect((await world.admin.get(`/webhook/endpoint/${made.id + 1}/delivery/`)).status).toBe(404)
    expect((await world.admin.patch(`/webhook/endpoint/${made.id + 1}/delivery/`, { concurrency: 1 })).status).toBe(404)
  })

  test('is set field by field, and set back by null', async () => {
    expect((await patch({ rate_limit: 50 })).body).toEqual({ ...fresh, rate_limit: 50 })
    expect((await patch({ concurrency: 256, standard_headers: true })).body).toEqual({
      ...fresh,
      rate_limit: 50,
      concurrency: 256,
      standard_headers: true,
    })
    expect((await patch({ rate_limit: null, concurrency: null })).body).toEqual({ ...fresh, standard_headers: true })
  })

  test('is a change of the endpoint, with a version, unless it changes nothing', async () => {
    const version = async () =>
      (
        await world.db.query<{ now: number; of: number }>(
          `select l.version as now, w.version as of from webhook_listening l, webhook_endpoint w where w.id = $1`,
          [made.id],
        )
      )[0]
    const { now = 0 } = (await version()) ?? {}
    world.pass(1_000)
    await patch({ rate_limit: 5 })
    expect(await version()).toEqual({ now: now + 1, of: now + 1 })
    const changed: Flags = (await world.admin.get(`/webhook/endpoint/${made.id}/`)).body
    expect(Date.parse(changed.updated_at)).toBeGreaterThan(Date.parse(made.updated_at))
    expect((await patch({ rate_limit: 5, concurrency: null, standard_headers: false })).status).toBe(200)
    expect((await patch({})).status).toBe(200)
    expect(await version()).toEqual({ now: now + 1, of: now + 1 })
    expect(await world.db.query('select until from webhook_span where endpoint_id = $1', [made.id])).toEqual([
      { until: null },
    ])
  })

  test('refuses what makes no sense, and changes nothing then', async () => {
    for (const [field, values] of Object.entries({
      rate_limit: [0, -1, 1.5, 1_000_001, 1e300, 'fast', [], {}, '9'.repeat(40)],
      concurrency: [0, 257, 'many', [1, 2], {}],
      standard_headers: ['perhaps', 3, [], {}],
    }))
      for (const value of values) {
        const answer = await patch({ standard_headers: true, rate_limit: 7, [field]: value })
        expect([field, value, answer.status, answer.body.errors?.[0].field]).toEqual([field, value, 400, field])
      }
    expect((await patch({ concurrency: 257 })).body.errors[0].messages[0].message).toBe(
      'Send a whole number from 1 to 256, or null.',
    )
    expect(await get()).toEqual(fresh)
    // What is shown beside the settings is not set.
    expect((await patch({ failures: 3, state: 'paused', attempts: 9 })).body).toEqual(fresh)
  })

  test('tells how it goes', async () => {
    await lane(`failures = 6, failing_since = '2026-01-02T03:04:05.678901Z', succeeded_at = '2026-01-01T00:00:00Z',
      attempts = 12`)
    expect(await get()).toMatchObject({
      state: 'failing',
      failures: 6,
      failing_since: '2026-01-02T03:04:05.678901+00:00',
      succeeded_at: '2026-01-01T00:00:00.000000+00:00',
      probe_at: null,
      attempts: 12,
    })
    await lane(`paused = true, probe_at = '2026-01-03T00:00:00Z'`)
    expect(await get()).toMatchObject({ state: 'paused', probe_at: '2026-01-03T00:00:00.000000+00:00' })
    await world.admin.patch(`/webhook/endpoint/${made.id}/`, { is_active: false })
    expect(await get()).toMatchObject({ state: 'inactive', failures: 6 })
  })

  test('tells how much is waiting, up to ten thousand, and how far it is behind', async () => {
    const add = (from: number, to: number) =>
      world.db.query(
        `insert into webhook_delivery select $1, g, false, 0, 1, now() from generate_series($2::int, $3::int) g`,
        [made.id, from, to],
      )
    await add(1, 3)
    await world.alice.post(`/user/${world.bob.id}/connection/request/`)
    await world.bob.post(`/user/${world.alice.id}/connection/accept/`)
    expect(await get()).toMatchObject({ pending_retries: 3, behind_at_most: 4 })
    await add(4, 10_005)
    await lane('position = 1000000')
    expect(await get()).toMatchObject({ pending_retries: 10_000, behind_at_most: 0 })
  })
})
