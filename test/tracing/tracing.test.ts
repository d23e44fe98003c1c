import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { traceDeliveries } from '../../src/delivery/threads/traces.ts'
import { openTracing } from '../../src/platform/open-tracing.ts'
import type { Tracing } from '../../src/platform/tracing.ts'
import { deliver } from '../support/delivery.ts'
import { openInbox } from '../support/inbox.ts'
import { createWorld, type World } from '../support/world.ts'

type Span = {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  attributes: { key: string; value: Record<string, string | number> }[]
  events?: { name: string; attributes: Span['attributes'] }[]
  links?: { spanId: string }[]
  status: { code?: number; message?: string }
}

let collector: Server
let endpoint: string
const spans: Span[] = []
const said: string[] = []
const resources: Span['attributes'][] = []
let world: World
let tracing: Tracing

beforeAll(async () => {
  collector = createServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    const text = Buffer.concat(pieces).toString()
    said.push(text)
    for (const { resource, scopeSpans } of JSON.parse(text).resourceSpans) {
      resources.push(resource.attributes)
      for (const scope of scopeSpans) spans.push(...scope.spans)
    }
    response.writeHead(request.url === '/v1/traces' ? 200 : 404, { 'content-type': 'application/json' }).end('{}')
  }).on('error', (error) => {
    throw error
  })
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
  endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`
  tracing = await openTracing(endpoint, 'serve', (why) => void said.push(why))
  world = await createWorld({ tracing })
  world.db.traceBy(tracing)
})
afterAll(async () => {
  await world.end()
  collector.close()
})

const trace = 'c0ffee00c0ffee00c0ffee00c0ffee00'
const caller = '00f067aa0ba902b7'
const of = ({ attributes }: Pick<Span, 'attributes'>, key: string) => {
  const value = attributes.find((each) => each.key === key)?.value
  return value && Object.values(value)[0]
}

test('what traces are made with is not loaded by a server that sends none', async () => {
  // In a process of its own: other tests load whatever there is.
  const look = (module: string) => `
    await import(${JSON.stringify(new URL(module, import.meta.url).href)})
    const { cache } = (await import('node:module')).createRequire(import.meta.url)
    console.log(Object.keys(cache).some((file) => /sdk-trace|otlp/.test(file)))`
  const looked = (module: string) =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', look(module)], { cwd: import.meta.dirname })
  const files = ['../../src/cli/serve.ts', '../../src/platform/opentelemetry.ts']
  expect((await Promise.all(files.map(looked))).map(({ stdout }) => stdout.trim())).toEqual(['false', 'true'])
})

test('a request is a trace from its caller to whom its events are delivered, across what lies between', async () => {
  const inbox = await openInbox()
  await world.admin.post('/webhook/endpoint/', { target: inbox.url, events: [{ type: 'status.created' }] })
  const deliveries = await traceDeliveries(endpoint, { info() {}, warn() {}, error() {} })
  const delivering = await deliver(world, { follow: deliveries.follow })
  const headers = { authorization: `Bearer ${world.alice.token}`, 'content-type': 'application/json' }
  const post = (more: object, text: string) =>
    world.send('/status/', { method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify({ text }) })
  const { status, body } = await post({ traceparent: `00-${trace}-${caller}-01` }, '<p>a secret between us</p>')
  expect(status).toBe(201)
  // Whoever says so is left alone.
  expect((await post({ traceparent: `00-${trace.replaceAll('c', 'd')}-${caller}-00` }, '<p>quiet</p>')).status).toBe(
    201,
  )
  await world.send(`/status/${body.id}/`, { headers: { ...headers, traceparent: 'rubbish' } })
  await expect.poll(() => inbox.received.length).toBe(2)
  const [told, quiet] = inbox.received.map((each) => each.headers.traceparent)
  await delivering.stop()
  await deliveries.stop()
  await tracing.stop()

  const ours = spans.filter(({ traceId }) => traceId === trace)
  const request = ours.find(({ parentSpanId }) => parentSpanId === caller) as Span
  expect([request.name, of(request, 'http.route'), of(request, 'http.response.status_code')]).toEqual([
    'POST /api/v2/status/',
    '/api/v2/status/',
    201,
  ])
  const parts = ours.filter(({ parentSpanId }) => parentSpanId === request.spanId)
  expect(parts.map(({ name }) => name)).toContain('contributions: create')
  expect(parts.every(({ name }) => name !== 'statement')).toBe(true)
  const written = (request.events ?? []).map((each) => of(each, 'kith.event.type'))
  expect(written).toContain('status.created')
  const delivery = parts.find(({ name }) => name === 'deliver status.created') as Span
  expect([of(delivery, 'http.response.status_code'), of(delivery, 'kith.webhook.attempt')]).toEqual([204, 1])
  expect(delivery.links?.map(({ spanId }) => spanId)).toEqual([request.spanId])
  expect(told).toBe(`00-${trace}-${delivery.spanId}-01`)
  expect(quiet).toBeUndefined()
  expect(spans.some(({ traceId }) => traceId === trace.replaceAll('c', 'd'))).toBe(false)

  // One whose caller says nothing of use is a trace of its own; what anybody wrote is in none.
  const read = spans.find(({ name }) => name === 'GET /api/v2/status/:id/') as Span
  expect([read.parentSpanId ?? '', read.traceId === trace]).toEqual(['', false])
  expect(said.join()).not.toContain('a secret between us')
  expect(said.join()).not.toContain(world.alice.token)
  expect(new Set(resources.map((each) => of({ attributes: each }, 'kith.part')))).toEqual(
    new Set(['serve', 'delivery']),
  )
  const line = world.log.map((each) => JSON.parse(each)).find((each) => each.trace === trace)
  expect([line.url, line.status]).toEqual(['/api/v2/status/', 201])
})
