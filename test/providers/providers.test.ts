import { afterAll, beforeAll, expect, test } from 'vitest'
import { ok } from '../support/ok.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

const path = '/user/me/provider/'

test('members say who they are elsewhere, and whether others see it', async () => {
  const { admin, alice, bob, visitor } = world
  const google = { provider: 'google', ext_id: '42' }
  const made = await ok(alice.post(path, google))
  const whole = { user_id: alice.id, ...google, profile_url: null, metadata: null, show_in_profile: false }
  expect([made.status, made.body]).toEqual([201, whole])
  const shown = { provider: 'linkedin', ext_id: 'alice', profile_url: 'https://l.example/alice', show_in_profile: true }
  await ok(admin.post(`/user/${alice.id}/provider/`, shown))
  const linkedin = { user_id: alice.id, metadata: null, ...shown }
  for (const own of [alice.get('/user/provider/'), alice.get(path), admin.get(`/user/provider/?user_id=${alice.id}`)])
    expect((await own).body).toEqual([whole, linkedin])
  for (const who of [bob, visitor])
    for (const at of [`/user/provider/?user_id=${alice.id}`, `/user/${alice.id}/provider/`])
      expect((await who.get(at)).body).toEqual([linkedin])
  expect((await visitor.get('/user/provider/')).status).toBe(400)
  expect((await visitor.get('/user/provider/?user_id=9999')).status).toBe(404)
  expect((await ok(alice.post(path, { ...google, show_in_profile: true }))).body).toMatchObject({
    show_in_profile: true,
  })
  expect((await visitor.get(`/user/${alice.id}/provider/`)).body.length).toBe(2)

  // What a client keeps beside it goes with it, as it was sent.
  const metadata = { username: 'ali', tags: ['a', { b: null }], è: 1.5 }
  expect((await ok(alice.post(path, { ...google, metadata }))).body.metadata).toEqual(metadata)
  expect((await alice.get(path)).body[0]).toMatchObject({ ...google, metadata })
  const tooLong = await alice.post(path, { ...google, metadata: { a: 'x'.repeat(10_000) } })
  expect([tooLong.status, tooLong.body.errors[0]]).toMatchObject([400, { field: 'metadata' }])
  const unsafe = await alice.post(path, { ...google, metadata: { a: [2 ** 60] } })
  expect([unsafe.status, unsafe.body.errors[0].field]).toEqual([400, 'metadata'])
  expect((await ok(alice.post(path, { ...google, metadata: null }))).body.metadata).toBe(null)

  // Somebody else may say the same: nobody has proven it.
  await ok(bob.post(path, google))
  expect((await bob.delete(`/user/${alice.id}/provider/`, google)).status).toBe(403)
  const gone = await alice.delete(path, google)
  expect([gone.status, gone.text]).toEqual([204, ''])
  expect((await alice.delete(path, google)).status).toBe(404)
  expect((await bob.get(path)).body).toMatchObject([google])
  expect(await world.told()).toEqual([])
})

test('the id of the system a member comes from is an administrator’s to say, and for few to see', async () => {
  const { admin, bob, visitor } = world
  const kim = await world.join('kim', { ext_id: 'k-1' })
  const external = { user_id: kim.id, provider: 'external', ext_id: 'k-1', show_in_profile: false }
  expect((await kim.get(path)).body).toMatchObject([external])
  expect((await admin.get(`/user/${kim.id}/provider/`)).body).toMatchObject([external])
  for (const who of [bob, visitor]) expect((await who.get(`/user/${kim.id}/provider/`)).body).toEqual([])
  for (const who of [kim, admin]) {
    const answer = await who.post(`/user/${kim.id}/provider/`, { provider: 'external', ext_id: 'k-2' })
    expect([answer.status, answer.body.errors[0].field]).toEqual([400, 'provider'])
  }
  const wrong = { provider: 'A B', ext_id: '', profile_url: 'javascript:alert(1)', metadata: '[1]' }
  const { status, body } = await kim.post(path, wrong)
  const fields = body.errors.map(({ field }: { field: string }) => field).sort()
  expect([status, fields]).toEqual([400, ['ext_id', 'metadata', 'profile_url', 'provider']])
  await ok(kim.post(path, { provider: 'keycloak', ext_id: 'xylophone' }))
  await ok(admin.delete(`/user/${kim.id}/?hard=1`))
  expect(await world.db.query('select from user_provider where member_id = $1', [kim.id])).toEqual([])
  expect((await admin.get(`/user/${kim.id}/provider/`)).status).toBe(404)
  await world.told()
})
