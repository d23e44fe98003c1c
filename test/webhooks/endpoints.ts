import { expect } from 'vitest'
import type { World } from '../support/world.ts'

export const target = 'https://receiver.example/hook'

export type Flags = {
  id: number
  created_at: string
  updated_at: string
  is_active: boolean
  target: string
  description: string
  events: { type: string; added_at: string }[]
  ssl_cert_verification: boolean
}

/** An endpoint as an administrator makes it. */
export async function addEndpoint(world: World, fields: object = {}): Promise<Flags> {
  const answer = await world.admin.post('/webhook/endpoint/', { target, events: ['connection.created'], ...fields })
  expect(answer.status, answer.text).toBe(201)
  return answer.body
}

export type Made = { event: number; sent?: number; code?: number | null; retry?: number | null; secrets?: number }

/** Writes attempts as they are written by whoever delivers; times are in ms. */
export async function addAttempts(world: World, endpoint: number, attempts: Made[]): Promise<void> {
  const rows = attempts.map(({ event, sent = Date.now(), code = 200, retry = null, secrets = 1 }) => {
    const digests = Buffer.from(Array.from({ length: 32 * secrets }, (_, i) => (event + i) % 256)).toString('hex')
    return { event, sent: new Date(sent).toISOString(), code, retry: retry && new Date(retry).toISOString(), digests }
  })
  for (const day of new Set(rows.map(({ sent }) => sent.slice(0, 10)))) {
    const next = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10)
    await world.db.query(
      `create table if not exists webhook_attempt_${day.replaceAll('-', '')} partition of webhook_attempt
       for values from ('${day}') to ('${next}')`,
    )
  }
  await world.db.query(
    `with made as (
      insert into webhook_attempt (id, endpoint_id, event_id, sent_at, digests, code, response, ms, next_retry)
      select nextval('webhook_attempt_id'), $1, event, sent, decode(digests, 'hex'), code,
        case when code is null then 'The receiver did not answer.' else 'OK "then"' end, 7, retry
      from json_to_recordset($2::json) as made(event bigint, sent timestamptz, code smallint, retry timestamptz, digests text)
      returning 1
    )
    update webhook_lane set attempts = attempts + (select count(*) from made) where endpoint_id = $1`,
    [endpoint, JSON.stringify(rows)],
  )
}

export type Waiting = { event_id: number; replay: boolean; run: number; attempts: number }

/** What waits to be delivered to an endpoint, apart from the log. */
export const waiting = (world: World, endpoint: number) =>
  world.db.query<Waiting>(
    'select event_id, replay, run, attempts from webhook_delivery where endpoint_id = $1 order by event_id',
    [endpoint],
  )
