import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Answer, createWorld, type Person, type World } from '../support/world.ts'
import { addEndpoint, type Flags, waiting } from './endpoints.ts'

let world: World
let admin: Person
let made: Flags
let ids: number[]

beforeAll(async () => {
  world = await createWorld()
  admin = world.admin
  ids = (await world.db.query<{ id: number }>('select id from event order by id')).map(({ id }) => id)
})
afterAll(() => world.end())
beforeEach(async () => {
  made = await addEndpoint(world)
})

const resend = (body: unknown) => admin.post(`/webhook/endpoint/${made.id}/event/resend/`, body)
const bulk = (body: unknown) => admin.post(`/webhook/endpoint/${made.id}/event/resend/bulk/`, body)
const queued = (event_id: number | undefined, run = 1) => ({ event_id, replay: true, run, attempts: 0 })
const done = ({ status, text }: Answer) => [status, text]
const unknown = ({ headers }: Answer) => headers.get('x-kith-unknown-events')

describe('sending an event again', () => {
  test('queues it, and answers with nothing at all', async () => {
    const answer = await resend({ event: ids[0] })
    expect(done(answer)).toEqual([204, ''])
    expect([answer.headers.get('content-type'), unknown(answer)]).toEqual([null, null])
    expect(await waiting(world, made.id)).toEqual([queued(ids[0])])
    const [row] = await world.db.query<{ late: number }>(
      'select abs(extract(epoch from now() - due_at)) as late from webhook_delivery where endpoint_id = $1',
      [made.id],
    )
    expect(Number(row?.late)).toBeLessThan(5)
    expect(await world.told()).toEqual([])
  })

  test('takes the id by name, alone, or as text', async () => {
    for (const body of [{ event: String(ids[1]) }, ids[2]]) expect(done(await resend(body))).toEqual([204, ''])
    expect(done(await bulk({ event: ids[3] }))).toEqual([204, ''])
    expect(done(await bulk([ids[0], String(ids[1])]))).toEqual([204, ''])
    expect((await waiting(world, made.id)).map(({ event_id }) => event_id)).toEqual(ids.slice(0, 4))
  })

  test('begins a run of its own, whatever was waiting before', async () => {
    await world.db.query(
      `insert into webhook_delivery values ($1, $2, false, 0, 3, now() + interval '1 hour'), ($1, $3, true, 4, 2, now())`,
      [made.id, ids[0], ids[1]],
    )
    await bulk({ event: [ids[0], ids[1], ids[2]] })
    expect(await waiting(world, made.id)).toEqual([queued(ids[0], 1), queued(ids[1], 5), queued(ids[2], 1)])
    expect(
      await world.db.query('select 1 from webhook_delivery where endpoint_id = $1 and due_at > now()', [made.id]),
    ).toEqual([])
    await resend({ event: ids[0] })
    expect((await waiting(world, made.id))[0]).toEqual(queued(ids[0], 2))
  })

  test('of what it was never subscribed to, and while it is inactive, is queued as well', async () => {
    await admin.patch(`/webhook/endpoint/${made.id}/`, { is_active: false, events: ['vote.created'] })
    expect(done(await resend({ event: ids[0] }))).toEqual([204, ''])
    expect(await waiting(world, made.id)).toEqual([queued(ids[0])])
  })

  test('that nobody knows is not found', async () => {
    const answer = await resend({ event: 4_000_000 })
    expect([answer.status, answer.body.errors, unknown(answer)]).toEqual([
      404,
      [expect.objectContaining({ code: 'not_found', message: 'No event has this id.' })],
      null,
    ])
    expect(await waiting(world, made.id)).toEqual([])
    expect(await world.told()).toEqual([])
  })

  test('of several that nobody knows is named in a header and in the log, and stops no other', async () => {
    world.log.length = 0
    const many = await bulk({ event: [5_000_001, ids[0], 5_000_000, ids[1], 5_000_001] })
    expect([...done(many), unknown(many)]).toEqual([204, '', '5000000,5000001'])
    expect(many.headers.get('access-control-expose-headers')).toBe(
      'X-Request-Id, Retry-After, X-Kith-Ignored, X-Kith-Unknown-Events',
    )
    const line = world.log.map((each) => JSON.parse(each)).find(({ id }) => id === many.headers.get('x-request-id'))
    expect(line).toMatchObject({ msg: 'answered', said: { 'X-Kith-Unknown-Events': '5000000,5000001' } })
    expect(await waiting(world, made.id)).toEqual([queued(ids[0]), queued(ids[1])])
  })

  test('names a hundred at most', async () => {
    const strange = Array.from({ length: 101 }, (_, i) => 6_000_000 + i)
    expect(unknown(await bulk({ event: strange.slice(0, 100) }))).toBe(strange.slice(0, 100).join(','))
    expect(unknown(await bulk({ event: strange }))).toBe(`${strange.slice(0, 100).join(',')},...`)
  })

  test('by two at once queues each once', async () => {
    const all = [...ids, ...ids.toReversed()]
    const answers = await Promise.all([
      bulk({ event: all }),
      bulk({ event: all.toReversed() }),
      resend({ event: ids[0] }),
    ])
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204])
    const [first, ...rest] = await waiting(world, made.id)
    expect(first).toEqual(queued(ids[0], 3))
    expect(rest).toEqual(ids.slice(1).map((id) => queued(id, 2)))
  })

  test('takes a hundred thousand at once, and no more', async () => {
    const other = await createWorld()
    await other.db.query(
      `insert into event (id, type, created, body, txid) select g, 'user.updated', now(), '{}', '1' from generate_series(1001, 101000) g`,
    )
    const { id } = await addEndpoint(other)
    const path = `/webhook/endpoint/${id}/event/resend/bulk/`
    const many = Array.from({ length: 100_000 }, (_, i) => 101_000 - i)
    expect(done(await other.admin.post(path, { event: many }))).toEqual([204, ''])
    const count = () => other.db.query('select count(*)::int as n, max(run) as run from webhook_delivery')
    expect(await count()).toEqual([{ n: 100_000, run: 1 }])
    const answer = await other.admin.post(path, { event: [...many, 1] })
    expect([answer.status, answer.body.errors[0].messages[0].message]).toEqual([
      400,
      'At most 100000 entries are taken.',
    ])
    expect(await count()).toEqual([{ n: 100_000, run: 1 }])
    await other.end()
  })

  test('refuses what are no ids, and queues nothing then', async () => {
    const strange = [undefined, {}, { event: null }, { event: 0 }, { event: -1 }, { event: 1.5 }, { event: 2 ** 53 }]
    const stranger = [{ event: 'x' }, { event: '1\u0000' }, { event: '\ud800' }, { event: true }, { event: {} }, 'text']
    for (const body of [...strange, ...stranger, { event: [ids[0]] }]) {
      const answer = await resend(body)
      expect([body, answer.status, answer.body?.errors.length]).toEqual([body, 400, 1])
    }
    for (const body of [
      ...strange,
      ...stranger,
      { event: [] },
      { event: [ids[0], null] },
      { event: [[ids[0]]] },
      [1, 'x'],
    ]) {
      const answer = await bulk(body)
      expect([body, answer.status, answer.body?.errors.length]).toEqual([body, 400, 1])
    }
    expect(await waiting(world, made.id)).toEqual([])
  })

  test('is for administrators, and for endpoints that are there', async () => {
    for (const act of ['resend/', 'resend/bulk/']) {
      const at = (id: number) => `/webhook/endpoint/${id}/event/${act}`
      expect((await world.alice.post(at(made.id), { event: ids[0] })).status).toBe(403)
      expect((await world.visitor.post(at(made.id), { event: ids[0] })).status).toBe(401)
      expect((await admin.post(at(made.id + 1000), { event: ids[0] })).status).toBe(404)
    }
    expect(await world.db.query('select 1 from webhook_delivery where endpoint_id > $1', [made.id])).toEqual([])
  })
})
