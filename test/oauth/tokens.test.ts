import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clearSignIns } from '../../src/sessions/clear.ts'
import { createWorld, type Person, type World } from '../support/world.ts'
import { type Client, makeApp, password, refresh, sendForm, shown, signIn, withToken } from './support.ts'

let world: World
let dora: Person
let app: Client

beforeAll(async () => {
  world = await createWorld()
  dora = await world.join('dora', { password })
  app = await makeApp(world)
  await world.told()
})
afterAll(() => world.end())

const me = (token: string) => withToken(world, token, '/user/me/')

describe('name and password', () => {
  test('give a token, by which the member acts as by any other', async () => {
    const answer = await signIn(world, app, 'dora')
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(answer.body).toEqual({
      access_token: expect.stringMatching(/^kith_at_/),
      refresh_token: expect.stringMatching(/^kith_rt_/),
      expires_in: 36_000,
      token_type: 'Bearer',
      scope: 'read write',
    })
    expect((await me(answer.body.access_token)).body.id).toBe(dora.id)
    const asked = await withToken(world, answer.body.access_token, `/user/${world.bob.id}/connection/request/`, 'POST')
    expect(asked.body).toEqual({ connection_status: 'sent_connection_request' })
    expect(await world.toldShort()).toEqual(['connection_request.created dora>bob'])
  })

  test('may be the e-mail address, in any case, where the community lets members sign in so', async () => {
    expect((await signIn(world, app, 'DORA@example.com')).status).toBe(200)
    expect((await signIn(world, app, 'DoRa')).status).toBe(200)
    await world.set({ email_password_login_enabled: false })
    expect((await signIn(world, app, 'dora@example.com')).body.error).toBe('invalid_grant')
    expect((await signIn(world, app, 'dora')).status).toBe(200)
    await world.set({ email_password_login_enabled: true })
  })

  test('that are wrong are answered alike, whatever is wrong', async () => {
    const answers = [
      await signIn(world, app, 'dora', { password: 'Something else 1' }),
      await signIn(world, app, 'nobody'),
      await signIn(world, app, 'nobody@example.com'),
      // Alice has none.
      await signIn(world, app, 'alice'),
      await signIn(world, app, 'x'.repeat(500)),
    ]
    for (const { status, text } of answers) expect([status, text]).toEqual([400, answers[0]?.text])
    expect(answers[0]?.body).toMatchObject({ error: 'invalid_grant', errors: [{ code: 'invalid_grant' }] })
  })

  test('are not taken from an app that was not made for it, nor from an address', async () => {
    const other = await makeApp(world, { grants: ['authorization_code'] })
    expect((await signIn(world, other, 'dora')).body.error).toBe('unauthorized_client')
    const query = new URLSearchParams({ ...shown(app), grant_type: 'password', username: 'dora', password })
    const answer = await world.send(`${world.url}/oauth/token/?${query}`, { method: 'POST' })
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client'])
    expect(world.log.join('')).not.toContain(encodeURIComponent(password))
  })

  test('of a blocked member let them in to read, and to nothing else', async () => {
    const fred = await world.join('fred', { password })
    await world.db.query(`update users set status = 'b' where id = $1`, [fred.id])
    const { body } = await signIn(world, app, 'fred')
    expect((await me(body.access_token)).status).toBe(200)
    expect((await withToken(world, body.access_token, '/status/', 'POST')).status).toBe(403)
  })

  test('of a deleted member let nobody in', async () => {
    const gina = await world.join('gina', { password })
    const { body } = await signIn(world, app, 'gina')
    await world.admin.delete(`/user/${gina.id}/`)
    expect((await me(body.access_token)).status).toBe(401)
    expect((await signIn(world, app, 'gina')).body.error).toBe('invalid_grant')
    expect((await refresh(world, app, body.refresh_token)).body.error).toBe('invalid_grant')
  })
})

