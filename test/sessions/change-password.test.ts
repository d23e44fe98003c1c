import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeApp, password, refresh, signIn, withToken } from '../oauth/support.ts'
import { openBrowser } from '../support/browser.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

const other = 'another Horse 8'
const me = async (token: string) => (await withToken(world, token, '/user/me/')).status

const change = (token: string, id: number, form: Record<string, string>) =>
  world.send(`/user/${id}/change_password/`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  })

test('a changed password ends everything but what it was changed with', async () => {
  const dora = await world.join('dora', { password })
  const app = await makeApp(world)
  const [here, there] = [(await signIn(world, app, 'dora')).body, (await signIn(world, app, 'dora')).body]
  const [browser, second] = [openBrowser(world), openBrowser(world)]
  await browser.signIn('dora', password)
  expect((await browser.get('/')).html).toContain('Signed in as dora')
  await world.told()
  // Tokens of the same second are taken for later ones.
  world.pass(1_000)
  const done = await change(here.access_token, dora.id, { password, new_password: other })
  expect([done.status, done.text]).toEqual([204, ''])
  expect([await me(here.access_token), await me(there.access_token), await me(dora.token)]).toEqual([200, 401, 401])
  expect((await refresh(world, app, here.refresh_token)).status).toBe(200)
  expect((await refresh(world, app, there.refresh_token)).body.error).toBe('invalid_grant')
  expect((await browser.get('/')).html).not.toContain('Signed in')
  expect((await signIn(world, app, 'dora')).body.error).toBe('invalid_grant')
  expect((await signIn(world, app, 'dora', { password: other })).status).toBe(200)
  expect(await me(await world.kith.tokens.mint(dora.id, 60))).toBe(200)
  expect(await world.told()).toEqual([])

  await second.signIn('dora', other)
  const changed = await second.ask(`/api/v2/user/me/change_password/`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json', origin: world.url, accept: 'application/json' },
    body: JSON.stringify({ password: other, new_password: password }),
  })
  expect(changed.status).toBe(204)
  expect((await second.get('/')).html).toContain('Signed in as dora')
  expect(await me(here.access_token)).toBe(401)
})

test('a password is changed by who knows it, to one that is good', async () => {
  const eva = await world.join('eva', { password })
  const refused: [Record<string, string>, string][] = [
    [{ password: 'wrong Horse 1', new_password: other }, 'password'],
    [{ password, new_password: 'short1A' }, 'new_password'],
    [{ password, new_password: 'nothing but letters' }, 'new_password'],
    [{ password, new_password: `${'x'.repeat(126)}A1-` }, 'new_password'],
    [{ password }, 'new_password'],
    [{ new_password: other }, 'password'],
  ]
  for (const [form, field] of refused) {
    const { status, body } = await change(eva.token, eva.id, form)
    expect([form, status, body.errors[0].field]).toEqual([form, 400, field])
  }
  const both = { password, new_password: other }
  expect((await change(world.alice.token, eva.id, both)).status).toBe(403)
  expect((await change(world.admin.token, eva.id, both)).status).toBe(403)
  expect((await change(world.alice.token, world.alice.id, both)).body.errors[0].messages[0].code).toBe('no_password')
  expect(
    (await world.send(`/user/${eva.id}/change_password/?password=x&new_password=y`, { method: 'PATCH' })).status,
  ).toBe(401)
  expect(await me(eva.token)).toBe(200)
})

test('of two who change it at the same moment one does', async () => {
  const fay = await world.join('fay', { password })
  const app = await makeApp(world)
  const tokens = await Promise.all([1, 2, 3].map(() => signIn(world, app, 'fay')))
  const answers = await Promise.all(
    tokens.map(({ body }, i) => change(body.access_token, fay.id, { password, new_password: `${other}${i}` })),
  )
  const good = answers.findIndex(({ status }) => status === 204)
  expect(answers.filter(({ status }) => status === 204)).toHaveLength(1)
  expect(await Promise.all(tokens.map(({ body }) => me(body.access_token)))).toEqual(
    [0, 1, 2].map((i) => (i === good ? 200 : 401)),
  )
})

test('whoever has only a token of a member cannot guess their password for long', async () => {
  const gil = await world.join('gil', { password })
  const guess = () => change(gil.token, gil.id, { password: 'wrong Horse 1', new_password: other })
  const statuses = (await Promise.all(Array.from({ length: 12 }, guess))).map(({ status }) => status)
  expect(statuses.filter((status) => status === 429)).toHaveLength(2)
})

test('a session that begins with the old password while it is changed ends, or does not begin', async () => {
  const hal = await world.join('hal', { password })
  const app = await makeApp(world)
  const signedIn = Promise.all([1, 2, 3, 4, 5, 6].map(() => signIn(world, app, 'hal')))
  const token = (await signIn(world, app, 'hal')).body.access_token
  expect((await change(token, hal.id, { password, new_password: other })).status).toBe(204)
  for (const { status, body } of await signedIn)
    if (status === 200) expect(await me(body.access_token)).toBe(401)
    else expect(body.error).toBe('invalid_grant')
  expect(await me(token)).toBe(200)
})
