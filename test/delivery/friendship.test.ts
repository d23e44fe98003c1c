import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Event, verify } from '../../packages/verify/src/index.ts'
import { joinOutcomes } from '../../src/webhooks/outcomes.ts'
import { type Delivering, deliver } from '../support/delivery.ts'
import { type Inbox, openInbox } from '../support/inbox.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let engine: Delivering
let inbox: Inbox
let endpoint: number
/** What the receiver made of it. */
const heard: Event[] = []

const types = [
  'connection_request.created',
  'connection_request.rejected',
  'connection_request.restored',
  'connection_request.cancelled',
  'connection.created',
  'connection.deleted',
  'connection.follow',
  'connection.unfollow',
] as const

beforeAll(async () => {
  world = await createWorld()
  engine = await deliver(world)
  let secret = ''
  inbox = await openInbox((request, response, body) => {
    try {
      heard.push(verify(body, request.headers['selfcommunity-signature'], secret, { now: world.kith.clock.now() }))
      response.writeHead(204).end()
    } catch (error) {
      response.writeHead(400).end(String(error))
    }
  })
  const events = types.map((type) => ({ type }))
  const { body } = await world.admin.post('/webhook/endpoint/', { target: inbox.url, events })
  endpoint = body.id
  const revealed = await world.admin.post(`/webhook/endpoint/${endpoint}/secret/reveal/`)
  secret = revealed.body.signing_secret
})
afterAll(async () => {
  await engine.stop()
  await inbox.close()
  await world.end()
})

/** The acts of two members, one after the other, each once the one before was heard. */
async function act(acts: (readonly [who: 'alice' | 'bob', path: string, event: string])[]): Promise<number[]> {
  const waits: number[] = []
  for (const [who, path, event] of acts) {
    const before = heard.length
    const began = performance.now()
    const answer = await world[who].post(`/user/${world[who === 'alice' ? 'bob' : 'alice'].id}/${path}/`)
    expect(answer.status, answer.text).toBeLessThan(300)
    await expect.poll(() => heard.length, { interval: 1 }).toBe(before + 1)
    waits.push((inbox.received.at(-1)?.at ?? 0) - began)
    expect(heard.at(-1)?.type).toBe(event)
  }
  return waits
}

test('a receiver hears every act of a friendship once, signed, and at once', async () => {
  const waits = await act([
    ['alice', 'connection/request', 'connection_request.created'],
    ['bob', 'connection/reject', 'connection_request.rejected'],
    ['bob', 'connection/cancel_reject', 'connection_request.restored'],
    ['alice', 'connection/cancel_request', 'connection_request.cancelled'],
    ['alice', 'connection/request', 'connection_request.created'],
    ['bob', 'connection/accept', 'connection.created'],
    ['alice', 'connection/remove', 'connection.deleted'],
  ])
  await world.set({ follow_enabled: true })
  await act([
    ['alice', 'follow', 'connection.follow'],
    ['alice', 'follow', 'connection.unfollow'],
  ])
  await world.set({ follow_enabled: false })
  const [first] = heard
  if (first?.type !== 'connection_request.created') throw new Error('The first event is the request')
  // By their type the receiver knows the fields.
  expect([first.data.from_user.username, first.data.to_user.username]).toEqual(['alice', 'bob'])
  expect(heard.map(({ event_id }) => event_id)).toEqual(heard.map(({ event_id }) => event_id).sort((a, b) => a - b))
  // Of the act and the delivery together, on a machine that runs other tests; the benchmark says more.
  expect(waits.sort((a, b) => a - b)[3]).toBeLessThan(100)
})

test('a receiver that goes away for a minute misses nothing', async () => {
  heard.length = 0
  await inbox.away()
  const { alice, bob } = world
  const told: number[] = []
  for (let i = 0; i < 12; i++) {
    await alice.post(`/user/${bob.id}/connection/request/`)
    await alice.post(`/user/${bob.id}/connection/cancel_request/`)
  }
  told.push(...(await world.told()).slice(-24).map(({ event_id }) => event_id))
  // A minute, in which it is tried again and fails again.
  for (let second = 0; second < 60; second += 10) {
    world.pass(10_000)
    engine.wake()
    await sleep(100)
  }
  expect(heard).toEqual([])
  await inbox.back()
  for (let second = 0; second < 300 && heard.length < 24; second += 10) {
    world.pass(10_000)
    engine.wake()
    await sleep(100)
  }
  await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(24)
  await sleep(200)
  expect(heard.map(({ event_id }) => event_id).sort((a, b) => a - b)).toEqual(told)
  const { body } = await world.admin.get(`/webhook/endpoint/${endpoint}/attempt/?limit=100`)
  const answered = body.results.filter((each: { http_response_code: number }) => each.http_response_code === 204)
  expect(answered.length).toBe(24 + 9)
  expect(body.count).toBeGreaterThan(24 + 9 + 24)
}, 30_000)