describe('a token', () => {
  test('that was given to read does not write, whatever is asked', async () => {
    const { body } = await signIn(world, app, 'dora', { scope: 'read' })
    expect(body.scope).toBe('read')
    expect((await me(body.access_token)).status).toBe(200)
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await withToken(world, body.access_token, '/user/me/', method)
      expect([method, answer.status, answer.body.errors[0].code]).toEqual([method, 403, 'insufficient_scope'])
      expect(answer.headers.get('www-authenticate')).toBe('Bearer error="insufficient_scope", scope="write"')
    }
  })

  test('that was given to write does not read', async () => {
    const { body } = await signIn(world, app, 'dora', { scope: 'write' })
    expect((await me(body.access_token)).status).toBe(403)
    expect((await withToken(world, body.access_token, `/user/${world.carla.id}/hide/`, 'POST')).status).toBe(204)
    expect((await withToken(world, body.access_token, `/user/${world.carla.id}/hide/`, 'POST')).status).toBe(204)
  })

  test('is asked for within what the app may have, and loses what is taken from the app', async () => {
    const reader = await makeApp(world, { scopes: ['read'] })
    expect((await signIn(world, reader, 'dora')).body.scope).toBe('read')
    expect((await signIn(world, reader, 'dora', { scope: 'read write' })).body.error).toBe('invalid_scope')
    expect((await signIn(world, app, 'dora', { scope: 'admin' })).body.error).toBe('invalid_scope')
    const both = await makeApp(world)
    const { body } = await signIn(world, both, 'dora')
    await world.admin.patch(`/oauth/apps/${both.id}/`, { scopes: ['write'] })
    expect((await me(body.access_token)).status).toBe(403)
  })

  test('ends by its time', async () => {
    const other = await createWorld()
    await other.join('dora', { password })
    const there = await makeApp(other)
    const { body } = await signIn(other, there, 'dora')
    other.pass(35_990_000)
    expect((await withToken(other, body.access_token, '/user/me/')).status).toBe(200)
    other.pass(20_000)
    const over = await withToken(other, body.access_token, '/user/me/')
    expect([over.status, over.body.errors[0].code]).toEqual([401, 'not_authenticated'])
    expect((await refresh(other, there, body.refresh_token)).status).toBe(200)
    other.pass(31 * 86_400_000)
    expect((await refresh(other, there, body.refresh_token)).body.error).toBe('invalid_grant')
    await other.end()
  })

  test('that was made up is refused everywhere', async () => {
    const { body } = await signIn(world, app, 'dora')
    const token = body.access_token as string
    const guesses = [`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`, `${token}x`, token.slice(0, -1)]
    guesses.push(body.refresh_token, `kith_at_${'A'.repeat(54)}`, 'kith_', 'kith_at_')
    for (const guess of guesses) {
      expect((await me(guess)).status, guess).toBe(401)
      expect((await withToken(world, guess, '/feature/')).status, guess).toBe(401)
    }
  })

  test('is kept nowhere but with whom it was given to', async () => {
    const { body } = await signIn(world, app, 'dora')
    for (const table of ['oauth_app', 'oauth_grant', 'oauth_token', 'oauth_code', 'session']) {
      const rows = JSON.stringify(await world.db.query(`select * from ${table}`))
      for (const secret of [body.access_token, body.refresh_token, app.client_secret])
        expect(rows).not.toContain(secret)
    }
    expect(world.log.join('')).not.toContain(body.access_token)
  })
})

describe('a refresh token', () => {
  test('gives a new pair, once', async () => {
    const first = (await signIn(world, app, 'dora')).body
    const second = await refresh(world, app, first.refresh_token)
    expect([second.status, second.body.scope]).toEqual([200, 'read write'])
    expect(second.body.refresh_token).not.toBe(first.refresh_token)
    expect((await me(second.body.access_token)).status).toBe(200)
    expect((await refresh(world, app, second.body.refresh_token, { scope: 'read' })).body.scope).toBe('read')
  })

  test('that is used again ends everything that came of it', async () => {
    const first = (await signIn(world, app, 'dora')).body
    const second = (await refresh(world, app, first.refresh_token)).body
    world.pass(11_000)
    const again = await refresh(world, app, first.refresh_token)
    expect([again.status, again.body.error]).toEqual([400, 'invalid_grant'])
    for (const token of [first.access_token, second.access_token]) expect((await me(token)).status).toBe(401)
    expect((await refresh(world, app, second.refresh_token)).body.error).toBe('invalid_grant')
  })

  test('that two windows use at the same moment signs neither out', async () => {
    const first = (await signIn(world, app, 'dora')).body
    const both = await Promise.all([1, 2].map(() => refresh(world, app, first.refresh_token)))
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    for (const { body } of both) expect((await me(body.access_token)).status).toBe(200)
  })

  test('is of the app it was given to: another that has it ends nothing', async () => {
    const other = await makeApp(world)
    const first = (await signIn(world, app, 'dora')).body
    expect((await refresh(world, other, first.refresh_token)).body.error).toBe('invalid_grant')
    expect((await refresh(world, app, first.refresh_token)).status).toBe(200)
  })

  test('of an app that can keep no secret is sent without one', async () => {
    const open = await makeApp(world, { confidential: false })
    expect(open.client_secret).toBe(null)
    const first = (await signIn(world, open, 'dora')).body
    expect((await refresh(world, open, first.refresh_token)).status).toBe(200)
  })
})

