import { createHash } from 'node:crypto'
import { decodeJwt, importJWK, jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSender, type Sender } from '../../src/delivery/http/send.ts'
import { encrypt } from '../../src/devices/encrypt.ts'
import { pushDue } from '../../src/devices/push.ts'
import { createVapid, isVapidKey } from '../../src/devices/vapid.ts'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type World } from '../support/world.ts'
import { createBrowser, openService } from './service.ts'

let world: World
let service: Awaited<ReturnType<typeof openService>>
let sender: Sender
let alice: Person
let bob: Person

beforeAll(async () => {
  world = await createWorld()
  service = await openService()
  sender = createSender({ addresses: world.kith.webhookAddresses, timeout: 10_000, sockets: 8 })
})
afterAll(async () => {
  await sender.close()
  await service.close()
  await world.end()
})
beforeEach(async () => {
  ;[alice, bob] = await world.strangers()
  service.answer(201)
})

const subject = 'mailto:kith@example.com'
const lines: string[] = []
const log = { warn: (about: object) => void lines.push(JSON.stringify(about)), info() {} }
const look = () => pushDue(world.kith, { sender, log, subject })

/** Looks until all that has happened was looked at: other tests of this server may have transactions open. */
const push = () =>
  expect
    .poll(
      async () => {
        await look()
        return world.db.query('select from event e, push_place p where (e.txid, e.id) > (p.txid, p.id) limit 1')
      },
      { timeout: 20_000 },
    )
    .toEqual([])

/** Subscribes a browser of a member. */
async function subscribe(who: Person, path = createHash('md5').update(who.username).digest('hex')) {
  const browser = createBrowser()
  const registration_id = `${service.url}/push/${path}`
  const sent = { browser: 'CHROME', registration_id, user: who.username, ...browser.keys }
  const { status } = await who.post('/device/wp/', sent)
  expect(status).toBe(201)
  return { ...browser, registration_id, path: `/push/${path}` }
}

const waiting = async () => (await world.db.query<{ n: number }>('select count(*)::int as n from push'))[0]?.n

describe('A browser', () => {
  test('is registered with the last part of its endpoint, as the official client sends it', async () => {
    const keys = createBrowser().keys
    const made = await ok(alice.post('/device/wp/', { browser: 'FIREFOX', registration_id: 'gAAAA-b_1', ...keys }))
    expect([made.status, made.body]).toEqual([
      201,
      {
        type: 'wp',
        registration_id: 'gAAAA-b_1',
        name: 'FIREFOX',
        device_id: null,
        cloud_message_type: null,
        date_created: expect.any(String),
      },
    ])
    const [row] = await world.db.query(`select endpoint from device where registration_id = 'gAAAA-b_1'`)
    expect(row).toEqual({ endpoint: 'https://updates.push.services.mozilla.com/wpush/v2/gAAAA-b_1' })
    expect((await alice.get('/device/wp/gAAAA-b_1/')).body).toEqual(made.body)
    // It is nobody else's to see or to remove.
    for (const answer of [await bob.get('/device/wp/gAAAA-b_1/'), await bob.delete('/device/wp/gAAAA-b_1/')])
      expect(answer.status).toBe(404)
    const gone = await alice.delete('/device/wp/gAAAA-b_1/')
    expect([gone.status, gone.text]).toEqual([204, ''])
    expect((await alice.delete('/device/wp/gAAAA-b_1/')).status).toBe(404)
  })

  test('is theirs who use it now', async () => {
    const keys = createBrowser().keys
    for (const who of [alice, bob, bob])
      await ok(who.post('/device/wp/', { browser: 'CHROME', registration_id: 'shared', ...keys }))
    expect((await alice.get('/device/wp/shared/')).status).toBe(404)
    expect((await bob.get('/device/wp/shared/')).status).toBe(200)
  })

  test.each([
    ['keys that are none', { p256dh: 'x', auth: 'y' }, ['p256dh']],
    ['a point that is not on the curve', { p256dh: Buffer.alloc(65, 4).toString('base64') }, ['p256dh']],
    ['a secret of another length', { auth: 'AAAA' }, ['auth']],
    ['a private address', { registration_id: 'https://10.0.0.1/push' }, ['registration_id']],
    ['no address', { registration_id: 'https://' }, ['registration_id']],
    ['another path', { registration_id: '../../admin' }, ['registration_id']],
    ['nothing', { registration_id: '' }, ['registration_id']],
  ])('is refused with %s', async (_, wrong, fields) => {
    const sent = { browser: 'CHROME', registration_id: 'abc', ...createBrowser().keys, ...wrong }
    const { status, body } = await alice.post('/device/wp/', sent)
    expect([status, body.errors.map(({ field }: { field: string }) => field)]).toEqual([400, fields])
  })

  test('is not taken where push notifications are off', async () => {
    await world.set({ 'providers.web_push_enabled': false })
    const sent = { browser: 'CHROME', registration_id: 'abc', ...createBrowser().keys }
    expect((await alice.post('/device/wp/', sent)).status).toBe(403)
    await world.set({ 'providers.web_push_enabled': true })
  })

  test('a member has twenty at most, the newest', async () => {
    const keys = createBrowser().keys
    for (let i = 0; i < 22; i++)
      await ok(alice.post('/device/wp/', { browser: 'CHROME', registration_id: `${alice.username}-${i}`, ...keys }))
    const rows = await world.db.query<{ registration_id: string }>(
      'select registration_id from device where member_id = $1 order by id',
      [alice.id],
    )
    expect([rows.length, rows[0]?.registration_id]).toEqual([20, `${alice.username}-2`])
  })
})