test('an administrator sends any of them again', async () => {
  const again = heard[3] as Event
  heard.length = 0
  const answer = await world.admin.post(`/webhook/endpoint/${endpoint}/event/resend/`, { event: again.event_id })
  expect([answer.status, answer.text]).toEqual([204, ''])
  await expect.poll(() => heard.length).toBe(1)
  expect(heard).toEqual([again])
})

test('what is sent again goes as the endpoint is by then: where it was moved to, with the secret that it has got', async () => {
  const path = `/webhook/endpoint/${endpoint}`
  const { event_id } = heard[0] as Event
  inbox.received.length = 0
  for (let n = 1; n <= 10; n++) {
    await world.admin.patch(`${path}/`, { target: new URL(`/moved/${n}`, inbox.url).href })
    await world.admin.post(`${path}/secret/expire/`, { grace_seconds: 0 })
    await world.admin.post(`${path}/event/resend/`, { event: event_id })
    await inbox.gets(n)
    const secret = (await world.admin.post(`${path}/secret/reveal/`)).body.signing_secret
    const { body, headers, path: at } = inbox.received.at(-1) as (typeof inbox.received)[number]
    expect(at).toBe(`/moved/${n}`)
    expect(verify(body, headers['selfcommunity-signature'], secret, { now: world.kith.clock.now() }).event_id).toBe(
      event_id,
    )
  }
  await world.admin.patch(`${path}/`, { target: inbox.url })
})

test('an attempt is shown as it was sent, wherever its endpoint is by now, and counted by what came of it', async () => {
  const path = `/webhook/endpoint/${endpoint}`
  await world.admin.patch(`${path}/delivery/`, { standard_headers: true })
  const { event_id } = heard[0] as Event
  const counted = async () => {
    const { results } = (await world.admin.get('/webhook/attempt/daily/?days=2')).body
    return results.at(-1)
  }
  const before = await counted()
  inbox.received.length = 0
  inbox.answering = (request, response) => {
    response.writeHead(request.headers['webhook-signature']?.includes(' ') ? 200 : 500).end()
  }
  await world.admin.post(`${path}/event/resend/`, { event: event_id })
  await inbox.gets(1)
  // Two secrets sign now; and then it is elsewhere.
  await world.admin.post(`${path}/secret/expire/`, { grace_seconds: 600 })
  await world.admin.post(`${path}/event/resend/`, { event: event_id })
  await inbox.gets(2)
  const attempts = async () =>
    (await world.admin.get(`/webhook/attempt/?event=${event_id}&endpoint=${endpoint}&limit=2`)).body.results
  await expect.poll(async () => (await attempts()).map((each: { ms: number }) => each.ms >= 0)).toEqual([true, true])
  await world.admin.patch(`${path}/`, { target: 'http://127.0.0.1:9/elsewhere' })
  const shown = await attempts()
  for (const [i, { headers, body, path }] of inbox.received.toReversed().entries()) {
    const { host, ...sent } = headers
    expect(shown[i]).toMatchObject({ target: `http://${host}${path}`, http_request_body: body })
    expect(shown[i].http_request_headers).toEqual(sent)
  }
  expect(shown.map((each: { http_response_code: number }) => each.http_response_code)).toEqual([200, 500])
  const after = await counted()
  expect([after.delivered - before.delivered, after.refused - before.refused]).toEqual([1, 1])
  const [all] = await world.db.query<{ n: number }>('select count(*)::int as n from webhook_attempt')
  expect(after.delivered + after.refused + after.unanswered).toBe(all?.n)
  const { results } = (await world.admin.get('/webhook/attempt/minutes/')).body
  expect(results.length).toBeGreaterThan(0)
  // Joined by two nodes at once, and once a day has passed, they are as many.
  const rows = async () => (await world.db.query('select from webhook_outcome')).length
  const many = await rows()
  world.pass(60_000)
  await Promise.all([1, 2].map(() => joinOutcomes(world.db, world.kith.clock.now())))
  expect(await rows()).toBeLessThan(many)
  world.pass(3 * 3_600_000)
  await Promise.all([1, 2].map(() => joinOutcomes(world.db, world.kith.clock.now())))
  expect(await rows()).toBeLessThan(3)
  const sum = async () => {
    const { results } = (await world.admin.get('/webhook/attempt/daily/?days=2')).body
    return results.reduce((n: number, each: { delivered: number; refused: number; unanswered: number }) => {
      return n + each.delivered + each.refused + each.unanswered
    }, 0)
  }
  expect(await sum()).toBe(all?.n)
  expect((await world.admin.get('/webhook/attempt/minutes/')).body.results).toEqual([])
  world.pass(401 * 86_400_000)
  await joinOutcomes(world.db, world.kith.clock.now())
  expect(await rows()).toBe(0)
})
