// The floor of the lists about webhooks: a bare node:http and pg, one prepared statement a request, rows made into the
// same JSON as Kith's; nobody signs in, nothing is validated, no page but the first.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { answering } from './delivery-processes.ts'

export type FloorQuestion = { url: string }

pg.types.setTypeParser(pg.types.builtins.INT8, Number)
for (const type of [pg.types.builtins.TIMESTAMPTZ, pg.types.builtins.JSON]) pg.types.setTypeParser(type, (text) => text)

// biome-ignore lint/suspicious/noExplicitAny: a row is whatever the statement says
type Row = any

const iso = (text: string | null) => {
  if (text === null) return null
  const [, day, time, fraction = ''] = /^(\S+) (\d\d:\d\d:\d\d)(?:\.(\d+))?/.exec(text) ?? []
  return `${day}T${time}.${fraction.padEnd(6, '0')}+00:00`
}

const attemptsText = `select a.*, e.type, e.created, e.body from webhook_attempt a join event e on e.id = a.event_id
  where a.endpoint_id = $1 order by a.sent_at desc, a.id desc limit 21`
const endpointsText = 'select * from webhook_endpoint where not deleted order by created_at desc, id desc limit 21'
const eventsText = 'select body from event order by id desc limit 21'

const asAttempt = (row: Row) => {
  const digest = row.digests.toString('hex')
  return {
    id: row.id,
    created_at: iso(row.sent_at),
    event: { type: row.type, added_at: iso(row.created) },
    sent_at: iso(row.sent_at),
    http_request_body: row.body,
    http_request_signature_header: `t=${Math.floor(Date.parse(row.sent_at) / 1000)},v1=${digest},v0=${digest}`,
    http_response_code: row.code,
    http_response_body: row.response,
    next_retry: iso(row.next_retry),
  }
}

const asEndpoint = (row: Row) => ({
  id: row.id,
  created_at: iso(row.created_at),
  updated_at: iso(row.updated_at),
  is_active: row.is_active,
  target: row.target,
  description: row.description,
  events: JSON.parse(row.events),
  ssl_cert_verification: row.ssl_cert_verification,
})

async function answer(pool: pg.Pool, url: string): Promise<unknown> {
  const [, what, id] = url.split('/')
  if (what === 'attempts') {
    const { rows } = await pool.query({ name: 'attempts', text: attemptsText, values: [Number(id)] })
    return rows.slice(0, 20).map(asAttempt)
  }
  if (what === 'endpoints') {
    const { rows } = await pool.query({ name: 'endpoints', text: endpointsText })
    return rows.slice(0, 20).map(asEndpoint)
  }
  const { rows } = await pool.query({ name: 'events', text: eventsText })
  return rows.slice(0, 20).map(({ body }) => JSON.parse(body))
}

answering<FloorQuestion>(async ({ url }) => {
  const options = '-c random_page_cost=1.1 -c jit=off -c timezone=UTC'
  const pool = new pg.Pool({ connectionString: url, max: 10, options })
  const server = createServer(async (request, response) => {
    const text = JSON.stringify({ results: await answer(pool, request.url as string) })
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    response.end(text)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
})
