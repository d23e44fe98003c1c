import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, createWorld, type World, walk } from '../support/world.ts'
import { addAttempts, addEndpoint, type Flags, type Made } from './endpoints.ts'

let world: World
let made: Flags
let event: { id: number; type: string; created: string; body: string }

const day = 86_400_000
const noon = Date.parse('2026-03-10T12:00:00Z')

beforeAll(async () => {
  world = await createWorld()
  const [row] = await world.db.query<typeof event>(
    'select id, type, created, body::text as body from event order by id desc limit 1',
  )
  event = row as typeof event
})
afterAll(() => world.end())

const list = async (query = '', endpoint = made) =>
  (await world.admin.get(`/webhook/endpoint/${endpoint.id}/attempt/${query}`)).body

type Attempt = { id: number; sent_at: string; next_retry: string | null }

describe('an attempt', () => {
  test('shows what was sent, byte for byte, and what was answered', async () => {
    made = await addEndpoint(world)
    await addAttempts(world, made.id, [{ event: event.id, sent: noon + 678 }])
    const page = await list()
    expect([page.count, page.next, page.previous]).toEqual([1, null, null])
    const [attempt] = page.results
    expect(Object.keys(attempt)).toEqual([
      'id',
      'created_at',
      'event',
      'sent_at',
      'http_request_body',
      'http_request_signature_header',
      'http_response_code',
      'http_response_body',
      'next_retry',
    ])
    const v = Array.from({ length: 32 }, (_, i) => (event.id + i).toString(16).padStart(2, '0')).join('')
    expect(attempt).toEqual({
      id: expect.any(Number),
      created_at: '2026-03-10T12:00:00.678000+00:00',
      event: { type: 'user.created', added_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}\+00:00$/) },
      sent_at: '2026-03-10T12:00:00.678000+00:00',
      http_request_body: event.body,
      http_request_signature_header: `t=${noon / 1000},v1=${v},v0=${v}`,
      http_response_code: 200,
      http_response_body: 'OK "then"',
      next_retry: null,
    })
    expect(Date.parse(attempt.event.added_at) / 1000).toBeCloseTo(JSON.parse(event.body).created, 2)
  })

  test('under two secrets shows both signatures, the present one under v0 too', async () => {
    made = await addEndpoint(world)
    await addAttempts(world, made.id, [{ event: event.id, sent: noon, secrets: 2 }])
    const header = (await list()).results[0].http_request_signature_header
    const [, first, second, last] = /^t=\d{10},v1=([\da-f]{64}),v1=([\da-f]{64}),v0=([\da-f]{64})$/.exec(header) ?? []
    expect(last).toBe(first)
    expect(second).not.toBe(first)
  })

  test('without an answer has no code, and says when it is made again', async () => {
    made = await addEndpoint(world)
    await addAttempts(world, made.id, [{ event: event.id, sent: noon, code: null, retry: noon + 5_000 }])
    expect((await list()).results[0]).toMatchObject({
      http_response_code: null,
      http_response_body: 'The receiver did not answer.',
      next_retry: '2026-03-10T12:00:05.000000+00:00',
    })
  })
})

