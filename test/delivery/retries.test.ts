import { webcrypto } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { verify } from '../../packages/verify/src/index.ts'
import { retrySchedule } from '../../src/delivery/settings.ts'
import { deliver } from '../support/delivery.ts'
import { type Inbox, openInbox, type Received } from '../support/inbox.ts'
import { createWorld, type World } from '../support/world.ts'
import { waiting } from '../webhooks/endpoints.ts'
import {
  attempted,
  attemptsAt,
  eventOf,
  type Flags,
  ms,
  patiently,
  stopClock,
  subscribe,
  tell,
  update,
  wait,
} from './receiver-fixtures/delivering.ts'

let world: World
const open: (() => Promise<unknown>)[] = []
let clock: ReturnType<typeof stopClock>
let witness: Inbox | null = null
const pass = (ms: number) => clock.pass(ms)
const wake = () => clock.wake()
/** Long enough for whatever is not to happen. */
const quiet = () => sleep(70)

beforeAll(async () => {
  world = await createWorld()
  clock = stopClock(world)
})
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each()
  const { body } = await world.admin.get('/webhook/endpoint/?limit=100')
  for (const { id } of body.results) await world.admin.delete(`/webhook/endpoint/${id}/`)
  witness = null
  pass(1_000)
})
afterAll(() => world.end())

async function engine() {
  const running = await deliver(world)
  clock.wake = running.wake
  open.push(async () => {
    clock.wake = () => {}
    await running.stop()
  })
  return running
}
async function inbox(...given: Parameters<typeof openInbox>) {
  const opened = await openInbox(...given)
  open.push(opened.close)
  return opened
}

/** Waits until whoever delivers knows how the endpoints are set: once it has delivered anything told after that. */
async function known() {
  if (!witness) {
    witness = await inbox()
    await subscribe(world, witness.url, { events: ['post.deleted'] })
  }
  const { received } = witness
  const before = received.length
  await tell(world, 1, 'post.deleted')
  await expect.poll(() => received.length, patiently).toBe(before + 1)
}
const patch = async (path: string, fields: object) => {
  const answer = await world.admin.patch(`/webhook/endpoint/${path}/`, fields)
  expect(answer.status, answer.text).toBe(200)
}
const change = async (id: number, fields: object) => {
  await patch(`${id}`, fields)
  await known()
}
const settings = async (id: number, fields: object) => {
  await patch(`${id}/delivery`, fields)
  await known()
}
const health = async (id: number) => (await world.admin.get(`/webhook/endpoint/${id}/delivery/`)).body
const secretOf = async (id: number): Promise<string> =>
  (await world.admin.post(`/webhook/endpoint/${id}/secret/reveal/`)).body.signing_secret
const resend = async (id: number, event: number) => {
  const answer = await world.admin.post(`/webhook/endpoint/${id}/event/resend/`, { event })
  expect(answer.status, answer.text).toBeLessThan(300)
  wake()
}
const byNumber = (a: number, b: number) => a - b
const codes = (attempts: Flags[]) => attempts.map(({ http_response_code }) => http_response_code)
const sentAt = (attempts: Flags[]) => attempts.map(({ sent_at }) => ms(sent_at))
const signature = ({ headers }: Received) => headers['selfcommunity-signature'] as string

/** Goes through a schedule: nothing comes before it is time, and then exactly one attempt does. */
async function follow(id: number, seconds: number[], from: number): Promise<Flags[]> {
  let attempts: Flags[] = []
  for (const [i, each] of seconds.entries()) {
    pass(each * 1000 - 1)
    await quiet()
    expect((await attemptsAt(world, id)).length).toBe(from + i)
    pass(1)
    attempts = await attempted(world, id, from + i + 1)
    expect(ms((attempts.at(-1) as Flags).sent_at)).toBe(clock.time)
  }
  return attempts
}