describe('a client', () => {
  const token = (form: Record<string, string>, headers = {}) => sendForm(world, '/oauth/token/', form, headers)
  const basic = (id: string, secret: string) => ({
    authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
  })

  test('shows its secret in the body or by HTTP Basic', async () => {
    const { client_id, client_secret } = app
    const form = { grant_type: 'password', username: 'dora', password }
    expect((await token(form, basic(client_id, client_secret as string))).status).toBe(200)
    const wrong = await token(form, basic(client_id, 'kith_cs_wrong'))
    expect([wrong.status, wrong.body.error, wrong.headers.get('www-authenticate')]).toEqual([
      401,
      'invalid_client',
      'Basic realm="oauth"',
    ])
    const wrongly = [
      { client_id, client_secret: 'x' },
      { client_id: 'x', client_secret: 'x' },
    ]
    // Nothing that a browser would ask the member about.
    expect((await token(form)).headers.has('www-authenticate')).toBe(false)
    for (const more of [{}, { client_id }, ...wrongly] as Record<string, string>[])
      expect((await token({ ...form, ...more })).body.error).toBe('invalid_client')
    expect((await token({ ...form, ...shown(app) }, basic(client_id, client_secret as string))).body.error).toBe(
      'invalid_request',
    )
    for (const authorization of ['Basic', 'Basic !', 'Basic Og==', 'Basic JQ==', 'Basic JTAwOiUwMA=='])
      expect((await token({ ...form }, { authorization })).status, authorization).toBe(401)
  })

  test('is told by RFC 6749 what it did wrong, and as elsewhere in the API', async () => {
    const nothing = await token({})
    expect([nothing.status, nothing.body]).toEqual([
      400,
      {
        error: 'invalid_request',
        error_description: 'Send grant_type.',
        errors: [{ code: 'invalid_request', message: 'Send grant_type.' }],
      },
    ])
    for (const grant_type of ['', 'magic', 'toString', '__proto__'])
      expect((await token({ ...shown(app), grant_type })).status).toBe(400)
    const twice = `${new URLSearchParams({ ...shown(app), grant_type: 'password' })}&grant_type=refresh_token`
    const answer = await world.send(`${world.url}/oauth/token/`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: twice,
    })
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request'])
    const typed = await world.send(`${world.url}/oauth/token/`, { method: 'POST', body: 'x' })
    expect([typed.status, typed.body.error]).toEqual([415, 'invalid_request'])
  })

  test('acts for itself as the member it was made for', async () => {
    const robot = await world.join('robot')
    const server = await makeApp(world, {
      grants: ['client_credentials'],
      redirect_uris: [],
      member_id: robot.id,
    })
    const { status, body } = await token({ ...shown(server), grant_type: 'client_credentials' })
    expect([status, body.refresh_token]).toEqual([200, undefined])
    expect((await me(body.access_token)).body.username).toBe('robot')
    expect((await token({ ...shown(app), grant_type: 'client_credentials' })).body.error).toBe('unauthorized_client')
    await world.admin.delete(`/user/${robot.id}/`)
    expect((await token({ ...shown(server), grant_type: 'client_credentials' })).body.error).toBe('unauthorized_client')
  })

  test('revokes what it was given: both of a pair end, those of others do not', async () => {
    const first = (await signIn(world, app, 'dora')).body
    const other = await makeApp(world)
    const revoke = (client: Client, token: string) =>
      sendForm(world, '/oauth/revoke_token/', { ...shown(client), token })
    expect((await revoke(other, first.access_token)).status).toBe(200)
    expect((await me(first.access_token)).status).toBe(200)
    const revoked = await revoke(app, first.access_token)
    expect([revoked.status, revoked.body]).toEqual([200, {}])
    expect((await me(first.access_token)).status).toBe(401)
    expect((await refresh(world, app, first.refresh_token)).body.error).toBe('invalid_grant')
    expect((await revoke(app, 'whatever')).status).toBe(200)
    expect((await sendForm(world, '/oauth/revoke_token/', shown(app))).body.error).toBe('invalid_request')
    expect((await sendForm(world, '/oauth/revoke_token/', { token: 'x' })).status).toBe(401)
  })

  test('looks at its own tokens, and at no others', async () => {
    const { body } = await signIn(world, app, 'dora', { scope: 'read' })
    const look = (client: Client, token: string) => sendForm(world, '/oauth/introspect/', { ...shown(client), token })
    expect((await look(app, body.access_token)).body).toEqual({
      active: true,
      scope: 'read',
      client_id: app.client_id,
      username: 'dora',
      sub: String(dora.id),
      token_type: 'Bearer',
      exp: expect.any(Number),
      iat: expect.any(Number),
    })
    expect((await look(app, body.refresh_token)).body.active).toBe(true)
    expect((await look(await makeApp(world), body.access_token)).body).toEqual({ active: false })
    expect((await look(await makeApp(world, { confidential: false }), body.access_token)).status).toBe(401)
  })
})

