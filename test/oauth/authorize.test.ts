import * as client from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Browser, elements, faultsOf, fieldsOf, openBrowser } from '../support/browser.ts'
import { createWorld, type Person, type World } from '../support/world.ts'
import { type Client, makeApp, password, sendForm, shown, withToken } from './support.ts'

let world: World
let dora: Person
let browser: Browser

beforeAll(async () => {
  world = await createWorld()
  dora = await world.join('dora', { password })
  browser = openBrowser(world)
  await browser.signIn('dora', password)
  await world.told()
})
afterAll(() => world.end())

const redirect_uri = 'https://app.example/callback'
const verifier = client.generateRandomCodeVerifier()
const challenged = async () => ({
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
})

const pathFor = (app: Client, more: Record<string, string> = {}) =>
  `/oauth/authorize/?${new URLSearchParams({ response_type: 'code', client_id: app.client_id, redirect_uri, ...more })}`

/** Asks, and lets the member allow it. */
async function allow(app: Client, more: Record<string, string> = {}, who = browser): Promise<URL> {
  const page = await who.get(pathFor(app, more))
  if (page.status === 303) return new URL(page.location)
  expect(page.status, page.html).toBe(200)
  const answer = await who.send('/oauth/authorize/', page, { decision: 'allow' })
  expect(answer.status, answer.html).toBe(303)
  return new URL(answer.location)
}

const redeem = (app: Client, code: string | null, more: Record<string, string> = {}) =>
  sendForm(world, '/oauth/token/', {
    ...shown(app),
    grant_type: 'authorization_code',
    code: code ?? '',
    redirect_uri,
    ...more,
  })

const me = async (token: string) => (await withToken(world, token, '/user/me/')).status

test('a client that is not ours goes the whole way: discovery, consent, code, refresh, introspection, revocation', async () => {
  for (const confidential of [true, false]) {
    const app = await makeApp(world, { confidential, name: `Client ${confidential}` })
    const insecure = { [client.allowInsecureRequests]: true }
    const issuer = new URL(world.url)
    const found = await client.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
    const as = await client.processDiscoveryResponse(issuer, found)
    const self: client.Client = { client_id: app.client_id }
    const auth = confidential ? client.ClientSecretBasic(app.client_secret as string) : client.None()
    const state = client.generateRandomState()
    const at = new URL(as.authorization_endpoint as string)
    at.search = new URLSearchParams({
      ...{ client_id: app.client_id, redirect_uri, response_type: 'code', scope: 'read', state },
      ...(await challenged()),
    }).toString()
    const page = await browser.get(at.pathname + at.search)
    const back = await browser.send('/oauth/authorize/', page, { decision: 'allow' })
    const parameters = client.validateAuthResponse(as, self, new URL(back.location), state)
    const response = await client.authorizationCodeGrantRequest(
      ...([as, self, auth, parameters, redirect_uri, verifier, insecure] as const),
    )
    const tokens = await client.processAuthorizationCodeResponse(as, self, response)
    expect([tokens.scope, await me(tokens.access_token)]).toEqual(['read', 200])
    const renewed = await client.processRefreshTokenResponse(
      as,
      self,
      await client.refreshTokenGrantRequest(as, self, auth, tokens.refresh_token as string, insecure),
    )
    if (confidential) {
      const looked = await client.introspectionRequest(as, self, auth, renewed.access_token, insecure)
      expect(await client.processIntrospectionResponse(as, self, looked)).toMatchObject({
        active: true,
        sub: `${dora.id}`,
      })
    }
    await client.processRevocationResponse(
      await client.revocationRequest(as, self, auth, renewed.refresh_token as string, insecure),
    )
    expect([await me(tokens.access_token), await me(renewed.access_token)]).toEqual([401, 401])
  }
  expect(await world.told()).toEqual([])
})