describe('what is not received', () => {
  beforeEach(() => engine())

  test('is sent again after 5, 25, 125, 625 and 3125 seconds, and then given up', async () => {
    const receiver = await inbox(500)
    const id = await subscribe(world, receiver.url)
    const event = await update(world, world.alice)
    const begun = clock.time
    const [first] = await attempted(world, id, 1)
    expect(wait(first as Flags)).toBe(5_000)
    expect(await health(id)).toMatchObject({ state: 'failing', failures: 1, pending_retries: 1 })
    const attempts = await follow(id, retrySchedule, 1)
    expect(retrySchedule).toEqual([5, 25, 125, 625, 3_125])
    expect(sentAt(attempts)).toEqual([0, 5, 30, 155, 780, 3_905].map((seconds) => begun + seconds * 1000))
    expect(attempts.map(wait)).toEqual([5_000, 25_000, 125_000, 625_000, 3_125_000, Number.NaN])
    expect(attempts.map(eventOf)).toEqual(Array(6).fill(event))
    expect(codes(attempts)).toEqual(Array(6).fill(500))
    pass(10 * 86_400_000)
    await quiet()
    expect(await attemptsAt(world, id)).toHaveLength(6)
    expect(receiver.received).toHaveLength(6)
    expect(await health(id)).toMatchObject({ failures: 6, pending_retries: 0, attempts: 6 })
    expect(await waiting(world, id)).toEqual([])
  })

  test('is the same byte for byte each time, and signed anew', async () => {
    const receiver = await inbox(503)
    const id = await subscribe(world, receiver.url)
    await update(world, world.alice, 'Zoë 🐇 \u2028 "\\" </script>')
    await attempted(world, id, 1)
    for (const seconds of retrySchedule) {
      const before = receiver.received.length
      pass(seconds * 1000)
      await receiver.gets(before + 1)
    }
    const attempts = await attempted(world, id, 6)
    pass(1_000)
    await resend(id, eventOf(attempts[0] as Flags))
    await receiver.gets(7)
    const all = await attempted(world, id, 7)
    const secret = await secretOf(id)
    const [first] = receiver.received as [Received]
    for (const [i, each] of receiver.received.entries()) {
      expect(each.body).toBe(first.body)
      expect(all[i]?.http_request_body).toBe(first.body)
      const at = new Date(ms((all[i] as Flags).sent_at))
      expect(signature(each)).toMatch(
        new RegExp(`^t=${Math.floor(at.getTime() / 1000)},v1=[0-9a-f]{64},v0=[0-9a-f]{64}$`),
      )
      expect(signature(each)).toBe(all[i]?.http_request_signature_header)
      expect(verify(each.body, signature(each), secret, { now: at, toleranceSeconds: 0 })).toEqual(first.event)
      expect(() => verify(`${each.body} `, signature(each), secret, { now: at })).toThrow()
    }
    expect(new Set(receiver.received.map(signature)).size).toBe(7)
  })

  test('is not sent again once it was', async () => {
    const receiver = await inbox(500)
    const id = await subscribe(world, receiver.url)
    await update(world, world.alice)
    await attempted(world, id, 1)
    receiver.answering = 204
    const attempts = await follow(id, [5], 1)
    expect(attempts.map(({ next_retry }) => next_retry === null)).toEqual([false, true])
    pass(86_400_000)
    await quiet()
    expect(await attemptsAt(world, id)).toHaveLength(2)
    expect(await health(id)).toMatchObject({ state: 'healthy', failures: 0, failing_since: null, pending_retries: 0 })
  })

  test('does not hold up what comes after it', async () => {
    const receiver = await inbox((_request, response, body) => {
      response.writeHead(body.includes('bad') ? 500 : 204).end()
    })
    const id = await subscribe(world, receiver.url)
    const bad = await update(world, world.alice, 'bad')
    const good = [await update(world, world.alice), await update(world, world.bob)]
    await attempted(world, id, 3)
    pass(5_000)
    const attempts = await attempted(world, id, 4)
    const received = attempts.filter(({ http_response_code: code }) => code === 204).map(eventOf)
    expect(new Set(received)).toEqual(new Set(good))
    expect(attempts.filter(({ http_response_code: code }) => code === 500).map(eventOf)).toEqual([bad, bad])
  })

  test('goes to where the target leads by then', async () => {
    const [before, after] = [await inbox(500), await inbox()]
    const id = await subscribe(world, before.url)
    const event = await update(world, world.alice)
    await attempted(world, id, 1)
    await change(id, { target: after.url })
    await follow(id, [5], 1)
    expect([before.ids(), after.ids()]).toEqual([[event], [event]])
  })

  test('goes nowhere once the endpoint is deleted', async () => {
    const receiver = await inbox(500)
    const kept = await inbox()
    const id = await subscribe(world, receiver.url)
    await subscribe(world, kept.url)
    await tell(world, 3)
    await attempted(world, id, 3)
    expect((await world.admin.delete(`/webhook/endpoint/${id}/`)).status).toBe(204)
    receiver.answering = 204
    await update(world, world.alice)
    await kept.gets(4)
    pass(5_000)
    await quiet()
    pass(100_000)
    await quiet()
    expect(receiver.received).toHaveLength(3)
    expect(await waiting(world, id)).toEqual([])
  })

  test('goes nowhere when the endpoint is deleted while it is under way', async () => {
    const answers: (() => void)[] = []
    const receiver = await inbox((_request, response) => void answers.push(() => response.writeHead(500).end()))
    const id = await subscribe(world, receiver.url)
    await tell(world, 5)
    await expect.poll(() => answers.length, patiently).toBe(2)
    await world.admin.delete(`/webhook/endpoint/${id}/`)
    await known()
    for (const answer of answers) answer()
    pass(5_000)
    await quiet()
    expect(receiver.received).toHaveLength(2)
    expect(await waiting(world, id)).toEqual([])
  })
})