test('many attempts on an account end in 429 for whom makes them, and in nothing for its member', async () => {
  const other = await createWorld({ trustedProxies: ['127.0.0.1'] })
  const member = await other.join('dora', { password })
  const there = await makeApp(other)
  const from = (address: string, password: string, username = 'dora') =>
    sendForm(
      other,
      '/oauth/token/',
      { ...shown(there), grant_type: 'password', username, password },
      { 'x-forwarded-for': address },
    )
  const wrong = await Promise.all(Array.from({ length: 14 }, () => from('203.0.113.9', 'Guess 1234')))
  expect(wrong.filter(({ status }) => status === 429)).toHaveLength(4)
  const told = wrong.find(({ status }) => status === 429)
  expect([told?.body.error, Number(told?.headers.get('retry-after'))]).toEqual(['temporarily_unavailable', 900])
  // Even with the right one, and whatever the account is called by.
  expect((await from('203.0.113.9', password, 'dora@example.com')).status).toBe(429)
  expect((await from('203.0.113.9', password, 'DORA')).status).toBe(429)
  expect((await from('198.51.100.7', password)).status).toBe(200)
  // A name that nobody has is counted the same way.
  const nobody = await Promise.all(Array.from({ length: 11 }, () => from('203.0.113.77', 'Guess 1234', 'nobody')))
  expect(nobody.filter(({ status }) => status === 429)).toHaveLength(1)
  // From ever new addresses: each has fewer attempts, and the member still has some. Hashing a hundred would take long.
  for (let i = 0; i < 100; i++) other.kith.signIns.count(`member ${member.id}`, `198.18.0.${i}`)
  const few = await Promise.all(Array.from({ length: 5 }, () => from('203.0.113.200', 'Guess 1234')))
  expect(few.filter(({ status }) => status === 429)).toHaveLength(2)
  expect((await from('198.51.100.7', password)).status).toBe(200)
  other.pass(15 * 60_000 + 1)
  expect((await from('203.0.113.9', password)).status).toBe(200)
  await other.end()
})

test('nobody fills the database by signing in', async () => {
  const hana = await world.join('hana', { password })
  const own = await makeApp(world)
  const first = (await signIn(world, own, 'hana')).body
  await world.db.query(
    `insert into oauth_grant (app_id, user_id, scopes, created_at, expires_at)
     select app_id, user_id, scopes, created_at, expires_at from oauth_grant, generate_series(1, 999) where user_id = $1`,
    [hana.id],
  )
  expect((await me(first.access_token)).status).toBe(200)
  expect((await signIn(world, own, 'hana')).status).toBe(200)
  world.pass(3_000)
  expect((await me(first.access_token)).status).toBe(401)
  const count = 'select count(*)::int as n from oauth_grant where user_id = $1'
  expect(await world.db.query(count, [hana.id])).toEqual([{ n: 1_000 }])
})

test('what has ended by its time is removed, and nothing else', async () => {
  const other = await createWorld()
  await other.join('dora', { password })
  const there = await makeApp(other)
  const first = (await signIn(other, there, 'dora')).body
  await signIn(other, there, 'dora')
  other.pass(20 * 86_400_000)
  const { body } = await refresh(other, there, first.refresh_token)
  other.pass(15 * 86_400_000)
  await clearSignIns(other.kith)
  expect(await other.db.query('select count(*)::int as n from oauth_grant')).toEqual([{ n: 1 }])
  expect((await refresh(other, there, body.refresh_token)).status).toBe(200)
  await other.end()
})

test('what clients need to know is told where RFC 8414 has it', async () => {
  const { status, body } = await world.send(`${world.url}/.well-known/oauth-authorization-server`)
  expect([status, body.issuer, body.token_endpoint]).toEqual([200, world.url, `${world.url}/oauth/token/`])
  expect(body.code_challenge_methods_supported).toEqual(['S256'])
})
