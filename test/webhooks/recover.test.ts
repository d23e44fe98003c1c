import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { continueRecovery } from '../../src/webhooks/continue-recovery.ts'
import { type Answer, createWorld, type World } from '../support/world.ts'
import { addAttempts, addEndpoint, type Flags, type Made, waiting } from './endpoints.ts'

let world: World
let made: Flags

const hour = 3_600_000
const day = 24 * hour
/** When what is told here began: some days ago, at a full minute. */
const start = Math.floor(Date.now() / 60_000) * 60_000 - 10 * day

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())
beforeEach(async () => {
  await world.db.query('delete from webhook_recovery')
  await world.db.query('delete from event')
  made = await addEndpoint(world, { events: ['user.updated'] })
})

const path = (endpoint = made) => `/webhook/endpoint/${endpoint.id}/recover/`
const recover = (body: unknown, endpoint = made) => world.admin.post(path(endpoint), body)
/** The recoveries of the endpoint, as they are listed. */
const listed = async () => (await world.admin.get(path())).body
const underWay = async () => (await listed()).results.filter(({ done }: { done: boolean }) => !done)

/** Tells events as they might have been told in the past: by minutes since the start. */
async function tell(
  minutes: number[],
  { type = 'user.updated', audience = null as number | null } = {},
): Promise<number[]> {
  const rows = await world.db.query<{ id: number }>(
    `insert into event (id, type, created, body, txid, audience)
     select nextval('event_id'), $1, to_timestamp($2) + m * interval '1 minute', '{}', '1', $3
     from unnest($4::float8[]) with ordinality told(m, n) order by n returning id`,
    [type, start / 1000, audience, minutes],
  )
  return rows.map(({ id }) => id)
}

const attempted = (attempts: (Omit<Made, 'sent'> & { at?: number })[], endpoint = made) =>
  addAttempts(
    world,
    endpoint.id,
    attempts.map(({ at = 0, ...each }) => ({ ...each, sent: start + at * 60_000 })),
  )

/** The lane of the endpoint has done everything that was told, but for holes. */
const caughtUp = (holes: number[] = [], last?: number) =>
  world.db.query(
    `update webhook_lane set position = coalesce($2, (select max(id) from event)), holes = $3::int8multirange where endpoint_id = $1`,
    [made.id, last, `{${holes.map((id) => `[${id},${id}]`).join(',')}}`],
  )

const version = async () =>
  ((await world.db.query<{ version: number }>('select version from webhook_listening'))[0] as { version: number })
    .version

/** Looks through everything, and gives what was queued. */
async function runAll(batch = 3): Promise<number[]> {
  let queued = 0
  for (let done = false; !done; ) {
    const step = await continueRecovery(world.db, made.id, batch, new Date())
    queued += step.queued
    done = step.done
  }
  const rows = await waiting(world, made.id)
  const fresh = rows.filter(({ replay, run, attempts }) => replay && run === 1 && attempts === 0)
  expect(fresh).toHaveLength(queued)
  return fresh.map(({ event_id }) => event_id)
}

const complaint = ({ status, body }: Answer) => {
  const [error] = body.errors
  return [status, error.field ?? error.code, error.messages?.[0].message ?? error.message]
}