describe('sending again on request', () => {
  beforeEach(() => engine())

  test('makes one more attempt of what was received', async () => {
    const receiver = await inbox()
    const id = await subscribe(world, receiver.url)
    const event = await update(world, world.alice)
    await attempted(world, id, 1)
    await resend(id, event)
    const attempts = await attempted(world, id, 2)
    expect(attempts.map(eventOf)).toEqual([event, event])
    expect(codes(attempts)).toEqual([204, 204])
    expect(await waiting(world, id)).toEqual([])
  })

  test('begins a run of six attempts anew, in place of the one under way', async () => {
    const receiver = await inbox(500)
    const id = await subscribe(world, receiver.url)
    const event = await update(world, world.alice)
    await attempted(world, id, 1)
    await follow(id, [5], 1)
    pass(1_000)
    await resend(id, event)
    await attempted(world, id, 3)
    const attempts = await follow(id, retrySchedule, 3)
    expect(attempts.slice(2).map(wait)).toEqual([5_000, 25_000, 125_000, 625_000, 3_125_000, Number.NaN])
    pass(10_000_000)
    await quiet()
    expect(await attemptsAt(world, id)).toHaveLength(8)
  })

  test('takes many at once, and after what happens meanwhile', async () => {
    const receiver = await inbox()
    const id = await subscribe(world, receiver.url)
    const events = await tell(world, 50)
    await attempted(world, id, 50)
    const answer = await world.admin.post(`/webhook/endpoint/${id}/event/resend/bulk/`, { event: events })
    expect(answer.status, answer.text).toBeLessThan(300)
    wake()
    const attempts = await attempted(world, id, 100)
    const times = new Map<number, number>()
    for (const each of attempts) times.set(eventOf(each), (times.get(eventOf(each)) ?? 0) + 1)
    expect([...times.values()]).toEqual(Array(50).fill(2))
  })

  test('while it is under way makes it come once more', async () => {
    const answers: (() => void)[] = []
    const receiver = await inbox((_request, response) => void answers.push(() => response.writeHead(204).end()))
    const id = await subscribe(world, receiver.url)
    const event = await update(world, world.alice)
    for (const n of [1, 2]) {
      await expect.poll(() => answers.length, patiently).toBe(n)
      await resend(id, event)
      await quiet()
    }
    receiver.answering = 204
    for (const answer of answers) answer()
    await receiver.gets(3)
    expect(codes(await attempted(world, id, 3))).toEqual([204, 204, 204])
    expect(await waiting(world, id)).toEqual([])
  })

  test('waits for an endpoint that is not active', async () => {
    const receiver = await inbox()
    const id = await subscribe(world, receiver.url)
    const event = await update(world, world.alice)
    await attempted(world, id, 1)
    await change(id, { is_active: false })
    await resend(id, event)
    await quiet()
    expect(receiver.received).toHaveLength(1)
    await change(id, { is_active: true })
    wake()
    await receiver.gets(2)
    expect(receiver.ids()).toEqual([event, event])
  })
})

