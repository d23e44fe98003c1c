import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type Person, type World } from '../support/world.ts'

let world: World
let dora: Person

beforeAll(async () => {
  world = await createWorld()
  dora = await world.join('dora', { ext_id: 'crm-7', role: 'editor' })
})
afterAll(() => world.end())

test('an administrator finds an account by what it is called, here or in another system', async () => {
  const find = async (query: Record<string, string>) => {
    const { status, body } = await world.admin.get(`/account/search/?${new URLSearchParams(query)}`)
    return status === 200 ? body.id : status
  }
  expect(await find({ username: 'DORA' })).toBe(dora.id)
  expect(await find({ email: 'Dora@example.com' })).toBe(dora.id)
  expect(await find({ ext_id: 'crm-7', provider: 'external' })).toBe(dora.id)
  const nobody: Record<string, string>[] = [
    { username: 'dor' },
    { email: 'nobody@example.com' },
    { ext_id: 'CRM-7', provider: 'external' },
  ]
  for (const query of nobody) expect(await find(query)).toBe(404)
  const unclear: Record<string, string>[] = [
    {},
    { username: 'dora', email: 'dora@example.com' },
    { ext_id: 'crm-7' },
    { provider: 'external' },
    { ext_id: 'crm-7', provider: 'google' },
  ]
  for (const query of unclear) expect(await find(query)).toBe(400)
  const { body } = await world.admin.get('/account/search/?username=dora')
  expect(body).toMatchObject({ username: 'dora', email: 'dora@example.com', ext_id: 'crm-7' })
  expect((await world.alice.get('/account/search/?username=dora')).status).toBe(403)
})

test('a member of another system is told who they are here', async () => {
  const { status, body } = await dora.post('/sso/signin/')
  expect([status, body]).toEqual([200, { id: dora.id, ext_id: 'crm-7', username: 'dora', role: 'editor', tags: [] }])
  expect((await world.visitor.post('/sso/signin/')).status).toBe(401)
})
