import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeApp, password, sendForm, shown, signIn } from '../oauth/support.ts'
import { createWorld, type Person, type World } from '../support/world.ts'
import { addressOf, heartbeat, openPage, type Page } from './page.ts'

let world: World
let alice: Person
let bob: Person

beforeAll(async () => {
  world = await createWorld({ origins: ['https://app.example'], patience: 2 })
  ;({ alice, bob } = world)
  await world.set({ 'addons.private_messages_enabled': true })
})
afterAll(() => world.end())

/** The text of a refusal, with its status. */
async function refusal(opening: Promise<Page>) {
  const refused = await opening.then(
    () => null,
    (why) => why,
  )
  expect(refused, 'it was opened').not.toBeNull()
  const { status, text, headers } = refused
  return { status, headers, error: JSON.parse(text).errors[0] }
}

/** Everything that bytes on a connection of its own are answered. */
const ask = (lines: string[]) =>
  new Promise<string>((resolve) => {
    let answer = ''
    const { hostname, port } = new URL(world.url)
    const socket = connect(Number(port), hostname, () => socket.write(`${lines.join('\r\n')}\r\n\r\n`))
    socket.on('data', (data) => {
      answer += data
    })
    socket.on('close', () => resolve(answer))
  })

describe('A page opens a socket', () => {
  test('with its token as the sub-protocol, and is answered with the same', async () => {
    const page = await openPage(world, alice)
    expect(page.socket.protocol).toBe(`__${alice.token}`)
    expect(page.socket.extensions).toBe('')
    await page.close()
  })

  test('at the address with its last slash, and without a query', async () => {
    for (const path of ['/ws/notify/', '/ws/notify', '/ws/notify/?subscribe-user']) {
      const page = await openPage(world, alice, { path })
      expect(await page.rest()).toEqual([])
      await page.close()
    }
  })

  test('or, where it is no browser, with the token in the header', async () => {
    const page = await openPage(world, { token: '' }, { headers: { authorization: `Bearer ${alice.token}` } })
    expect(page.socket.protocol).toBe('')
    await page.close()
  })

  test('and has its signs of life sent back, as often as it sends one', async () => {
    const page = await openPage(world, alice)
    for (let i = 0; i < 3; i++) {
      page.say(heartbeat)
      expect(await page.next()).toBe(heartbeat)
    }
    await page.close()
  })

  test('from the origins that may call, and from no other', async () => {
    for (const origin of ['https://app.example', world.url]) {
      const page = await openPage(world, alice, { origin })
      await page.close()
    }
    const { status, error } = await refusal(openPage(world, alice, { origin: 'https://evil.example' }))
    expect([status, error.code]).toEqual([403, 'permission_denied'])
    expect(error.message).toMatch(/KITH_CORS_ORIGINS/)
  })
})