describe('a receiver that fails at everything', () => {
  beforeEach(() => engine())

  const operational = ['webhook_endpoint.failing', 'webhook_endpoint.paused', 'webhook_endpoint.recovered']
  const told = async () => {
    const rows = await world.db.query<{ body: { type: string; data: Record<string, unknown> } }>(
      `select body from event where type like 'webhook_endpoint.%' order by id`,
    )
    return rows.map(({ body }) => body)
  }
  /** Fails until it is paused, which is a minute after it began. */
  async function pause(id: number): Promise<Flags[]> {
    const events = await tell(world, 30)
    await attempted(world, id, 20).catch(() => {})
    await quiet()
    const before = await attemptsAt(world, id)
    expect(before.length).toBeGreaterThanOrEqual(20)
    expect(before.length).toBeLessThanOrEqual(21)
    expect(await health(id)).toMatchObject({ state: 'failing', failures: before.length })
    pass(59_999)
    await quiet()
    expect((await health(id)).state).toBe('failing')
    expect(events).toHaveLength(30)
    pass(1_001)
    await expect.poll(async () => (await health(id)).state, patiently).toBe('paused')
    await quiet()
    return attemptsAt(world, id)
  }

  test('is slowed after 20 failures, and paused after a minute of them', async () => {
    const receiver = await inbox(500)
    const id = await subscribe(world, receiver.url)
    const begun = clock.time
    const attempts = await pause(id)
    // Two at a time, as long as nothing is known to be well, and a second between.
    expect(attempts.length).toBeLessThanOrEqual(20 + 1 + 2 + 2)
    expect(await health(id)).toMatchObject({ failing_since: new Date(begun).toISOString().replace('Z', '000+00:00') })
  })

  test('is looked after with one attempt after 5 seconds, 10, 20 and so on, every 5 minutes at last', async () => {
    const receiver = await inbox(500)
    const id = await subscribe(world, receiver.url)
    const { length } = await pause(id)
    const before = await waiting(world, id)
    const attempts = await follow(id, [5, 10, 20, 40, 80, 160, 300, 300], length)
    expect(attempts.slice(length).map(wait)).toEqual([10, 20, 40, 80, 160, 300, 300, 300].map((each) => each * 1000))
    expect((await health(id)).probe_at).toBe(attempts.at(-1)?.next_retry)
    // None of it has cost an attempt of what was sent for a look.
    const after = new Map((await waiting(world, id)).map((each) => [each.event_id, each.attempts]))
    for (const { event_id, attempts } of before) expect(after.get(event_id)).toBe(attempts)
  })

  test('is sent everything when it is back, and what happened meanwhile', async () => {
    const receiver = await inbox(500)
    const id = await subscribe(world, receiver.url)
    const { length } = await pause(id)
    const later = await tell(world, 5)
    const attempts = await follow(id, [5, 10, 20], length)
    const all = new Set([...(await waiting(world, id)).map(({ event_id }) => event_id), ...later])
    receiver.answering = 204
    receiver.received.splice(0)
    pass(40_000)
    await expect.poll(() => new Set(receiver.ids()).size, patiently).toBe(35)
    await quiet()
    expect(new Set([...receiver.ids()])).toEqual(new Set([...attempts.map(eventOf), ...receiver.ids(), ...all]))
    expect(receiver.ids()).toHaveLength(35)
    expect(await health(id)).toMatchObject({ state: 'healthy', failures: 0, pending_retries: 0, probe_at: null })
    expect(codes((await attemptsAt(world, id)).slice(attempts.length))).toEqual(Array(35).fill(204))
    expect(await waiting(world, id)).toEqual([])
  })

  test('is tried at once where it has moved to', async () => {
    const [before, after] = [await inbox(500), await inbox()]
    const id = await subscribe(world, before.url)
    await pause(id)
    pass(1_000)
    await change(id, { target: after.url })
    await expect.poll(() => after.received.length, patiently).toBeGreaterThan(20)
    // The rest is not due yet.
    pass(25_000)
    await after.gets(30)
    expect(new Set(after.ids()).size).toBe(30)
  })

  test('is told of, to those who want to know', async () => {
    const receiver = await inbox(500)
    const watcher = await inbox()
    const id = await subscribe(world, receiver.url)
    await subscribe(world, watcher.url, { events: operational })
    await pause(id)
    receiver.answering = 204
    pass(10_000)
    await watcher.gets(3)
    expect(watcher.types()).toEqual(operational)
    const endpoint = { id, target: receiver.url }
    const [failing, paused, recovered] = watcher.received.map(({ event }) => event.data as Record<string, unknown>)
    expect(failing).toEqual({ endpoint, failures: expect.any(Number), failing_since: expect.any(String), reason: '' })
    expect(failing?.failures).toBe(5)
    expect(paused).toMatchObject({ endpoint, failing_since: failing?.failing_since })
    expect(paused?.failures).toBeGreaterThanOrEqual(20)
    expect(recovered).toMatchObject({ endpoint })
  })

  test('is told of to nobody, where nobody wants to know', async () => {
    const before = (await told()).length
    const receiver = await inbox(500)
    const id = await subscribe(world, receiver.url)
    await pause(id)
    receiver.answering = 204
    pass(10_000)
    await expect.poll(async () => (await health(id)).state, patiently).toBe('healthy')
    expect(await told()).toHaveLength(before)
  })

  test('does not slow another down', async () => {
    const [bad, good] = [await inbox(500), await inbox()]
    const id = await subscribe(world, bad.url)
    await subscribe(world, good.url)
    await pause(id)
    await good.gets(30)
    const at = performance.now()
    await update(world, world.alice)
    await good.gets(31)
    expect((good.received.at(-1)?.at ?? 0) - at).toBeLessThan(1_000)
  })
})

