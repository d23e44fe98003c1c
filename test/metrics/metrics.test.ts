import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readConfig } from '../../src/config.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
const token = 'a-token-for-prometheus'

beforeAll(async () => {
  world = await createWorld({ metricsToken: token, dataDir: tmpdir() })
})
afterAll(() => world.end())

const look = (sent = token) => world.send(`${world.url}/metrics`, { headers: { authorization: `Bearer ${sent}` } })
/** The figures of a look, by name and labels. */
async function figures(): Promise<Map<string, number>> {
  const { status, text, headers } = await look()
  expect([status, headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/plain; version=0.0.4/)])
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'))
  for (const line of lines)
    expect(line).toMatch(/^[a-z0-9_]+(\{[a-zA-Z_]+="[^"]*"(,[a-zA-Z_]+="[^"]*")*\})? [-+.\deNaInf]+$/)
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]))
}

test('whoever has the token reads what a node and its community do, and nobody else that there is anything', async () => {
  expect((await look('a-token-of-nobody-at-all')).status).toBe(401)
  expect((await world.send(`${world.url}/metrics`)).status).toBe(401)
  expect((await look(world.admin.token)).status).toBe(401)
  const before = await figures()
  await world.alice.post('/status/', { text: '<p>good morning</p>' })
  await world.bob.get('/status/1/')
  await world.bob.get('/status/2/')
  for (let i = 0; i < 3; i++) await world.visitor.get(`/made/up/${i}/`)
  const now = await figures()
  const more = (name: string) => (now.get(name) ?? 0) - (before.get(name) ?? 0)
  const counted = (labels: string) => more(`kith_http_request_seconds_count{${labels}}`)
  expect(counted('method="POST",route="/api/v2/status/",status="201"')).toBe(1)
  expect(counted('method="GET",route="/api/v2/status/:id/",status="200"')).toBe(1)
  expect(counted('method="GET",route="/api/v2/status/:id/",status="404"')).toBe(1)
  expect(counted('method="GET",route="none",status="404"')).toBe(3)
  expect(more('kith_events_total')).toBeGreaterThan(0)
  expect(now.get('kith_webhook_endpoints{state="healthy"}')).toBe(0)
  expect(now.get('kith_database_bytes')).toBeGreaterThan(1_000_000)
  expect(more('kith_database_statements_total')).toBeGreaterThan(5)
  expect(more('kith_database_statement_seconds_total')).toBeGreaterThan(0)
  expect(now.get('kith_disk_free_bytes')).toBeGreaterThan(0)
  expect(now.get('process_resident_memory_bytes')).toBeGreaterThan(1_000_000)
})

test('what waits is counted: endpoints nobody delivers to, deliveries, mails', async () => {
  await world.admin.post('/webhook/endpoint/', { target: 'http://127.0.0.1:9/', events: [{ type: 'status.created' }] })
  await world.alice.post('/status/', { text: '<p>good evening</p>' })
  await world.db.query(
    `insert into webhook_delivery select 1, max(id), false, 0, 1, now() - interval '1 hour' from event`,
  )
  const now = await figures()
  expect(now.get('kith_webhook_endpoints{state="healthy"}')).toBe(1)
  expect(now.get('kith_webhook_endpoints_idle')).toBe(1)
  expect(now.get('kith_webhook_behind')).toBeGreaterThan(0)
  expect([now.get('kith_webhook_waiting'), now.get('kith_webhook_late')]).toEqual([1, 1])
  expect(now.get('kith_mails_waiting')).toBe(0)
  // What a status is worth is given by a server that goes on; here is none.
  expect(now.get('kith_scores_waiting')).toBeGreaterThan(0)
  expect([now.get('kith_archives_waiting'), now.get('kith_erasures_waiting')]).toEqual([0, 0])
})

test('without a token there are no metrics, and a short one is refused', async () => {
  const plain = await createWorld()
  expect((await plain.send(`${plain.url}/metrics`)).status).toBe(404)
  await plain.end()
  expect(() => readConfig({ KITH_METRICS_TOKEN: 'short' })).toThrow('16 to 200 characters')
})

test('every rule and every panel asks for figures that there are; a rule says what to do, and nothing is left out', async () => {
  const read = (name: string) => readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
  const names = new Set([...(await figures()).keys()].map((each) => each.replace(/\{.*/, '')))
  const asked = /\b(kith|process|nodejs)_[a-z0-9_]+/g
  const { groups } = parse(await read('kith-alerts.yml')) as { groups: { rules: Rule[] }[] }
  const rules = groups.flatMap((group) => group.rules)
  expect(rules.length).toBeGreaterThan(8)
  for (const { alert, expr, annotations } of rules) {
    expect([alert, annotations]).toEqual([alert, { summary: expect.any(String), do: expect.any(String) }])
    for (const name of expr.match(asked) ?? ['up'])
      expect([alert, name === 'up' || names.has(name)]).toEqual([alert, true])
  }
  const dashboard = JSON.parse(await read('kith-dashboard.json')) as { panels: Panel[] }
  const panels = dashboard.panels.filter(({ type }) => type !== 'row')
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
  const shown = new Set<string>()
  for (const { title, targets } of panels)
    for (const { expr } of targets ?? []) {
      expect([title, count(expr, '('), count(expr, '{')]).toEqual([title, count(expr, ')'), count(expr, '}')])
      for (const name of expr.match(asked) ?? []) {
        expect([title, name, names.has(name)]).toEqual([title, name, true])
        shown.add(name)
      }
    }
  // Of a histogram its buckets are enough; how large the disk is, only the rule asks.
  const ours = [...names].filter((name) => name.startsWith('kith_') && name !== 'kith_disk_bytes')
  expect(ours.filter((name) => !shown.has(name))).toEqual([])
})

type Rule = { alert: string; expr: string; annotations: Record<string, string> }
type Panel = { id: number; type: string; title: string; targets?: { expr: string }[] }

const count = (text: string, sign: string) => text.split(sign).length
