import { setTimeout as sleep } from 'node:timers/promises'
import { expect, vi } from 'vitest'
import { emitRows } from '../../../src/platform/events/emit.ts'
import { type Person, type World, walk } from '../../support/world.ts'

/** An attempt as the API shows it. */
export type Flags = {
  id: number
  event: { type: string; added_at: string }
  sent_at: string
  http_request_body: string
  http_request_signature_header: string
  http_response_code: number | null
  http_response_body: string
  next_retry: string | null
}

/** Stops the community's clock: from now on time goes by only as it is told to. */
export function stopClock(world: World) {
  const clock = {
    time: Math.ceil(Date.now() / 1000) * 1000,
    /** Whoever delivers just now. */
    wake: () => {},
    pass(ms: number) {
      clock.time += ms
      clock.wake()
    },
  }
  vi.spyOn(world.kith.clock, 'now').mockImplementation(() => new Date(clock.time))
  return clock
}

export async function subscribe(world: World, target: string, fields: object = {}): Promise<number> {
  const sent = { target, events: ['user.updated'], ...fields }
  const { status, body, text } = await world.admin.post('/webhook/endpoint/', sent)
  expect(status, text).toBe(201)
  return body.id
}

/** The attempts at an endpoint, in the order they were made. */
export async function attemptsAt(world: World, endpoint: number): Promise<Flags[]> {
  const { count, results } = await walk(world.admin, `/webhook/endpoint/${endpoint}/attempt/?limit=100`)
  expect(count).toBe(results.length)
  return (results as unknown as Flags[]).sort((a, b) => a.id - b.id)
}

/** Waits until so many attempts are in the log. */
export async function attempted(world: World, endpoint: number, n: number, within = 15_000): Promise<Flags[]> {
  const count = async () => (await world.admin.get(`/webhook/endpoint/${endpoint}/attempt/?limit=1`)).body.count
  for (const end = performance.now() + within; (await count()) < n && performance.now() < end; ) await sleep(10)
  const attempts = await attemptsAt(world, endpoint)
  expect(attempts.map(({ http_response_code: code, http_response_body: text }) => `${code} ${text}`)).toHaveLength(n)
  return attempts
}

/** For `expect.poll`: as long as a machine may take that has much else to do. */
export const patiently = { timeout: 15_000, interval: 10 }

export const eventOf = ({ http_request_body }: Flags): number => JSON.parse(http_request_body).event_id
export const ms = (time: string | null) => (time === null ? Number.NaN : Date.parse(time))
/** Milliseconds from an attempt to the next. */
export const wait = ({ sent_at, next_retry }: Flags) => ms(next_retry) - ms(sent_at)

let bios = 0
/** Somebody writes about themselves anew: one event, and its id. */
export async function update(world: World, who: Person, text = ''): Promise<number> {
  const answer = await who.patch(`/user/${who.id}/`, { bio: `${text} ${bios++}` })
  expect(answer.status, answer.text).toBe(200)
  const [row] = await world.db.query<{ id: number }>('select max(id) as id from event')
  return (row as { id: number }).id
}

const tellText = emitRows('now()', 'select $1::text as type, $3::text as data from generate_series(1, $2)')

/** Tells many events of a type at once; gives their ids. */
export async function tell(world: World, count: number, type = 'user.updated', data: unknown = {}): Promise<number[]> {
  return world.db.transaction(async (tx) => {
    const [before] = await tx.query<{ id: string }>('select pg_current_xact_id()::text as id')
    await tx.query(tellText, [type, count, JSON.stringify(data)])
    const rows = await tx.query<{ id: number }>('select id from event where txid = $1::xid8 order by id', [before?.id])
    return rows.map(({ id }) => id)
  })
}