describe('the member', () => {
  test('is told what the app wants, in a page that is in no frame and leads nowhere else', async () => {
    const app = await makeApp(world, { name: 'Reader & <b>', description: '"Reads"' })
    const page = await browser.get(pathFor(app, { scope: 'read', state: '"><x>' }))
    expect([page.status, elements(page.html, 'h1')[0]?.text]).toEqual([
      200,
      'Reader & <b> wants to act for you in Kith',
    ])
    expect(elements(page.html, 'li').map(({ text }) => text)).toEqual(['Read what you can read'])
    expect(elements(page.html, 'x')).toEqual([])
    expect(faultsOf(page.html)).toEqual([])
    expect(page.html).toContain('You will be sent to https://app.example.')
    const policy = page.headers.get('content-security-policy')
    expect(policy).toContain("form-action 'self' https://app.example;")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(page.headers.get('x-frame-options')).toBe('SAMEORIGIN')
  })

  test('who looks after the community is told that the app could, too', async () => {
    await world.join('ada', { password, role: 'admin' })
    const ada = openBrowser(world)
    await ada.signIn('ada', password)
    const app = await makeApp(world)
    expect((await ada.get(pathFor(app))).html).toContain('You look after this community')
    expect((await browser.get(pathFor(app))).html).not.toContain('You look after this community')
  })

  test('who is not signed in signs in first, and comes back to it', async () => {
    const app = await makeApp(world)
    const fresh = openBrowser(world)
    const sent = await fresh.get(pathFor(app, { state: 'a b&c' }))
    expect([sent.status, sent.location]).toEqual([303, expect.stringMatching(/^\/signin\?next=/)])
    const page = await fresh.get(sent.location)
    expect(page.headers.get('content-security-policy')).toContain("form-action 'self' https://app.example;")
    const { location } = await fresh.send('/signin', page, { account: 'dora', password })
    const asked = await fresh.get(location)
    const answer = await fresh.send('/oauth/authorize/', asked, { decision: 'allow' })
    expect(new URL(answer.location).searchParams.get('state')).toBe('a b&c')
  })

  test('who does not allow it sends the app away with nothing', async () => {
    const app = await makeApp(world)
    const page = await browser.get(pathFor(app, { state: 's' }))
    const answer = await browser.send('/oauth/authorize/', page, { decision: 'deny' })
    expect(Object.fromEntries(new URL(answer.location).searchParams)).toEqual({
      error: 'access_denied',
      error_description: 'The member did not allow it.',
      state: 's',
      iss: world.url,
    })
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
  })

  test('is asked once, and again for more', async () => {
    const app = await makeApp(world)
    await allow(app, { scope: 'read' })
    expect((await browser.get(pathFor(app, { scope: 'read' }))).status).toBe(303)
    expect((await browser.get(pathFor(app, { scope: 'read write' }))).status).toBe(200)
    await allow(app, { scope: 'write' })
    expect((await browser.get(pathFor(app, { scope: 'read write' }))).status).toBe(303)
  })

  test('is asked every time where the address may belong to another program', async () => {
    const own = 'com.example.app:/callback'
    const app = await makeApp(world, { redirect_uris: [own] })
    const back = await allow(app, { redirect_uri: own })
    expect(back.href).toMatch(/^com\.example\.app:\/callback\?code=kith_ac_/)
    const again = await browser.get(pathFor(app, { redirect_uri: own }))
    expect([again.status, again.headers.get('content-security-policy')]).toEqual([
      200,
      expect.stringContaining("form-action 'self' com.example.app:;"),
    ])
  })

  test("is not asked by the community's own app", async () => {
    const app = await makeApp(world, { trusted: true })
    const answer = await browser.get(pathFor(app))
    expect([answer.status, new URL(answer.location).searchParams.has('code')]).toEqual([303, true])
  })

  test('allows nothing by a form from elsewhere, nor by a token', async () => {
    const app = await makeApp(world)
    const page = await browser.get(pathFor(app))
    const filled = { decision: 'allow' }
    const elsewhere = await browser.send('/oauth/authorize/', page, filled, { 'sec-fetch-site': 'cross-site' })
    // Their session does not count for it.
    expect(elsewhere.location).toMatch(/^\/signin/)
    expect((await browser.send('/oauth/authorize/', page, { ...filled, form_token: 'x' })).status).toBe(200)
    expect((await browser.ask(`${pathFor(app)}&decision=allow`)).status).toBe(200)
    const bearer = await world.send(`${world.url}${pathFor(app)}`, {
      headers: { authorization: `Bearer ${dora.token}` },
    })
    expect(bearer.headers.get('location')).toMatch(/^\/signin/)
    expect(await world.db.query('select from oauth_grant where app_id = $1', [app.id])).toEqual([])
  })
})