test('Devices of apps are kept, and nothing is sent to them', async () => {
  for (const type of ['gcm', 'fcm', 'apns']) {
    const sent = { registration_id: `${type}-1`, cloud_message_type: 'FCM', name: 'Phone 📱', device_id: 'd1' }
    const { body } = await ok(alice.post(`/device/${type}/`, sent))
    expect(body).toEqual({ type, ...sent, date_created: expect.any(String) })
  }
  expect((await alice.post('/device/other/', { registration_id: 'x' })).status).toBe(404)
  await bob.post(`/user/${alice.id}/connection/request/`)
  await push()
  expect(service.pushed()).toEqual([])
})

test('The key that browsers subscribe with is an option, which nobody sets', async () => {
  const find = async (name: string) => (await world.visitor.get(`/dynamic_preference/?search=${name}`)).body.results[0]
  expect(await find('web_push_enabled')).toMatchObject({ value: true })
  expect(await find('web_push_public_key')).toMatchObject({ value: world.kith.vapid.publicKey })
  const { status, text } = await world.admin.patch('/dynamic_preference/', { web_push_public_key: 'x' })
  expect([status, text]).toEqual([400, expect.stringMatching(/KITH_VAPID_KEY/)])
})

describe('What a member is notified of', () => {
  test('is pushed to their browsers, for them alone to read, signed by the community', async () => {
    const browser = await subscribe(alice)
    await bob.post(`/user/${alice.id}/connection/request/`)
    await push()
    const [pushed, ...more] = service.pushed()
    expect([pushed?.path, more]).toEqual([browser.path, []])
    if (!pushed) return
    expect(JSON.parse(browser.read(pushed.body))).toEqual({
      title: world.kith.community.current().options['text.application_name'],
      options: {
        body: `${bob.username} wants to connect with you`,
        tag: expect.any(String),
        data: { url: `${world.url}/notification/` },
      },
    })
    expect(pushed.headers).toMatchObject({ 'content-encoding': 'aes128gcm', ttl: '86400', urgency: 'normal' })
    expect(pushed.body.includes(bob.username)).toBe(false)
    const [, token = '', key = ''] = /^vapid t=(\S+), k=(\S+)$/.exec(String(pushed.headers.authorization)) ?? []
    expect(key).toBe(world.kith.vapid.publicKey)
    const point = Buffer.from(key, 'base64url')
    const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')]
    const verified = await jwtVerify(token, await importJWK({ kty: 'EC', crv: 'P-256', x, y }, 'ES256'))
    expect(verified.payload).toMatchObject({ aud: service.url, sub: subject })
    // Once.
    await push()
    expect([service.pushed(), await waiting()]).toEqual([[], 0])
  })

  test('is pushed in the language that the browser was registered in, or read in since', async () => {
    const browser = createBrowser()
    const registration_id = `${service.url}/push/in-italian`
    const { status } = await world.send('/device/wp/', {
      method: 'POST',
      headers: {
        ...{ authorization: `Bearer ${bob.token}`, 'content-type': 'application/json' },
        'accept-language': 'it-IT, en;q=0.5',
      },
      body: JSON.stringify({ browser: 'CHROME', registration_id, user: bob.username, ...browser.keys }),
    })
    expect(status).toBe(201)
    await alice.post(`/user/${bob.id}/connection/request/`)
    await push()
    const body = () => service.pushed().map((each) => JSON.parse(browser.read(each.body)).options.body)
    expect(body()).toEqual([`${alice.username} vuole connettersi con te`])
    await bob.get('/notification/', { 'accept-language': 'en' })
    await bob.post(`/user/${alice.id}/connection/accept/`)
    await world.admin.post('/notification/notify/', { type: 'x', title: 'x', description: null, user: alice.id })
    await push()
    expect(body()).toEqual([`${alice.username} has news for you`])
  })

  test('is not, when it is taken back before, or they want none, or are hidden', async () => {
    await subscribe(alice)
    await bob.post(`/user/${alice.id}/connection/request/`)
    await bob.post(`/user/${alice.id}/connection/cancel_request/`)
    await push()
    await ok(alice.patch(`/user/${alice.id}/settings/`, { mobile_notifications_scmty: 0 }))
    await bob.post(`/user/${alice.id}/connection/request/`)
    await push()
    await ok(alice.patch(`/user/${alice.id}/settings/`, { mobile_notifications_scmty: 1 }))
    await bob.post(`/user/${alice.id}/connection/cancel_request/`)
    await alice.post(`/user/${bob.id}/hide/`)
    await bob.post(`/user/${alice.id}/connection/request/`)
    await push()
    expect([service.pushed(), await waiting()]).toEqual([[], 0])
  })

  test('is pushed again later where the service is busy, and a browser that is gone is forgotten', async () => {
    const browser = await subscribe(alice)
    service.answer(503, { 'retry-after': '60' })
    await bob.post(`/user/${alice.id}/connection/request/`)
    await push()
    await push()
    expect([service.pushed().length, await waiting()]).toEqual([1, 1])
    world.pass(61_000)
    service.answer(410)
    await push()
    expect([service.pushed().length, await waiting()]).toEqual([1, 0])
    const [row] = await world.db.query('select from device where registration_id = $1', [browser.registration_id])
    expect(row).toBeUndefined()
  })

  test('is given up where the service will not have it, and the browser kept', async () => {
    const browser = await subscribe(alice)
    service.answer(413)
    await bob.post(`/user/${alice.id}/connection/request/`)
    await push()
    expect([service.pushed().length, await waiting()]).toEqual([1, 0])
    expect(lines.at(-1)).toMatch(/answered 413/)
    expect(lines.at(-1)).not.toContain(browser.path)
  })

  test('is queued once, by whichever of several looks at the same moment', async () => {
    const browsers = await Promise.all([alice, bob].map((who) => subscribe(who)))
    const carla = await world.join(`carla_${alice.username}`)
    for (const who of [alice, bob]) await carla.post(`/user/${who.id}/connection/request/`)
    await Promise.all([push(), push(), push()])
    await push()
    const paths = service.pushed().map(({ path }) => path)
    expect(paths.sort()).toEqual(browsers.map(({ path }) => path).sort())
  })

  test('is not pushed to one who has left, whose browsers are forgotten', async () => {
    await subscribe(alice)
    await ok(world.admin.delete(`/user/${alice.id}/`))
    const rows = await world.db.query('select from device where member_id = $1', [alice.id])
    expect(rows).toEqual([])
  })
})

test('What is pushed is encrypted as RFC 8291 has it in its example', () => {
  const keys = {
    p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
    auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  }
  const made = {
    salt: Buffer.from('DGv6ra1nlYgDCS1FRnbzlw', 'base64url'),
    privateKey: Buffer.from('yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw', 'base64url'),
  }
  expect(encrypt('When I grow up, I want to be a watermelon', keys, made).toString('base64url')).toBe(
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_y' +
      'l95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
  )
})

test('The key follows from the secret, or is the one that is set', async () => {
  const [one, same, other] = ['a', 'a', 'b'].map((secret) => createVapid(secret.repeat(40)).publicKey)
  expect([one === same, one === other]).toEqual([true, false])
  const key = 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw'
  expect([isVapidKey(key), isVapidKey('x'), isVapidKey(Buffer.alloc(32).toString('base64url'))]).toEqual([
    true,
    false,
    false,
  ])
  const set = createVapid('whatever', key)
  expect(set.publicKey).toBe('BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8')
  const now = new Date('2026-01-01T00:00:00Z')
  const token = (await set.authorization('https://push.example', subject, now)).slice('vapid t='.length).split(',')[0]
  expect(decodeJwt(token as string).exp).toBe(now.getTime() / 1000 + 12 * 3600)
})
