import { afterAll, beforeAll, expect, test } from 'vitest'
import { password } from '../oauth/support.ts'
import { elements, openBrowser } from '../support/browser.ts'
import { codeIn, collectMails, pathIn } from '../support/mails.ts'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

let world: World
let dora: Person

beforeAll(async () => {
  world = await createWorld()
  dora = await world.join('dora', { password, email: 'Dora@example.org' })
  await world.told()
})
afterAll(() => world.end())

const another = 'Another-horse-2'
const recover = (email: string) => world.visitor.post('/account/recover/', { email })
const reset = (validation_code: string, sent = another) =>
  world.visitor.post('/account/reset/', { validation_code, password: sent })
const isValid = async (validation_code: string) =>
  (await ok(world.visitor.post('/account/verify/validation_code/', { validation_code }))).body.is_valid
const codes = (answer: { body: { errors: { field: string; messages: { code: string }[] }[] } }) =>
  answer.body.errors.map(({ field, messages }) => `${field} ${messages[0]?.code}`)
const later = (ms: number) => world.pass(ms)

test('who has forgotten their password chooses another by mail, once, and whatever was signed in has ended', async () => {
  const before = await world.kith.tokens.mint(dora.id, 3_600)
  const browser = openBrowser(world)
  await browser.signIn('dora', password)
  expect([(await recover('dora@EXAMPLE.org')).status, (await recover('nobody@example.org')).status]).toEqual([204, 204])
  const mails = await collectMails(world)
  expect(mails.map(({ kind, to }) => [kind, to])).toEqual([['recover', 'Dora@example.org']])
  const [mail] = mails
  const code = mail ? codeIn(mail) : ''
  expect(mail?.text).toContain(`${world.url}/account/recover/password?validation_code=${code}`)
  expect(mail?.subject).toBe('Another password for Kith')
  expect(JSON.stringify(await world.db.query('select * from validation_code'))).not.toContain(code)
  expect(JSON.stringify(await world.db.query('select * from mail'))).not.toContain(code)

  expect(codes(await reset(code, 'simple-one'))).toEqual(['password invalid'])
  expect(await isValid(code)).toBe(true)
  later(1_000)
  const done = await ok(reset(code))
  expect(done.body.token).toEqual({
    ...{ access_token: expect.stringMatching(/^kith_at_/), refresh_token: expect.stringMatching(/^kith_rt_/) },
    ...{ client_id: 'kith', expires_in: 36_000, scope: 'read write', token_type: 'Bearer' },
  })
  const { access_token, refresh_token, client_id } = done.body.token
  const me = (token: string) => world.send('/user/me/', { headers: { authorization: `Bearer ${token}` } })
  expect((await me(access_token)).body.username).toBe('dora')
  expect((await me(before)).status).toBe(401)
  expect((await browser.ask('/api/v2/user/me/', { headers: { accept: 'application/json' } })).status).toBe(401)
  const renewed = await world.send(`${world.url}/oauth/token/`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token, client_id }),
  })
  expect(renewed.status).toBe(200)

  expect([codes(await reset(code)), await isValid(code)]).toEqual([['validation_code invalid'], false])
  expect((await openBrowser(world).signIn('dora', password)).status).toBe(400)
  expect((await openBrowser(world).signIn('dora@example.org', another)).status).toBe(303)
  expect((await collectMails(world)).map(({ kind, to }) => [kind, to])).toEqual([
    ['password_changed', 'Dora@example.org'],
  ])
  expect(await world.told()).toEqual([])
})

test('a code is good for an hour; of several the newest three, and none after one was used', async () => {
  const eva = await world.join('eva', { email: 'eva@example.org' })
  const sent: string[] = []
  for (let i = 0; i < 4; i++) {
    await recover('eva@example.org')
    sent.push(...(await collectMails(world)).map(codeIn))
    later(1_000)
  }
  expect(await Promise.all(sent.map(isValid))).toEqual([false, true, true, true])
  later(3_600_000)
  expect(codes(await reset(sent[3] ?? ''))).toEqual(['validation_code invalid'])
  await recover('eva@example.org')
  await recover('eva@example.org')
  const [one, two] = (await collectMails(world)).map(codeIn) as [string, string]
  // Two who use it at once: one wins.
  const both = await Promise.all([reset(two), reset(two)])
  expect(both.map(({ status }) => status).sort()).toEqual([200, 400])
  expect([await isValid(one), await isValid(two)]).toEqual([false, false])
  expect(eva.id).toBeGreaterThan(1)
  await collectMails(world)
  await world.told()
})

