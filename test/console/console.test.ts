import { createHmac, timingSafeEqual } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildConsole } from '../../console/build.ts'
import { verifyCode } from '../../console/src/webhooks/verify-code.ts'
import { countDays } from '../../src/eventlog/days.ts'
import { settleRestoredEvents } from '../../src/eventlog/tally.ts'
import { password } from '../oauth/support.ts'
import { elements, faultsOf, openBrowser } from '../support/browser.ts'
import { createWorld, type World } from '../support/world.ts'
import { addAttempts, addEndpoint } from '../webhooks/endpoints.ts'

let folder: string
let world: World
let missing: string | null = 'The console could not be built: no room. Make some.'

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kith-console-'))
  world = await createWorld({ console: { folder, ready: async () => missing } })
  await world.join('boss', { password, role: 'admin' })
  await world.join('mo', { password, role: 'moderator' })
  await world.join('dora', { password })
  await world.told()
})
afterAll(async () => {
  await world?.end()
  await rm(folder, { recursive: true, force: true })
})

/** Somebody who has signed in, on the way to the console. */
async function enter(account: string) {
  const browser = openBrowser(world)
  const { location } = await browser.get('/console/webhooks')
  expect(location).toBe(`/signin?next=${encodeURIComponent('/console/webhooks')}`)
  const sent = await browser.signIn(account, password, '/console/webhooks')
  expect([sent.status, sent.location]).toEqual([303, '/console/webhooks'])
  return browser
}

describe('the build', () => {
  test('where there is none, the server runs and the console says why', async () => {
    const { status, html } = await (await enter('boss')).get('/console/')
    expect([status, html]).toEqual([503, expect.stringContaining('could not be built: no room')])
  })

  test('is there once, for the same source, and is made anew for another', async () => {
    missing = null
    const build = await buildConsole(folder)
    const { mtimeMs } = await stat(join(folder, 'current.json'))
    expect(await buildConsole(folder)).toBe(build)
    expect((await stat(join(folder, 'current.json'))).mtimeMs).toBe(mtimeMs)
    await writeFile(join(folder, 'current.json'), JSON.stringify({ build: 'older', script: 'main.js' }))
    expect(await Promise.all([buildConsole(folder), buildConsole(folder)])).toEqual([build, build])
    expect((await readdir(folder)).sort()).toEqual([build, 'current.json'].sort())
  })

  test('is made by several processes at once: what another makes is left alone, what one was killed at is not', async () => {
    const [making, left] = ['.draft-1-making', '.draft-2-left'].map((name) => join(folder, name)) as [string, string]
    await Promise.all([mkdir(making), mkdir(left)])
    const hourAgo = new Date(Date.now() - 3_600_000)
    await utimes(left, hourAgo, hourAgo)
    await writeFile(join(folder, 'current.json'), JSON.stringify({ build: 'older', script: 'main.js' }))
    const build = await buildConsole(folder)
    expect((await readdir(folder)).sort()).toEqual(['.draft-1-making', build, 'current.json'].sort())
    await rmdir(making)
  })

  test('loads 40 kB at most before it shows a page, gzipped, and 65 with its charts', async () => {
    const { build, script, styles, preloads } = JSON.parse(await readFile(join(folder, 'current.json'), 'utf8'))
    const sizeOf = async (file: string) => (await stat(join(folder, build, `${file}.gz`))).size
    let first = 0
    for (const file of [script, ...styles, ...preloads]) first += await sizeOf(file)
    expect(first).toBeLessThan(40_000)
    const files = (await readdir(join(folder, build))).filter((file) => file.endsWith('.gz'))
    const charts = files.find((file) => file.startsWith('uPlot')) as string
    expect(first + (await stat(join(folder, build, charts))).size).toBeLessThan(65_000)
  })
})