describe('a receiver that wants less at a time', () => {
  beforeEach(() => engine())

  /** Counts requests under way, and answers each a moment later. */
  async function slowly(ms: number) {
    const counted = { now: 0, most: 0 }
    const receiver = await inbox((_request, response) => {
      counted.now++
      counted.most = Math.max(counted.most, counted.now)
      setTimeout(() => {
        counted.now--
        response.writeHead(204).end()
      }, ms)
    })
    return { receiver, counted }
  }

  test.each([1, 3])('gets no more than %i at a time', async (concurrency) => {
    const { receiver, counted } = await slowly(5)
    const id = await subscribe(world, receiver.url)
    await settings(id, { concurrency })
    const events = await tell(world, 60)
    await receiver.gets(60)
    expect(counted.most).toBe(concurrency)
    if (concurrency === 1) expect(receiver.ids()).toEqual(events)
    expect(codes(await attemptsAt(world, id))).toEqual(Array(60).fill(204))
  })

  test('gets more again once it says so', async () => {
    const { receiver, counted } = await slowly(5)
    const id = await subscribe(world, receiver.url)
    await settings(id, { concurrency: 1 })
    await tell(world, 20)
    await receiver.gets(20)
    await settings(id, { concurrency: 8 })
    await tell(world, 100)
    await receiver.gets(120)
    expect(counted.most).toBeGreaterThan(4)
    expect(counted.most).toBeLessThanOrEqual(8)
  })

  test('gets no more than so many in any second, hardly fewer, and nothing counts as failed', async () => {
    const receiver = await inbox()
    const id = await subscribe(world, receiver.url)
    await settings(id, { rate_limit: 5 })
    const begun = clock.time
    await tell(world, 12)
    await expect.poll(() => receiver.received.length, patiently).toBeGreaterThanOrEqual(1)
    for (let passed = 0; passed < 3_000; passed += 50) {
      await sleep(25)
      pass(50)
    }
    await receiver.gets(12)
    const attempts = await attempted(world, id, 12)
    expect(codes(attempts)).toEqual(Array(12).fill(204))
    expect(new Set(attempts.map(eventOf)).size).toBe(12)
    const times = sentAt(attempts)
    const inSecondFrom = (from: number) => times.filter((at) => at >= from && at < from + 1000).length
    expect(Math.max(...times.map(inSecondFrom))).toBeLessThanOrEqual(5)
    expect((times.at(-1) ?? 0) - begun).toBeLessThanOrEqual(2_900)
    expect(await health(id)).toMatchObject({ failures: 0, pending_retries: 0, attempts: 12 })
  })

  test('by 429 gets nothing until it said, and then what waited at its first attempt', async () => {
    const receiver = await inbox((_request, response) => response.writeHead(429, { 'retry-after': '60' }).end())
    const id = await subscribe(world, receiver.url)
    const events = await tell(world, 10)
    await expect.poll(() => receiver.received.length, patiently).toBeGreaterThanOrEqual(1)
    await quiet()
    const early = receiver.received.length
    expect(early).toBeLessThanOrEqual(2)
    for (const passed of [5_000, 25_000, 29_999]) {
      pass(passed)
      await quiet()
      expect(receiver.received).toHaveLength(early)
    }
    receiver.answering = 204
    pass(1)
    await receiver.gets(early + 10)
    const attempts = await attempted(world, id, early + 10)
    expect(codes(attempts)).toEqual([...Array(early).fill(429), ...Array(10).fill(204)])
    expect(new Set(attempts.slice(early).map(eventOf))).toEqual(new Set(events))
  })
})