describe('the list of attempts', () => {
  /** Attempts over five days, a third of them to be made again, some at the very same moment. */
  const attempts: Made[] = Array.from({ length: 120 }, (_, i) => {
    const sent = noon + ((i * 37) % 100) * (day / 20)
    const fails = i % 3 === 0
    return { event: 0, sent, code: fails ? 500 : 200, retry: fails && i % 2 ? sent + 5_000 * (i % 5) : null }
  })

  beforeAll(async () => {
    made = await addEndpoint(world)
    await addAttempts(
      world,
      made.id,
      attempts.map((each) => ({ ...each, event: event.id })),
    )
    const other = await addEndpoint(world)
    await addAttempts(world, other.id, [{ event: event.id, sent: noon + day }])
  })

  const all = async () =>
    (await world.db.query<Attempt>(
      `select id, extract(epoch from sent_at)::text as sent_at, extract(epoch from next_retry)::text as next_retry
       from webhook_attempt where endpoint_id = $1`,
      [made.id],
    )) as Attempt[]

  const by =
    (field: 'sent_at' | 'next_retry', descending: boolean) =>
    (a: Attempt, b: Attempt): number =>
      (Number(a[field]) - Number(b[field]) || a.id - b.id) * (descending ? -1 : 1)

  /** As the orderings are meant. */
  function sorted(rows: Attempt[], ordering: string): number[] {
    const descending = ordering.startsWith('-')
    if (!ordering.endsWith('next_retry')) return rows.toSorted(by('sent_at', descending)).map(({ id }) => id)
    const retried = rows.filter((row) => row.next_retry !== null).sort(by('next_retry', descending))
    const rest = rows.filter((row) => row.next_retry === null).sort(by('sent_at', true))
    return [...retried, ...rest].map(({ id }) => id)
  }

  test.each(['created_at', '-created_at', 'sent_at', '-sent_at', 'next_retry', '-next_retry'])(
    'is walked by %s, forward and back, from wherever one is',
    async (ordering) => {
      const expected = sorted(await all(), ordering)
      const { count, results } = await walk(
        world.admin,
        `/webhook/endpoint/${made.id}/attempt/?limit=7&ordering=${ordering}`,
      )
      expect(count).toBe(120)
      expect(results.map(({ id }) => id)).toEqual(expected)

      let at = await list(`?limit=7&offset=119&ordering=${ordering}`)
      expect(at.results.map(({ id }: Attempt) => id)).toEqual(expected.slice(119))
      at = await list(`?limit=7&ordering=${ordering}`)
      while (at.next) at = (await world.admin.get(at.next)).body
      const back: number[] = []
      for (; at; at = at.previous && (await world.admin.get(at.previous)).body)
        back.unshift(...at.results.map(({ id }: Attempt) => id))
      expect(back).toEqual(expected)

      for (const offset of [0, 13, 20, 25, 77])
        expect(
          (await list(`?limit=9&offset=${offset}&ordering=${ordering}`)).results.map(({ id }: Attempt) => id),
        ).toEqual(expected.slice(offset, offset + 9))
      const past = await list(`?offset=100000&ordering=${ordering}`)
      expect([past.count, past.results, past.next]).toEqual([120, [], null])
    },
  )

  test('shows the last sent first', async () => {
    expect((await list()).results.map(({ id }: Attempt) => id)).toEqual(sorted(await all(), '-created_at').slice(0, 20))
  })

  test('counts what is kept, without counting', async () => {
    await world.db.query('update webhook_lane set attempts = 12345678 where endpoint_id = $1', [made.id])
    expect((await list('?limit=1')).count).toBe(12_345_678)
    await world.db.query('update webhook_lane set attempts = 120 where endpoint_id = $1', [made.id])
  })

  test('can be of one event', async () => {
    const [alice, bob] = await world.strangers()
    await alice.post(`/user/${bob.id}/connection/request/`)
    const [told] = await world.db.query<{ id: number }>('select max(id) as id from event')
    const id = told?.id as number
    const now = Date.now()
    await addAttempts(world, made.id, [
      { event: id, sent: now, code: 500, retry: now + 5_000 },
      { event: id, sent: now + 5_000, code: null, retry: now + 30_000 },
      { event: id, sent: now + 30_000 },
    ])
    const codes = async (query: string) =>
      (await walk(world.admin, `/webhook/endpoint/${made.id}/attempt/?limit=1&event=${id}${query}`)).results.map(
        (each) => (each as unknown as { http_response_code: number }).http_response_code,
      )
    expect(await codes('')).toEqual([200, null, 500])
    expect(await codes('&ordering=created_at')).toEqual([500, null, 200])
    expect(await codes('&ordering=-next_retry')).toEqual([null, 500, 200])
    expect((await list(`?event=${id}`)).count).toBe(3)
    expect(await list('?event=123456789')).toMatchObject({ count: 0, results: [] })
    expect((await list(`?event=${id}`, await addEndpoint(world))).count).toBe(0)
    await world.db.query('delete from webhook_attempt where event_id = $1', [id])
    await world.db.query('update webhook_lane set attempts = 120 where endpoint_id = $1', [made.id])
  })

  test('is there before anything was sent, and before there is a day to keep it', async () => {
    const other = await createWorld()
    const empty = await addEndpoint(other)
    for (const query of ['', '?ordering=next_retry', '?ordering=created_at', '?event=1'])
      expect((await other.admin.get(`/webhook/endpoint/${empty.id}/attempt/${query}`)).body).toEqual({
        count: 0,
        next: null,
        previous: null,
        results: [],
      })
    await other.end()
  })

  test('refuses other orderings, other cursors, other people, and endpoints nobody has', async () => {
    const path = `/webhook/endpoint/${made.id}/attempt/`
    const refused = async (query: string) => {
      const { status, body }: Answer = await world.admin.get(`${path}${query}`)
      return [status, body.errors[0].field, body.errors[0].messages[0].message]
    }
    expect(await refused('?ordering=id')).toEqual([
      400,
      'ordering',
      'Send one of: created_at, sent_at, next_retry, -created_at, -sent_at, -next_retry.',
    ])
    const { next } = await list('?limit=1')
    const cursor = new URL(next).searchParams.get('cursor')
    expect((await refused(`?ordering=next_retry&cursor=${cursor}`))[1]).toBe('cursor')
    for (const [query, field] of [
      ['?cursor=nonsense', 'cursor'],
      ['?event=x', 'event'],
      ['?event=0', 'event'],
      ['?event=99999999999999999999', 'event'],
      ['?limit=0', 'limit'],
      ['?offset=-1', 'offset'],
    ])
      expect([query, ...(await refused(query as string)).slice(0, 2)]).toEqual([query, 400, field])
    expect((await world.alice.get(path)).status).toBe(403)
    expect((await world.visitor.get(path)).status).toBe(401)
    expect((await world.admin.get(`/webhook/endpoint/${made.id + 1000}/attempt/`)).status).toBe(404)
  })
})