describe('a recovery', () => {
  test('is begun once, shown while it is under way, and kept with its count when it is done', async () => {
    const [first = 0, last = 0] = await tell([0, 1])
    expect(await listed()).toEqual({ count: 0, next: null, previous: null, results: [] })
    const answer = await recover({ since: start / 1000 })
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        id: expect.any(Number),
        kind: 'failed',
        since: new Date(start).toISOString().replace('Z', '000+00:00'),
        until: last,
        queued: 0,
        done: false,
        ended_at: null,
      },
    ])
    expect(await listed()).toMatchObject({ count: 1, results: [answer.body] })
    expect(complaint(await recover({ since: 0, kind: 'failed' }))).toEqual([
      400,
      'under_way',
      'A recovery of this kind is under way for this endpoint. Wait until GET on this address shows it as done.',
    ])
    await attempted([{ event: first, code: 500 }])
    expect(await continueRecovery(world.db, made.id, 1, new Date())).toEqual({ queued: 1, done: false })
    expect(await underWay()).toEqual([{ ...answer.body, queued: 1 }])
    expect(await continueRecovery(world.db, made.id, 1, new Date())).toEqual({ queued: 0, done: false })
    expect(await continueRecovery(world.db, made.id, 1, new Date())).toEqual({ queued: 0, done: true })
    const ended = { ...answer.body, queued: 1, done: true, ended_at: expect.stringMatching(/^20.*\+00:00$/) }
    expect(await listed()).toEqual({ count: 1, next: null, previous: null, results: [ended] })
    expect((await world.admin.get(`${path()}${answer.body.id}/`)).body).toEqual(ended)
    const again = await recover({ since: start / 1000 })
    expect(again.status).toBe(200)
    expect(await listed()).toMatchObject({ count: 2, results: [again.body, ended] })
  })

  test('that has ended is kept among the last hundred of its endpoint', async () => {
    const other = await addEndpoint(world)
    for (const [{ id }, before] of [
      [made, 0],
      [other, 100],
    ] as const)
      await world.db.query(
        `insert into webhook_recovery_ended
         select -n - $2, $1, 'all', now(), now(), 1, n, now() from generate_series(1, 100) n`,
        [id, before],
      )
    const { body } = await recover({ since: start / 1000 })
    await continueRecovery(world.db, made.id, 10, new Date())
    const all = async (endpoint: Flags) =>
      (await world.admin.get(`${path(endpoint)}?limit=100`)).body.results.map(({ id }: Flags) => id)
    expect(await all(made)).toEqual([body.id, ...Array.from({ length: 99 }, (_, i) => -i - 1)])
    expect(await all(other)).toHaveLength(100)
    expect((await world.admin.get(`${path(made)}${body.id}/`)).status).toBe(200)
    expect((await world.admin.get(`${path(other)}${body.id}/`)).status).toBe(404)
  })

  test('is shown page by page, those under way first', async () => {
    for (const kind of ['failed', 'missed', 'all']) await recover({ since: start / 1000, kind })
    await continueRecovery(world.db, made.id, 10, new Date())
    const first = (await world.admin.get(`${path()}?limit=2`)).body
    expect(first.results.map(({ kind, done }: { kind: string; done: boolean }) => [kind, done])).toEqual([
      ['all', false],
      ['missed', false],
    ])
    const second = (await world.admin.get(first.next.replace(/^.*\/api\/v2/, ''))).body
    expect(second.results.map(({ kind, done }: { kind: string; done: boolean }) => [kind, done])).toEqual([
      ['failed', true],
    ])
  })

  test('of another kind, or of another endpoint, may be under way as well', async () => {
    const other = await addEndpoint(world)
    const answers = await Promise.all([
      ...['failed', 'missed', 'all'].map((kind) => recover({ since: start / 1000, kind })),
      recover({ since: start / 1000 }, other),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(await underWay()).toHaveLength(3)
  })

  test('begun by many at once is begun by one', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => recover({ since: start / 1000 })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400, 400])
  })

  test('takes the moment as a time or as seconds', async () => {
    const since = async (sent: unknown): Promise<string> => {
      const answer = await recover({ since: sent })
      await world.db.query('delete from webhook_recovery')
      return answer.body.since
    }
    for (const [sent, read] of [
      ['2026-01-31T12:34:56Z', '2026-01-31T12:34:56.000000+00:00'],
      ['2026-01-31T12:34:56.123456Z', '2026-01-31T12:34:56.123456+00:00'],
      ['2026-01-31T12:34:56.123456+00:00', '2026-01-31T12:34:56.123456+00:00'],
      ['2026-01-31T12:34:56.5+0200', '2026-01-31T10:34:56.500000+00:00'],
      ['2026-01-31 12:34', '2026-01-31T12:34:00.000000+00:00'],
      ['2024-02-29', '2024-02-29T00:00:00.000000+00:00'],
      [' 2024-02-29t00:00:00z ', '2024-02-29T00:00:00.000000+00:00'],
      [1_769_862_896, '2026-01-31T12:34:56.000000+00:00'],
      [1_769_862_896.123456, '2026-01-31T12:34:56.123456+00:00'],
      ['1769862896.25', '2026-01-31T12:34:56.250000+00:00'],
      [0, '1970-01-01T00:00:00.000000+00:00'],
    ])
      expect([sent, await since(sent)]).toEqual([sent, read])
  })

  test('refuses moments it cannot read, and those that lie ahead', async () => {
    const unread = 'Send a time as 2026-01-31T12:00:00Z, or seconds since 1970.'
    for (const sent of [
      'yesterday',
      '2026-02-30',
      '2026-13-01',
      '2026-01-31T25:00:00Z',
      '2026-01-31T12:60:00Z',
      '2026-01-31T12:00:00+99:00',
      '2026-1-1',
      '1969-12-31T23:59:59Z',
      true,
      [],
      {},
      [[2026]],
    ])
      expect([sent, ...complaint(await recover({ since: sent }))]).toEqual([sent, 400, 'since', unread])
    for (const sent of ['a\u0000', '\ud800', '', 'x'.repeat(51), -1, 1e12, 1e300, '9'.repeat(50)])
      expect([sent, ...complaint(await recover({ since: sent })).slice(0, 2)]).toEqual([sent, 400, 'since'])
    expect(complaint(await recover({ since: Date.now() / 1000 + 60 }))).toEqual([
      400,
      'since',
      'This lies in the future. Send a time before now.',
    ])
    expect(complaint(await recover({}))).toEqual([400, 'since', 'This field is required.'])
    expect(complaint(await recover({ since: 0, kind: 'lost' }))).toEqual([
      400,
      'kind',
      'Send one of: failed, missed, all.',
    ])
    expect(await underWay()).toEqual([])
  })

  test('is for administrators, and for endpoints that are there', async () => {
    expect((await world.alice.post(path(), { since: 0 })).status).toBe(403)
    expect((await world.visitor.get(path())).status).toBe(401)
    const nobody = { ...made, id: made.id + 1000 }
    expect((await recover({ since: 0 }, nobody)).status).toBe(404)
    expect((await world.admin.get(path(nobody))).status).toBe(404)
    expect((await world.admin.get(`${path(nobody)}1/`)).status).toBe(404)
    expect((await world.alice.get(`${path()}1/`)).status).toBe(403)
    expect(await continueRecovery(world.db, nobody.id, 5, new Date())).toEqual({ queued: 0, done: true })
  })

  test('begins before the first event since the moment, though some were told out of time and some ids are missing', async () => {
    let seed = 7
    const random = () => {
      seed = (seed * 16_807) % 2_147_483_647
      return seed / 2_147_483_647
    }
    const minutes = Array.from({ length: 400 }, (_, i) => i * 3 - (random() < 0.2 ? random() * 6 : 0))
    await tell(minutes)
    await world.db.query('delete from event where id % 3 = 0 or id % 100 between 20 and 60')
    const events = await world.db.query<{ id: number; at: number }>(
      `select id, (extract(epoch from created) - $1)::float8 / 60 as at from event order by id`,
      [start / 1000],
    )
    for (const since of [-100, 0, 1, 59, 600.5, 601, 733, 1190, 1196, 1199, 5000]) {
      await recover({ since: start / 1000 + since * 60 })
      const [row] = await world.db.query<{ position: number }>('delete from webhook_recovery returning position')
      const position = row?.position as number
      expect([since, events.filter(({ id, at }) => at >= since && id <= position)]).toEqual([since, []])
      // And not much before.
      expect(events.filter(({ id, at }) => id > position && at < since - 20).length, String(since)).toBe(0)
    }
  })
})