describe('an endpoint that is switched off', () => {
  test('gets what happened before, once it is on again, and not what happened meanwhile', async () => {
    await engine()
    const receiver = await inbox(500)
    const id = await subscribe(world, receiver.url)
    const before = await tell(world, 3)
    await attempted(world, id, 3)
    await change(id, { is_active: false })
    receiver.answering = 204
    await tell(world, 3)
    pass(5_000)
    await quiet()
    pass(1_000_000)
    await quiet()
    expect(receiver.received).toHaveLength(3)
    expect((await health(id)).state).toBe('inactive')
    await change(id, { is_active: true })
    wake()
    await receiver.gets(6)
    const after = await tell(world, 2)
    await receiver.gets(8)
    expect(receiver.ids().slice(3).sort(byNumber)).toEqual([...before, ...after])
  })

  test('gets what was told before, though nobody had looked at it by then', async () => {
    const receiver = await inbox()
    const id = await subscribe(world, receiver.url)
    const before = await tell(world, 3)
    await patch(`${id}`, { is_active: false })
    await tell(world, 3)
    await engine()
    await quiet()
    expect(receiver.received).toEqual([])
    await change(id, { is_active: true })
    const after = await tell(world, 2)
    await receiver.gets(5)
    expect(receiver.ids().sort(byNumber)).toEqual([...before, ...after])
  })

  test.each([1, 20, 400])(
    'while %i are waiting gets all of them once it is on again, and none twice',
    async (count) => {
      await engine()
      const answers: (() => void)[] = []
      const receiver = await inbox((_request, response) => void answers.push(() => response.writeHead(204).end()))
      const id = await subscribe(world, receiver.url)
      await settings(id, { concurrency: 1 })
      const before = await tell(world, count + 1)
      await expect.poll(() => answers.length, patiently).toBe(1)
      await change(id, { is_active: false })
      await tell(world, 2)
      await quiet()
      receiver.answering = 204
      for (const answer of answers) answer()
      await quiet()
      expect(receiver.ids()).toEqual(before.slice(0, 1))
      await change(id, { is_active: true })
      wake()
      await receiver.gets(count + 1)
      expect(receiver.ids()).toEqual(before)
    },
  )

  test('and on, again and again, while events are told gets those that were told while it was on', async () => {
    await engine()
    const receiver = await inbox((_request, response) => void setTimeout(() => response.writeHead(204).end(), 2))
    const id = await subscribe(world, receiver.url)
    await flowing(receiver, async (state) => {
      state.on = !state.on
      await patch(`${id}`, { is_active: state.on })
    })
  })

  /** Tells events while something is switched on and off; what is told meanwhile may belong to either. */
  async function flowing(receiver: Inbox, toggle: (state: { on: boolean }) => Promise<void>) {
    const state = { on: true }
    let changes = 0
    let changing = false
    let over = false
    const wanted: number[] = []
    const unwanted: number[] = []
    const turn = async () => {
      changing = true
      await toggle(state)
      changes++
      changing = false
    }
    const toggling = (async () => {
      // However slow this machine is just now, there is to be enough of both.
      const enough = () => wanted.length > 20 && unwanted.length > 20
      for (let i = 0; i < 200 && (i < 15 || !enough()); i++) {
        await sleep(20 + i)
        await turn()
      }
      if (!state.on) await turn()
      over = true
    })()
    while (!over) {
      const [on, before, sure] = [state.on, changes, !changing]
      const ids = await tell(world, 2)
      if (sure && !changing && before === changes) (on ? wanted : unwanted).push(...ids)
    }
    await toggling
    wanted.push(...(await tell(world, 2)))
    await expect.poll(() => wanted.filter((id) => !receiver.ids().includes(id)), patiently).toEqual([])
    await quiet()
    expect(receiver.ids().filter((id) => unwanted.includes(id))).toEqual([])
    expect(new Set(receiver.ids()).size).toBe(receiver.ids().length)
    expect([wanted.length > 20, unwanted.length > 20]).toEqual([true, true])
  }

  test('of a type, and on again, gets events of that type that were told while it wanted them', async () => {
    await engine()
    const receiver = await inbox((_request, response) => void setTimeout(() => response.writeHead(204).end(), 2))
    const id = await subscribe(world, receiver.url, { events: ['user.updated', 'post.created'] })
    const always: number[] = []
    await flowing(receiver, async (state) => {
      state.on = !state.on
      await patch(`${id}`, { events: state.on ? ['user.updated', 'post.created'] : ['post.created'] })
      always.push(...(await tell(world, 1, 'post.created')))
    })
    expect(always.filter((each) => !receiver.ids().includes(each))).toEqual([])
  })
})