describe('a request', () => {
  test('of an unknown app, or to an address that is not registered as it is, leads nowhere', async () => {
    const app = await makeApp(world)
    const redirects = [
      'https://app.example/callback/',
      'https://app.example/callback?x=1',
      'https://app.example/callback#x',
      'https://app.example/Callback',
      'https://app.example:443/callback',
      'https://app.example.evil.example/callback',
      'http://app.example/callback',
      'https://app.example/callback/../x',
      'javascript:alert(1)',
      '',
    ]
    for (const uri of redirects) {
      const page = await browser.get(pathFor(app, { redirect_uri: uri }))
      expect([uri, page.status, page.location]).toEqual([uri, 400, ''])
      expect(page.html).toContain('has not registered')
    }
    for (const path of [
      pathFor({ ...app, client_id: 'nobody' }),
      '/oauth/authorize/',
      pathFor({ ...app, client_id: '\0' }),
    ])
      expect((await browser.get(path)).status).toBe(400)
    for (const name of ['client_id', 'redirect_uri'])
      expect((await browser.get(`${pathFor(app)}&${name}=x`)).status, name).toBe(400)
  })

  test('that is wrong otherwise is told to the app, with its state', async () => {
    const app = await makeApp(world)
    const open = await makeApp(world, { confidential: false })
    const { code_challenge } = await challenged()
    const wrong: [Client, Record<string, string>, string][] = [
      [app, { response_type: '' }, 'invalid_request'],
      [app, { response_type: 'id_token' }, 'unsupported_response_type'],
      [app, { response_type: 'token' }, 'unauthorized_client'],
      [app, { scope: 'admin' }, 'invalid_scope'],
      [app, { response_mode: 'fragment' }, 'invalid_request'],
      [app, { code_challenge_method: 'S256' }, 'invalid_request'],
      [app, { code_challenge: verifier, code_challenge_method: 'plain' }, 'invalid_request'],
      [app, { code_challenge }, 'invalid_request'],
      [app, { code_challenge: 'short', code_challenge_method: 'S256' }, 'invalid_request'],
      [open, {}, 'invalid_request'],
    ]
    for (const [whose, more, error] of wrong) {
      const { status, location } = await browser.get(pathFor(whose, { state: 'x', ...more }))
      expect([more, status]).toEqual([more, 303])
      const { searchParams, hash } = new URL(location)
      const said = searchParams.has('error') ? searchParams : new URLSearchParams(hash.slice(1))
      expect([more, said.get('error'), said.get('state'), said.get('iss')]).toEqual([more, error, 'x', world.url])
    }
    const twice = await browser.get(`${pathFor(app)}&scope=read&scope=write`)
    expect(new URL(twice.location).searchParams.get('error')).toBe('invalid_request')
  })

  test('that names no address goes to the only one', async () => {
    const app = await makeApp(world)
    const page = await browser.get(`/oauth/authorize?response_type=code&client_id=${app.client_id}`)
    const { location } = await browser.send('/oauth/authorize', page, { decision: 'allow' })
    const code = new URL(location).searchParams.get('code')
    const { redirect_uri: _, ...form } = {
      ...shown(app),
      grant_type: 'authorization_code',
      code: code as string,
    } as Record<string, string>
    expect((await sendForm(world, '/oauth/token/', form)).status).toBe(200)
    const two = await makeApp(world, { redirect_uris: [redirect_uri, 'https://app.example/other'] })
    expect((await browser.get(`/oauth/authorize?response_type=code&client_id=${two.client_id}`)).status).toBe(400)
  })

  test('keeps the query of the address it is sent back to', async () => {
    const own = 'https://app.example/cb?tenant=1'
    const app = await makeApp(world, { redirect_uris: [own] })
    const { searchParams } = await allow(app, { redirect_uri: own })
    expect([searchParams.get('tenant'), searchParams.has('code')]).toEqual(['1', true])
  })
})

describe('a code', () => {
  const codeOf = (back: URL) => back.searchParams.get('code')

  test('is good once: used again it ends what came of it', async () => {
    const app = await makeApp(world)
    const code = codeOf(await allow(app))
    const { status, body } = await redeem(app, code)
    expect([status, body.scope, await me(body.access_token)]).toEqual([200, 'read write', 200])
    const again = await redeem(app, code)
    expect([again.status, again.body.error]).toEqual([400, 'invalid_grant'])
    expect(await me(body.access_token)).toBe(401)
  })

  test('that many redeem at once is redeemed by one, who then has nothing', async () => {
    const app = await makeApp(world)
    const code = codeOf(await allow(app))
    const answers = await Promise.all([1, 2, 3, 4].map(() => redeem(app, code)))
    const good = answers.filter(({ status }) => status === 200)
    expect(good).toHaveLength(1)
    expect(await me(good[0]?.body.access_token)).toBe(401)
  })

  test('is of the app, the address and the verifier it was asked with', async () => {
    const app = await makeApp(world)
    const other = await makeApp(world)
    const plain = codeOf(await allow(app))
    expect((await redeem(other, plain)).body.error).toBe('invalid_grant')
    expect((await redeem(app, plain, { redirect_uri: 'https://app.example/other' })).body.error).toBe('invalid_grant')
    // A verifier where there was no challenge: somebody took it away.
    expect((await redeem(app, plain, { code_verifier: verifier })).body.error).toBe('invalid_grant')
    expect((await redeem(app, plain)).status).toBe(200)
    const bound = codeOf(await allow(app, await challenged()))
    for (const more of [
      {},
      { code_verifier: client.generateRandomCodeVerifier() },
      { code_verifier: 'short' },
    ] as Record<string, string>[])
      expect((await redeem(app, bound, more)).body.error).toBe('invalid_grant')
    expect((await redeem(app, bound, { code_verifier: verifier })).status).toBe(200)
  })

  test('ends after a minute', async () => {
    const app = await makeApp(world)
    const code = codeOf(await allow(app))
    world.pass(61_000)
    expect((await redeem(app, code)).body.error).toBe('invalid_grant')
    for (const made of [`kith_ac_${'x'.repeat(54)}`, '', 'x']) expect((await redeem(app, made)).status).toBe(400)
  })
})