describe('A socket is refused by HTTP, before it is one', () => {
  test('without a token, with one that is not good, and with one that is not told as one', async () => {
    for (const token of ['', 'x', 'kith_at_nonsense', alice.token.slice(0, -3)]) {
      const { status, headers, error } = await refusal(openPage(world, { token }))
      expect([status, error.code]).toEqual([401, 'not_authenticated'])
      expect(headers['content-type']).toMatch('application/json')
      expect(headers.connection).toBe('close')
    }
    const { status, error } = await refusal(openPage(world, alice, { protocol: alice.token }))
    expect([status, error.message]).toEqual([401, expect.stringMatching(/two underscores/)])
  })

  test('to one who has left, or is blocked, or has an older password', async () => {
    const dora = await world.join('dora', { password })
    await world.db.query(`update users set status = 'b' where id = $1`, [dora.id])
    const blocked = await refusal(openPage(world, dora))
    expect([blocked.status, blocked.error.code]).toEqual([403, 'permission_denied'])
    const eric = await world.join('eric')
    expect((await world.admin.delete(`/user/${eric.id}/`)).status).toBe(204)
    expect((await refusal(openPage(world, eric))).status).toBe(401)
  })

  test('to a token that does not read', async () => {
    await world.join('fay', { password })
    const app = await makeApp(world)
    const { body } = await signIn(world, app, 'fay', { scope: 'write' })
    const { status, error } = await refusal(openPage(world, { token: body.access_token }))
    expect([status, error.code]).toEqual([403, 'insufficient_scope'])
  })

  test('where it is asked for as anything else', async () => {
    const { status, headers, body } = await alice.get(`${world.url}/ws/notify`)
    expect([status, headers.get('upgrade'), body.errors[0].code]).toEqual([426, 'websocket', 'upgrade_required'])
    const get = ['GET /ws/notify HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket']
    const authorization = `Authorization: Bearer ${alice.token}`
    expect(await ask([...get, authorization])).toMatch(/^HTTP\/1.1 400 .*"parse_error"/s)
    expect(await ask([...get, authorization, 'Sec-WebSocket-Version: 12', 'Sec-WebSocket-Key: x'])).toMatch(
      /^HTTP\/1.1 400/,
    )
    expect(
      await ask([
        'POST /ws/notify HTTP/1.1',
        'Host: x',
        'Connection: Upgrade, close',
        'Upgrade: websocket',
        'Content-Length: 0',
      ]),
    ).toMatch(/^HTTP\/1.1 405 .*"method_not_allowed"/s)
  })

  test('and elsewhere a wish for another protocol is passed over', async () => {
    const lines = ['GET /healthz HTTP/1.1', 'Host: x', 'Connection: Upgrade, close']
    for (const protocol of ['websocket', 'h2c'])
      expect(await ask([...lines, `Upgrade: ${protocol}`])).toMatch(/^HTTP\/1.1 200/)
  })

  test('when a member has as many as anybody needs', async () => {
    const [gus] = [await world.join('gus')]
    const pages = await Promise.all(Array.from({ length: 32 }, () => openPage(world, gus)))
    const { status, headers, error } = await refusal(openPage(world, gus))
    expect([status, headers['retry-after'], error.code]).toEqual([429, '60', 'throttled'])
    await pages[0]?.close()
    await expect.poll(() => openPage(world, gus).then((page) => pages.push(page))).toBeTruthy()
    await Promise.all(pages.map((page) => page.close()))
  })
})