test('an address gets few mails in an hour, however often somebody asks', async () => {
  await world.join('fay', { email: 'fay@example.org' })
  for (let i = 0; i < 8; i++) await recover('fay@example.org')
  expect(await collectMails(world)).toHaveLength(5)
  await world.told()
})

test('nobody gets in who has left, and no other code lets a password be chosen', async () => {
  const gus = await world.join('gus', { email: 'gus@example.org' })
  await recover('gus@example.org')
  const [code = ''] = (await collectMails(world)).map(codeIn)
  await recover('gus@example.org')
  await ok(world.admin.delete(`/user/${gus.id}/`))
  expect(await collectMails(world)).toEqual([])
  expect(codes(await reset(code))).toEqual(['validation_code invalid'])
  for (const bad of ['x', '', 'kith_vc_', `${code}x`, 'x'.repeat(201), 'kith_at_abc'])
    expect((await reset(bad)).status, bad).toBe(400)
  for (const email of [
    'x',
    'a@b',
    'a@example.org,b@example.org',
    'a@example.org\r\nBcc: b@example.org',
    'x'.repeat(300),
  ])
    expect((await recover(email)).status, email).toBe(400)
  await world.told()
})

test('by pages, in the language that is asked for, also where the community has a site', async () => {
  await world.join('hal', { email: 'hal@example.org', password })
  const browser = openBrowser(world, { 'accept-language': 'it' })
  const page = await browser.get('/account/recover')
  expect(elements(page.html, 'label').map((each) => each.get('for'))).toEqual(['email'])
  const stale = await browser.send('/account/recover', page, { email: 'hal@example.org', form_token: 'x' })
  expect([stale.status, (await browser.send('/account/recover', page, { email: 'no' })).status]).toEqual([400, 400])
  const known = await browser.send('/account/recover', page, { email: 'hal@example.org' })
  const unknown = await browser.send('/account/recover', page, { email: 'nobody@example.org' })
  const bare = (html: string) => html.replace(/nonce="[^"]+"/g, '')
  expect(bare(known.html)).toBe(bare(unknown.html))
  const [mail] = await collectMails(world)
  expect(mail?.subject).toBe('Un’altra password per Kith')
  const at = mail ? pathIn(mail) : ''
  const form = await browser.get(at)
  expect([form.status, form.headers.get('referrer-policy')]).toEqual([200, 'same-origin'])
  expect((await browser.send('/account/recover/password', form, { password: 'short' })).status).toBe(400)
  const done = await browser.send('/account/recover/password', form, { password: another })
  expect([done.status, elements(done.html, 'h1')[0]?.text]).toEqual([200, 'Hai un’altra password'])
  expect((await browser.get(at)).status).toBe(400)
  expect((await browser.send('/account/recover/password', form, { password: another })).status).toBe(400)
  expect((await browser.signIn('hal', another)).status).toBe(303)
  await collectMails(world)

  await world.set({ app_url: 'https://site.example' })
  await recover('hal@example.org')
  const [other] = await collectMails(world)
  expect(other?.text).toMatch(
    /^https:\/\/site\.example\/account\/recover\/password\/\?validation_code=kith_vc_[\w-]+$/m,
  )
  await world.set({ app_url: '' })
  await world.told()
})

test('no log shows a code, wherever somebody sends it', async () => {
  world.log.length = 0
  await world.visitor.get('/user/1/check_email_token/?token=kith_vc_abc')
  await openBrowser(world).get('/account/verify?validation_code=kith_vc_abc')
  expect(world.log.length).toBeGreaterThan(1)
  expect(world.log.join()).not.toContain('kith_vc_abc')
})