describe('what failed', () => {
  test('is what failed at its last attempt and is not to be retried', async () => {
    const ids = await tell([0, 1, 2, 3, 4, 5, 6, 7, 8])
    const [
      ok = 0,
      failed = 0,
      unanswered = 0,
      recovered = 0,
      lapsed = 0,
      pending = 0,
      untried = 0,
      redirected = 0,
      late = 0,
    ] = ids
    await attempted([
      { event: ok },
      { event: failed, code: 500 },
      { event: unanswered, code: null },
      { event: recovered, code: 500, retry: start, at: 10 },
      { event: recovered, code: 204, at: 11 },
      { event: lapsed, at: 10 },
      { event: lapsed, code: 410, at: 11 },
      { event: pending, code: 500, retry: start + hour },
      { event: redirected, code: 301 },
      // Days later, and after another that was fine.
      { event: late, at: 100 },
      { event: late, code: 503, at: 5 * 24 * 60 },
    ])
    const other = await addEndpoint(world)
    await attempted(
      [
        { event: ok, code: 500 },
        { event: untried, code: 500 },
      ],
      other,
    )
    await attempted([{ event: failed, at: 20 }], other)
    await world.db.query('insert into webhook_delivery values ($1, $2, false, 0, 1, now())', [made.id, pending])
    await recover({ since: start / 1000 })
    expect(await runAll()).toEqual([failed, unanswered, lapsed, redirected, late])
    expect(await waiting(world, other.id)).toEqual([])
    expect(await waiting(world, made.id)).toContainEqual({ event_id: pending, replay: false, run: 0, attempts: 1 })
  })

  test('is of any type, and since the moment only', async () => {
    const ids = await tell([0, 1, 2, 3], { type: 'vote.created' })
    await attempted(ids.map((event) => ({ event, code: 500 })))
    await recover({ since: new Date(start + 60_000).toISOString() })
    expect(await runAll()).toEqual(ids.slice(1))
  })

  test('is looked for up to the last event there was, not beyond', async () => {
    const before = await tell([0])
    await recover({ since: start / 1000 })
    const after = await tell([1])
    await attempted([...before, ...after].map((event) => ({ event, code: 500 })))
    expect(await runAll(1)).toEqual(before)
  })
})