test('a page of very many attempts opens no more than it needs', async () => {
  const other = await createWorld()
  const busy = await addEndpoint(other)
  const days = 5
  await addAttempts(
    other,
    busy.id,
    Array.from({ length: days }, (_, i) => ({ event: 1, sent: noon + i * day })),
  )
  await other.db.query(
    `insert into webhook_attempt
     select nextval('webhook_attempt_id'), $1, 1, to_timestamp($2) + g * interval '8 seconds', '\\x00', 500, '', 1,
       case when g % 20 = 0 then to_timestamp($2) + g * interval '9 seconds' end
     from generate_series(1, 40000) g`,
    [busy.id, noon / 1000],
  )
  await other.db.query('analyze webhook_attempt')
  const statements: { text: string; values: unknown[] }[] = []
  const query = other.db.query
  other.db.query = (text, values = []) => {
    if (text.includes('from webhook_attempt')) statements.push({ text, values })
    return query(text, values)
  }
  const path = `/webhook/endpoint/${busy.id}/attempt/?limit=5&offset=300&ordering=`
  for (const ordering of ['created_at', '-created_at', 'next_retry', '-next_retry']) {
    const first = (await other.admin.get(`${path}${ordering}`)).body
    const second = (await other.admin.get(first.next)).body
    expect((await other.admin.get(second.previous)).body.results, ordering).toEqual(first.results)
  }
  expect(statements).toHaveLength(12)
  for (const { text, values } of statements) {
    const rows = await query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
      `explain (analyze, timing off, format json) ${text}`,
      values,
    )
    const seen = touched(rows[0]?.['QUERY PLAN'][0].Plan as Plan)
    expect(seen, JSON.stringify(values)).toBeLessThan(1_500)
  }
  await other.end()
})

type Plan = {
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  Plans?: Plan[]
}

/** How many attempts a plan has looked at. */
const touched = (plan: Plan): number =>
  (plan['Relation Name']?.startsWith('webhook_attempt')
    ? (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops']
    : 0) + (plan.Plans ?? []).reduce((sum, each) => sum + touched(each), 0)