describe('the implicit grant', () => {
  test('is for apps that were made for it: the token is in the fragment, and is not renewed', async () => {
    const app = await makeApp(world, { grants: ['implicit'] })
    const back = await allow(app, { response_type: 'token', state: 's', scope: 'read' })
    expect(back.search).toBe('')
    const said = Object.fromEntries(new URLSearchParams(back.hash.slice(1)))
    expect(said).toEqual({
      access_token: expect.stringMatching(/^kith_at_/),
      expires_in: '36000',
      token_type: 'Bearer',
      scope: 'read',
      state: 's',
      iss: world.url,
    })
    expect(await me(said.access_token as string)).toBe(200)
    expect(new URL((await browser.get(pathFor(app))).location).searchParams.get('error')).toBe('unauthorized_client')
  })
})

test('a member sees what they have allowed, and withdraws it: by a page, and by the API', async () => {
  const hal = await world.join('hal', { password })
  const own = openBrowser(world)
  await own.signIn('hal', password)
  const app = await makeApp(world, { name: 'Reader <b>' })
  const listed = async () => (await hal.get('/oauth/allowed/')).body
  expect(await listed()).toMatchObject({ count: 0, results: [] })
  const code = (await allow(app, { scope: 'read' }, own)).searchParams.get('code')
  const { body } = await redeem(app, code)
  expect((await listed()).results).toEqual([
    { id: app.id, name: 'Reader <b>', description: '', scopes: ['read'], since: expect.any(String) },
  ])
  const page = await own.get('/apps')
  expect(elements(page.html, 'h2').map(({ text }) => text)).toEqual(['Reader <b>'])
  expect(faultsOf(page.html)).toEqual([])
  await own.send('/apps', { html: '' }, { app: String(app.id) })
  await own.send('/apps', page, { app: 'x' })
  expect(await me(body.access_token)).toBe(200)
  expect((await own.send('/apps', page, { app: String(app.id) })).location).toBe('/apps')
  expect(await me(body.access_token)).toBe(401)
  expect((await own.get('/apps')).html).toContain('You have allowed no app')
  expect((await own.get(pathFor(app, { scope: 'read' }))).status).toBe(200)
  await allow(app, { scope: 'read' }, own)
  expect((await world.alice.delete(`/oauth/allowed/${app.id}/`)).status).toBe(404)
  expect((await hal.delete(`/oauth/allowed/${app.id}/`)).status).toBe(204)
  expect((await listed()).count).toBe(0)
  expect((await openBrowser(world).get('/apps')).location).toBe('/signin?next=/apps')
})

test('what a member allowed is forgotten with them', async () => {
  const ivo = await world.join('ivo', { password })
  const own = openBrowser(world)
  await own.signIn('ivo', password)
  await allow(await makeApp(world), {}, own)
  await world.admin.delete(`/user/${ivo.id}/?hard=1`)
  for (const table of ['oauth_grant', 'oauth_consent', 'session'])
    expect(await world.db.query(`select from ${table} where user_id = $1`, [ivo.id]), table).toEqual([])
  await world.told()
})

test('a session that ends while the member is asked gives nothing', async () => {
  const app = await makeApp(world)
  const other = openBrowser(world)
  await other.signIn('dora', password)
  const page = await other.get(pathFor(app))
  await world.db.query('delete from session')
  const answer = await other.send('/oauth/authorize/', page, { decision: 'allow' })
  expect(answer.location).toMatch(/^\/signin/)
  expect(await world.db.query('select from oauth_grant where app_id = $1', [app.id])).toEqual([])
  await browser.signIn('dora', password)
  expect(fieldsOf(page.html)).toHaveProperty('client_id', app.client_id)
})