describe('endpoints made one right after the other', () => {
  test('are all delivered to at once', async () => {
    const running = await engine()
    const inboxes: Inbox[] = []
    for (let i = 0; i < 12; i++) {
      const receiver = await inbox()
      inboxes.push(receiver)
      await subscribe(world, receiver.url)
      // As when something happens just now: the node begins to look for lanes.
      running.wake()
    }
    const at = performance.now()
    await update(world, world.alice)
    for (const each of inboxes) {
      await expect.poll(() => each.received.length, patiently).toBe(1)
      expect((each.received[0]?.at ?? 0) - at).toBeLessThan(1_200)
    }
  })
})

describe('a secret that is replaced', () => {
  beforeEach(() => engine())

  const expire = async (id: number, fields: object = {}) => {
    const answer = await world.admin.post(`/webhook/endpoint/${id}/secret/expire/`, fields)
    expect(answer.status, answer.text).toBe(200)
  }
  /** Which of the secrets a receiver could verify this with. */
  const verifiedBy = (each: Received, secrets: string[]) =>
    secrets.map((secret) => {
      try {
        verify(each.body, signature(each), secret, { now: new Date(clock.time), toleranceSeconds: 0 })
        return true
      } catch {
        return false
      }
    })

  test('signs no more, unless it is given time; then both sign, to the second', async () => {
    const receiver = await inbox()
    const id = await subscribe(world, receiver.url)
    const secrets = [await secretOf(id)]
    const next = async () => {
      const before = receiver.received.length
      await update(world, world.alice)
      await receiver.gets(before + 1)
      const attempts = await attempted(world, id, before + 1)
      const last = receiver.received.at(-1) as Received
      expect(attempts.at(-1)?.http_request_signature_header).toBe(signature(last))
      return verifiedBy(last, secrets)
    }
    expect(await next()).toEqual([true])
    await expire(id)
    secrets.push(await secretOf(id))
    expect(await next()).toEqual([false, true])
    await expire(id, { grace_seconds: 60 })
    secrets.push(await secretOf(id))
    expect(await next()).toEqual([false, true, true])
    const last = receiver.received.at(-1) as Received
    expect(signature(last)).toMatch(/^t=\d+,v1=([0-9a-f]{64}),v1=(?!\1)[0-9a-f]{64},v0=\1$/)
    pass(59_000)
    expect(await next()).toEqual([false, true, true])
    pass(999)
    expect(await next()).toEqual([false, true, true])
    pass(1)
    expect(await next()).toEqual([false, false, true])
    expect(signature(receiver.received.at(-1) as Received)).toMatch(/^t=\d+,v1=([0-9a-f]{64}),v0=\1$/)
  })

  test('signs what is sent again as it is by then', async () => {
    const receiver = await inbox(500)
    const id = await subscribe(world, receiver.url)
    const before = await secretOf(id)
    await update(world, world.alice)
    await attempted(world, id, 1)
    await expire(id, { grace_seconds: 10 })
    const secrets = [before, await secretOf(id)]
    await follow(id, [5], 1)
    expect(verifiedBy(receiver.received[1] as Received, secrets)).toEqual([true, true])
    await follow(id, [25], 2)
    expect(verifiedBy(receiver.received[2] as Received, secrets)).toEqual([false, true])
  })

  test('signs by the Standard Webhooks as well, where that is wanted', async () => {
    const receiver = await inbox()
    const id = await subscribe(world, receiver.url)
    const old = await secretOf(id)
    await update(world, world.alice)
    await receiver.gets(1)
    const none = Object.keys((receiver.received[0] as Received).headers).filter((name) => name.startsWith('webhook-'))
    expect(none).toEqual([])
    await settings(id, { standard_headers: true })
    await expire(id, { grace_seconds: 60 })
    const event = await update(world, world.alice, 'Zoë 🐇')
    await receiver.gets(2)
    const { headers, body } = receiver.received[1] as Received
    expect(headers['webhook-id']).toBe(`evt_${event}`)
    expect(headers['webhook-timestamp']).toBe(String(Math.floor(clock.time / 1000)))
    const expected: string[] = []
    for (const secret of [await secretOf(id), old]) {
      const bytes = Uint8Array.from(atob(secret.slice('whsec_'.length)), (each) => each.charCodeAt(0))
      const key = await webcrypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
      const content = new TextEncoder().encode(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`)
      const made = new Uint8Array(await webcrypto.subtle.sign('HMAC', key, content))
      expected.push(`v1,${btoa(String.fromCharCode(...made))}`)
    }
    expect(headers['webhook-signature']).toBe(expected.join(' '))
    expect(verifiedBy(receiver.received[1] as Received, [await secretOf(id), old])).toEqual([true, true])
  })
})