describe('A socket is closed', () => {
  test('when the password is changed, and nothing is told on it before', async () => {
    const hanna = await world.join('hanna', { password })
    const page = await openPage(world, hanna)
    world.pass(2_000)
    const sent = { password, new_password: 'another Horse 8' }
    expect((await hanna.patch(`/user/${hanna.id}/change_password/`, sent)).status).toBe(204)
    await bob.post(`/user/${hanna.id}/connection/request/`)
    await bob.post(`/user/${hanna.id}/connection/cancel_request/`)
    expect(await page.closed).toEqual({ code: 1008, reason: expect.stringMatching(/Sign in again/) })
    expect(page.heard).toEqual([])
  })

  test('when what an app was allowed is withdrawn, and not when its token ends by its time', async () => {
    const ina = await world.join('ina', { password })
    const app = await makeApp(world)
    const { body } = await signIn(world, app, 'ina')
    const page = await openPage(world, { token: body.access_token })
    await world.db.query(`update oauth_token set expires_at = now() - interval '1 day'`)
    await bob.post(`/user/${ina.id}/connection/request/`)
    await bob.post(`/user/${ina.id}/connection/cancel_request/`)
    // Of the request itself it may have been told before that was taken back.
    const first = await page.told()
    expect(first.activity_type === 55 ? await page.told() : first).toMatchObject({ activity_type: 60 })
    await sendForm(world, '/oauth/revoke_token/', { ...shown(app), token: body.access_token })
    expect(await page.closed).toMatchObject({ code: 1008 })
  })

  test('when its member is blocked, or erased', async () => {
    const [jan, kim] = [await world.join('jan'), await world.join('kim')]
    const pages = [await openPage(world, jan), await openPage(world, kim)]
    await world.db.query(`update users set status = 'b' where id = $1`, [jan.id])
    await world.admin.delete(`/user/${kim.id}/?hard=1`)
    for (const page of pages) expect(await page.closed).toMatchObject({ code: 1008 })
  })

  test('when it says what nobody means: a long frame, too many, or none at all', async () => {
    const flood = await openPage(world, alice)
    for (let i = 0; i < 100; i++) flood.say('x')
    expect(await flood.closed).toMatchObject({ code: 1008, reason: 'You say too much.' })
    const long = await openPage(world, alice)
    long.say(Buffer.alloc(2_000))
    expect(await long.closed).toMatchObject({ code: 1009 })
    const broken = await openPage(world, alice)
    broken.raw.write(Buffer.from([0xff, 0xff, 0xff, 0xff]))
    await broken.closed
  })

  test('and whatever else a page says is passed over', async () => {
    const page = await openPage(world, alice)
    for (const said of ['', '{}', '{"type":"subscribe"}', Buffer.from(heartbeat), '\u202E\0']) page.say(said)
    expect(await page.rest()).toEqual([])
    await page.close()
  })

  test('when nobody is there any more who would answer', async () => {
    const page = await openPage(world, alice, { autoPong: false })
    expect(await page.closed).toMatchObject({ code: 1006 })
  })

  test('when its page does not read what it is told', async () => {
    // There it is also waited for longer until it says anything.
    const patient = await createWorld({ patience: 60 })
    await patient.set({ 'addons.private_messages_enabled': true })
    const liv = await patient.join('liv', { role: 'moderator' })
    const page = await openPage(patient, liv)
    const other = await openPage(patient, liv)
    page.raw.pause()
    const sent = await patient.admin.post('/pm/', { recipients: [liv.id], message: 'long '.repeat(2_000) })
    expect(sent.status, sent.text).toBe(201)
    const [{ id, thread_id }] = sent.body
    await patient.db.query(
      `insert into signal (id, kind, member_id, about_id, within_id, created_at)
       select nextval('signal_id'), 'message_sent', $1, $2, $3, now() from generate_series(1, 1500)`,
      [liv.id, id, thread_id],
    )
    await expect.poll(() => patient.log.some((line) => line.includes('does not read')), { timeout: 30_000 }).toBe(true)
    page.raw.resume()
    expect(await page.closed).toMatchObject({ code: 1006 })
    // Whoever reads has all of it.
    for (let i = 0; i < 1501; i++) expect(await other.told()).toMatchObject({ activity_type: 37 })
    await other.close()
    await patient.end()
  }, 60_000)
})

test('A server that stops says so to all pages, and is gone', async () => {
  const other = await createWorld()
  const page = await openPage(other, other.alice)
  await other.end()
  expect(await page.closed).toEqual({ code: 1001, reason: 'Kith is stopping. Connect again.' })
})

test('As many are open as the server takes, and one address has its share', async () => {
  const other = await createWorld({ sockets: 300, rateLimit: 10_000 })
  const people = await Promise.all(Array.from({ length: 9 }, (_, i) => other.join(`p${i}`)))
  const pages: Page[] = []
  for (let i = 0; i < 256; i++) pages.push(await openPage(other, people[i % 9] as Person))
  const { status, error } = await refusal(openPage(other, other.alice))
  expect([status, error.code]).toEqual([429, 'throttled'])
  await other.end()
  const small = await createWorld({ sockets: 1 })
  const first = await openPage(small, small.alice)
  const full = await refusal(openPage(small, small.bob))
  expect([full.status, full.error.code]).toEqual([503, 'unavailable'])
  await first.close()
  await small.end()
  expect(addressOf(small.url)).toMatch(/^ws:/)
})
