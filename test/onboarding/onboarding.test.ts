import { afterAll, beforeAll, expect, test } from 'vitest'
import { ok } from '../support/ok.ts'
import { createWorld, type World, walk } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

const code = (body: { errors: { code?: string; field?: string }[] }) => body.errors[0]?.code ?? body.errors[0]?.field

test('the creator of a community is led through its first steps', async () => {
  const { admin } = world
  expect(admin.id).toBe(1)
  const fresh = (id: number, step: string) => ({
    id,
    step,
    status: 'not_started',
    completion_percentage: 0,
    results: [],
  })
  const steps = ['contents', 'categories', 'appearance', 'profile', 'invite', 'app']
  const all = await walk(admin, '/onboarding/?limit=4')
  expect(all).toEqual({ count: 6, results: steps.map((step, n) => fresh(n + 1, step)) })
  expect((await admin.get('/onboarding/?search=CAT')).body).toMatchObject({
    count: 1,
    results: [{ step: 'categories' }],
  })
  const done = (await ok(admin.post('/onboarding/4/complete/'))).body
  expect(done).toEqual({ ...fresh(4, 'profile'), status: 'completed', completion_percentage: 100 })
  expect((await admin.get('/onboarding/4/')).body).toEqual(done)
  expect(code((await admin.post('/onboarding/4/complete/')).body)).toBe('completed')
  expect(code((await admin.post('/onboarding/4/start/')).body)).toBe('not_startable')
  expect(code((await admin.post('/onboarding/1/complete/')).body)).toBe('not_completable')
  for (const id of [0, 7, 99_999]) expect((await admin.get(`/onboarding/${id}/`)).status).toBe(404)
  expect((await admin.post('/onboarding/7/start/')).status).toBe(404)
})

test('what grows is completed by what is published', async () => {
  const { admin, alice } = world
  expect((await ok(admin.post('/onboarding/1/start/?num_posts=2'))).body).toMatchObject({
    ...{ step: 'contents', status: 'in_progress', completion_percentage: 0 },
  })
  expect(code((await admin.post('/onboarding/1/start/')).body)).toBe('started')
  await ok(alice.post('/post/', { text: 'Tea' }))
  expect((await admin.get('/onboarding/1/')).body).toMatchObject({ completion_percentage: 50 })
  await ok(alice.post('/discussion/', { title: 'Tea?' }))
  expect((await admin.get('/onboarding/1/')).body).toMatchObject({ status: 'completed', completion_percentage: 100 })
  const { body: category } = await ok(admin.post('/category/', { name: 'Tea' }))
  expect((await ok(admin.post('/onboarding/2/start/'))).body).toMatchObject({
    ...{ status: 'in_progress', completion_percentage: 33, results: [{ ...category, followed: false }] },
  })
  expect((await admin.post('/onboarding/1/start/', { num_images: 3 })).status).toBe(400)
  await world.told()
})

test('only the creator takes them, and only where nothing is at stake again', async () => {
  const { admin, alice, visitor } = world
  const other = await world.join('other_admin', { role: 'admin' })
  for (const who of [alice, other]) expect((await who.get('/onboarding/')).status).toBe(403)
  expect((await visitor.get('/onboarding/')).status).toBe(401)
  expect(code((await admin.post('/onboarding/4/reset/')).body)).toBe('not_stage')
  expect(code((await admin.post('/onboarding/1/start/?force=true')).body)).toBe('force')
  await world.set({ env: 'stage' })
  expect((await ok(admin.post('/onboarding/4/reset/'))).body).toMatchObject({ status: 'not_started' })
  expect((await ok(admin.post('/onboarding/1/start/?force=true'))).body).toMatchObject({ status: 'in_progress' })
  const twice = await Promise.all([admin.post('/onboarding/6/complete/'), admin.post('/onboarding/6/complete/')])
  expect(twice.map(({ status }) => status).sort()).toEqual([200, 400])
  await world.told()
})