describe('the console', () => {
  test('is for administrators and moderators; a member is told so, kindly', async () => {
    const shown = await (await enter('dora')).get('/console/')
    expect([shown.status, shown.html]).toEqual([403, expect.stringContaining('you are neither of them')])
    for (const account of ['boss', 'mo']) {
      const browser = await enter(account)
      await expect.poll(async () => (await browser.get('/console/system')).status, { timeout: 5_000 }).toBe(200)
      const { html } = await browser.get('/console')
      const told = JSON.parse(elements(html, 'script').find((each) => each.get('id') === 'kith')?.text ?? '{}')
      expect(told).toMatchObject({ name: 'Kith', member: { username: account } })
      expect(faultsOf(html)).toEqual([])
    }
  })

  test('may run what was built and talk to its server, and nothing else', async () => {
    const { headers, html } = await (await enter('boss')).get('/console/')
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
        "worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
    expect(headers.get('cache-control')).toBe('no-store')
    const script = elements(html, 'script')
      .find((each) => each.get('src'))
      ?.get('src') as string
    const file = await fetch(`${world.url}${script}`, { headers: { 'accept-encoding': 'br' } })
    expect(Object.fromEntries(file.headers)).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-encoding': 'br',
      'content-type': 'text/javascript; charset=utf-8',
    })
    await file.arrayBuffer()
    expect((await fetch(`${world.url}/console/built/../../package.json`)).status).toBe(404)
  })

  test('calls the API by its session, which a page of elsewhere cannot', async () => {
    const browser = await enter('boss')
    const read = async (headers: Record<string, string>) => {
      const asked = { accept: 'application/json', ...headers }
      return (await browser.ask('/api/v2/audit/', { headers: asked })).status
    }
    expect(await read({ 'sec-fetch-site': 'same-origin' })).toBe(200)
    expect(await read({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' })).toBe(401)
    const make = async (headers: Record<string, string>) => {
      const body = JSON.stringify({ name: 'Herbs' })
      const asked = { accept: 'application/json', 'content-type': 'application/json', ...headers }
      return (await browser.ask('/api/v2/category/', { method: 'POST', body, headers: asked })).status
    }
    expect(await make({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' })).toBe(401)
    expect(await make({ origin: 'https://evil.example' })).toBe(401)
    expect(await make({})).toBe(401)
    // Without TLS browsers say where a page is from by the origin alone.
    expect(await make({ origin: world.url })).toBe(201)
    expect(await world.told()).toMatchObject([{ type: 'category.created' }])
  })
})

describe('what it reads', () => {
  test('events are counted by day, each once, however often they are counted and in whatever log', async () => {
    const today = new Date().toISOString().slice(0, 10)
    const count = async () => {
      const { results } = (await world.admin.get('/events/daily/?days=3')).body
      expect(results.map(({ day }: { day: string }) => day)).toHaveLength(3)
      expect(results.at(-1).day).toBe(today)
      return results.at(-1).events
    }
    const [{ rows } = { rows: {} }] = await world.db.query<{ rows: Record<string, number> }>(
      'select json_object_agg(type, n) as rows from (select type, count(*) as n from event group by 1) each',
    )
    // Nothing is counted yet but as it is asked for; then all; then some; then in a log restored elsewhere.
    expect(await count()).toEqual(rows)
    await Promise.all([countDays(world.db), countDays(world.db)])
    expect(await count()).toEqual(rows)
    await world.join('late')
    expect(await count()).toEqual({ ...rows, 'user.created': (rows['user.created'] as number) + 1 })
    await countDays(world.db)
    await world.db.query(`update event set txid = '9000000000'`)
    expect(await settleRestoredEvents(world.db)).toBe(true)
    expect(await count()).toEqual({ ...rows, 'user.created': (rows['user.created'] as number) + 1 })
    await countDays(world.db)
    expect(await count()).toEqual({ ...rows, 'user.created': (rows['user.created'] as number) + 1 })
    expect((await world.admin.get('/events/daily/?days=0')).status).toBe(400)
    expect((await world.admin.get('/events/daily/?days=367')).status).toBe(400)
    await world.told()
  })

  test('the last events are counted by minute, and the days cost no more of a long log', async () => {
    const { since, results } = (await world.admin.get('/events/minutes/')).body
    expect(since).toBeLessThan(Date.now() / 1000 - 3_500)
    const [{ n } = { n: 0 }] = await world.db.query<{ n: number }>('select count(*)::int as n from event')
    expect(results.reduce((sum: number, each: { events: number }) => sum + each.events, 0)).toBe(n)
  })

  test('endpoints say how they do, and their last attempts', async () => {
    const endpoint = await addEndpoint(world, { description: 'The shop' })
    const { results: events } = (await world.admin.get('/events/?limit=3')).body
    const [event] = events.map((each: { event_id: number }) => each.event_id)
    const at = Date.now()
    await addAttempts(world, endpoint.id, [
      { event, sent: at - 3_000 },
      { event, sent: at - 2_000, code: 500 },
      { event, sent: at - 1_000, code: null, retry: at + 60_000 },
    ])
    const [health] = (await world.admin.get(`/webhook/health/?endpoint=${endpoint.id}`)).body.results
    expect(health).toMatchObject({
      ...{ id: endpoint.id, description: 'The shop', state: 'healthy', attempts: 3, events: 1 },
      recent: { delivered: 1, refused: 1, unanswered: 1, ms: 7 },
      last: { event_id: event, code: null, answer: 'The receiver did not answer.' },
    })
    expect(Date.parse(health.last.next_retry)).toBe(at + 60_000)
    const { results } = (await world.admin.get(`/webhook/attempt/?event=${event}`)).body
    expect(results).toMatchObject([
      { endpoint_id: endpoint.id, ms: 7, http_response_code: null },
      { endpoint_id: endpoint.id, ms: 7, http_response_code: 500 },
      { endpoint_id: endpoint.id, ms: 7, http_response_code: 200 },
    ])
    expect((await world.admin.get(`/webhook/attempt/?event=${event}&endpoint=9999`)).body.results).toEqual([])
    expect((await world.admin.get('/webhook/attempt/')).status).toBe(400)
    // One that is deleted is in neither.
    await world.admin.delete(`/webhook/endpoint/${endpoint.id}/`)
    expect((await world.admin.get('/webhook/health/')).body.results).toEqual([])
    expect((await world.admin.get(`/webhook/attempt/?event=${event}`)).body.results).toEqual([])
  })

  test('the code it shows takes what is signed, and nothing else', () => {
    const [, body] = /(function isSigned[\s\S]+?\n}\n)/.exec(verifyCode) as unknown as [string, string]
    const isSigned = new Function('createHmac', 'timingSafeEqual', `${body}; return isSigned`)(
      createHmac,
      timingSafeEqual,
    )
    const sign = (at: number, text: string) => createHmac('sha256', 'whsec').update(`${at}.${text}`).digest('hex')
    const now = Math.floor(Date.now() / 1000)
    const header = `t=${now},v1=${'0'.repeat(64)},v1=${sign(now, '{}')},v0=${'0'.repeat(64)}`
    expect(isSigned(Buffer.from('{}'), header, 'whsec')).toBe(true)
    expect(isSigned(Buffer.from('{ }'), header, 'whsec')).toBe(false)
    expect(isSigned(Buffer.from('{}'), header, 'another')).toBe(false)
    for (const bad of ['', `t=${now}`, `t=${now},v1=zz`, `t=${now - 301},v1=${sign(now - 301, '{}')}`])
      expect([bad, isSigned(Buffer.from('{}'), bad, 'whsec')]).toEqual([bad, false])
  })

  test('the system says what runs, what is wrong, and what is not built', async () => {
    const { body } = await world.admin.get('/system/')
    expect(body).toMatchObject({ node: process.version, database: { version: expect.stringMatching(/^\d+/) } })
    expect(body.figures.map(({ name }: { name: string }) => name)).toContain('kith_mails_waiting')
    expect(body.findings.map(({ says }: { says: string }) => says)).toContainEqual(expect.stringMatching(/^webhooks: /))
    const { members, contributions } = (await world.admin.get('/system/totals/')).body
    expect([members, contributions]).toEqual([(await world.admin.get('/user/')).body.count, 0])
    const { results } = (await world.admin.get('/system/not_built/')).body
    expect(results.map(({ title }: { title: string }) => title)).toEqual([
      'Endpoints',
      'Fields and filters',
      'Events',
      'Options',
    ])
    for (const { items } of results) for (const { area, says } of items) expect([area, says]).not.toContain('')
  })
})