describe('what was missed', () => {
  test('is what was told while nobody listened, of the types listened to now', async () => {
    const before = await tell([0, 1])
    await tell([2], { type: 'user.deleted' })
    const covered = await tell([3], { audience: await version() })
    await attempted(covered.map((event) => ({ event })))
    await world.admin.patch(`/webhook/endpoint/${made.id}/`, { is_active: false })
    const meanwhile = await tell([4, 5], { audience: await version() })
    const [replayed] = await tell([6])
    const [pending] = await tell([7])
    await attempted([{ event: replayed as number, code: 500, at: 60 }])
    await world.db.query('insert into webhook_delivery values ($1, $2, true, 3, 1, now())', [made.id, pending])
    await world.admin.patch(`/webhook/endpoint/${made.id}/`, { is_active: true })
    await caughtUp()
    await recover({ since: start / 1000, kind: 'missed' })
    expect(await runAll()).toEqual([...before, ...meanwhile])
    // The second time there is nothing left to queue.
    await recover({ since: start / 1000, kind: 'missed' })
    expect(await continueRecovery(world.db, made.id, 100, new Date())).toEqual({ queued: 0, done: true })
  })

  test('is not what the lane has yet to deliver', async () => {
    const audience = await version()
    const [done, hole] = await tell([0, 1], { audience })
    const [unheard] = await tell([2])
    const ahead = await tell([3, 4], { audience })
    await attempted([{ event: done as number }])
    await caughtUp([hole as number], unheard)
    await tell([5])
    const [last] = await world.db.query<{ id: number }>('select max(id) as id from event')
    await recover({ since: start / 1000, kind: 'missed' })
    // Beyond the lane's position only what it will pass by.
    expect(await runAll()).toEqual([unheard, last?.id])
    expect(ahead).toHaveLength(2)
  })

  test('is not what was listened to so long ago that its attempts are gone', async () => {
    const audience = await version()
    const [long] = await tell([-60 * 24 * 40], { audience })
    const [never] = await tell([-60 * 24 * 39])
    const [kept] = await tell([1], { audience })
    const [sent] = await tell([2], { audience })
    await attempted([{ event: sent as number }])
    await caughtUp()
    await recover({ since: 0, kind: 'missed' })
    expect(await runAll()).toEqual([never, kept])
    expect(long).toBeLessThan(never as number)
  })
})

test('all is everything of the types listened to now that the lane has done with', async () => {
  const audience = await version()
  const [sent, failed, hole] = await tell([0, 1, 2], { audience })
  await tell([3], { type: 'user.deleted', audience })
  const [unheard] = await tell([4])
  await caughtUp([hole as number])
  await tell([5], { audience })
  await attempted([{ event: sent as number }, { event: failed as number, code: 500 }])
  await recover({ since: start / 1000, kind: 'all' })
  expect(await runAll()).toEqual([sent, failed, unheard])
})

describe('going on', () => {
  test('by two at once queues everything once, and counts it', async () => {
    const ids = await tell(Array.from({ length: 40 }, (_, i) => i))
    await attempted(ids.map((event) => ({ event, code: 500 })))
    await recover({ since: start / 1000 })
    const steps: { queued: number; done: boolean }[] = []
    const go = async () => {
      for (let done = false; !done; ) {
        const step = await continueRecovery(world.db, made.id, 3, new Date())
        steps.push(step)
        done = step.done
      }
    }
    await Promise.all([go(), go(), go()])
    expect(steps.reduce((sum, { queued }) => sum + queued, 0)).toBe(40)
    expect((await waiting(world, made.id)).map(({ event_id }) => event_id)).toEqual(ids)
    expect(await underWay()).toEqual([])
  })

  test('takes the recoveries of an endpoint one after the other', async () => {
    const ids = await tell([0, 1])
    await caughtUp()
    await recover({ since: start / 1000, kind: 'failed' })
    await recover({ since: start / 1000, kind: 'all' })
    expect(await continueRecovery(world.db, made.id, 100, new Date())).toEqual({ queued: 0, done: false })
    expect(await continueRecovery(world.db, made.id, 100, new Date())).toEqual({ queued: 2, done: true })
    expect((await waiting(world, made.id)).map(({ event_id }) => event_id)).toEqual(ids)
  })

  test('ends with the endpoint', async () => {
    await tell([0, 1])
    await caughtUp()
    await recover({ since: start / 1000, kind: 'all' })
    await world.admin.delete(`/webhook/endpoint/${made.id}/`)
    expect(await continueRecovery(world.db, made.id, 100, new Date())).toEqual({ queued: 0, done: true })
    expect(await waiting(world, made.id)).toEqual([])
  })
})
