import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clearAudit, forgetAddresses } from '../../src/audit/clear.ts'
import { recorded } from '../../src/audit/record.ts'
import { endpoints } from '../../src/slices.ts'
import { createWorld, type World, walk } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

type Entry = { id: number; act: string; target: number | null; fields: string[]; actor: { id: number } | null }

/** What came to the trail since the last look, the first first. */
async function trail(): Promise<Entry[]> {
  const { body } = await world.admin.get('/audit/?limit=500')
  const fresh = (body.results as Entry[]).filter(({ id }) => id > seen).reverse()
  seen = fresh.at(-1)?.id ?? seen
  return fresh
}
let seen = 0

describe('what an administrator does', () => {
  test('is kept with who, when, from where, what, to which id, and which fields were sent, and no more', async () => {
    const { admin, bob } = world
    await trail()
    const { body: category } = await admin.post('/category/', { name: 'A secret name', slug: '_GENERATE_' })
    await admin.patch(`/user/${bob.id}/`, { bio: 'A secret bio' })
    await admin.patch('/dynamic_preference/', { application_name: 'A secret community' })
    await admin.post(`/user/${bob.id}/token/`, { hours: 2 })
    await admin.delete(`/category/${category.id}/`)
    const entries = await trail()
    expect(entries).toMatchObject([
      { act: 'POST /api/v2/category/', target: category.id, fields: ['name', 'slug'] },
      { act: 'PATCH /api/v2/user/{id}/', target: bob.id, fields: ['bio'] },
      { act: 'PATCH /api/v2/dynamic_preference/', target: null, fields: ['application_name'] },
      // It changes nothing, and lets one be somebody else.
      { act: 'POST /api/v2/user/{id}/token/', target: bob.id, fields: ['hours'] },
      { act: 'DELETE /api/v2/category/{id}/', target: category.id, fields: [] },
    ])
    for (const each of entries)
      expect(each).toMatchObject({
        ...{ actor: { id: admin.id, username: 'admin' }, operator: null, address: '127.0.0.1' },
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*\+00:00$/),
      })
    expect(JSON.stringify(await world.db.query('select * from audit'))).not.toContain('secret')
    await world.told()
  })

  test('to their own account, and what others do, is not, nor what was refused or is read', async () => {
    const { admin, alice, bob } = world
    await trail()
    await admin.patch('/user/me/', { bio: 'Mine' })
    await admin.post('/status/', { text: 'Good morning' })
    await alice.patch('/user/me/', { bio: 'Mine' })
    await alice.patch(`/user/${bob.id}/`, { bio: 'Yours' })
    await admin.post('/category/', { name: '' })
    await admin.delete('/category/999999/')
    await admin.post('/account/create/', { username: 'bob', email: 'b@example.org', password: 'Correct-horse-1' })
    await admin.get('/events/')
    expect(await trail()).toEqual([])
    await world.told()
  })

  test('in many transactions is one entry', async () => {
    await trail()
    const lines = Array.from({ length: 250 }, (_, i) => JSON.stringify({ username: `many_${i}` })).join('\n')
    const answer = await world.send('/user/import/', {
      method: 'POST',
      headers: { authorization: `Bearer ${world.admin.token}`, 'content-type': 'application/x-ndjson' },
      body: lines,
    })
    expect(answer.text).toContain('"done":true')
    expect(await trail()).toMatchObject([{ act: 'POST /api/v2/user/import/', target: null }])
    await world.told()
  })
})

test('an entry is there with what was done, or neither is', async () => {
  const { db, kith } = world
  const entry = { actor: null, operator: 'root', address: null, act: 'kith test', target: null, fields: [] }
  const kept = async () => (await db.query(`select id from audit where act = 'kith test'`)).length
  const rename = (on: { query: World['db']['query'] }, name: string) =>
    on.query(`update users set real_name = $2 where id = $1 returning id`, [world.carla.id, name])

  const first = recorded(db, entry, kith.clock)
  await first.db.query('select 1')
  await expect(
    first.db.transaction(async (tx) => {
      await rename(tx, 'Never')
      throw new Error('killed here')
    }),
  ).rejects.toThrow('killed here')
  expect(await kept()).toBe(0)
  // What nothing came of, as an attempt that is decided again.
  await first.db.query(`update users set real_name = 'Nobody' where id = -1`)
  expect(await kept()).toBe(0)
  await rename(first.db, 'Carla')
  // A kill from here on leaves the entry: it was committed with the change.
  expect(await kept()).toBe(1)
  await Promise.all([rename(first.db, 'Carla'), first.db.transaction((tx) => rename(tx, 'Carla'))])
  await first.done()
  expect(await kept()).toBe(1)

  await db.query('alter table audit add constraint full_disk check (id < 0) not valid')
  const second = recorded(db, entry, kith.clock)
  await expect(rename(second.db, 'Unseen')).rejects.toThrow()
  await db.query('alter table audit drop constraint full_disk')
  expect(await db.query('select real_name from users where id = $1', [world.carla.id])).toEqual([
    { real_name: 'Carla' },
  ])
  // Two transactions at once leave one entry, too.
  const third = recorded(db, entry, kith.clock)
  await Promise.all(['a', 'b', 'c'].map((name) => rename(third.db, name)))
  expect(await kept()).toBe(2)
})

test('every endpoint that changes something by a role is in the trail by its audience', () => {
  const watched = endpoints.filter(({ method, declaration: { who } }) => method !== 'GET' && 'byRole' in who)
  const named = (name: string) => watched.filter(({ declaration: { who } }) => who.name === name)
  const path = { id: 2 }
  for (const { declaration } of [...named('admin'), ...named('moderator'), ...named('self or admin')]) {
    const who = declaration.who as unknown as { byRole(actor: object, path: object): boolean }
    expect(who.byRole({ id: 1, role: 'admin', status: 'a' }, path)).toBe(true)
  }
  expect(named('admin').length).toBeGreaterThan(20)
})

describe('the trail', () => {
  test('is walked from its end, by who did it, to what, by what, and when', async () => {
    const { admin, bob, alice } = world
    const second = await world.join('second', { role: 'admin' })
    const [last] = (await admin.get('/audit/?limit=1')).body.results as { at: string }[]
    await second.patch(`/user/${bob.id}/`, { bio: '1' })
    await admin.patch(`/user/${bob.id}/`, { bio: '2' })
    world.pass(60_000)
    const since = world.kith.clock.now().toISOString()
    await second.patch(`/user/${alice.id}/`, { bio: '3' })
    const found = async (query: string) => (await walk(admin, `/audit/?limit=2&${query}`)).results.length
    expect(await found(`actor=${second.id}`)).toBe(2)
    expect(await found(`actor=${second.id}&target=${bob.id}`)).toBe(1)
    expect(await found(`since=${encodeURIComponent(since)}`)).toBe(1)
    expect(await found(`actor=${second.id}&until=${encodeURIComponent(since)}`)).toBe(1)
    expect(await found(`act=${encodeURIComponent('PATCH /api/v2/user/{id}/')}&actor=${second.id}`)).toBe(2)
    expect(await found(`act=nothing`)).toBe(0)
    expect(last?.at).toBeDefined()
    const { status, body } = await admin.get('/audit/?since=yesterday&actor=0')
    expect([status, body.errors.map((each: { field: string }) => each.field).sort()]).toEqual([400, ['actor', 'since']])
    for (const who of [world.visitor, alice]) expect((await who.get('/audit/')).status).toBe(who.token ? 403 : 401)
    await world.told()
  })

  test('of somebody who is erased names neither them nor where they were', async () => {
    const { admin, bob, db } = world
    const gone = await world.join('gone_admin', { role: 'admin' })
    await gone.patch(`/user/${bob.id}/`, { bio: 'Gone' })
    await admin.delete(`/user/${gone.id}/?hard=1`)
    while (await db.transaction((tx) => forgetAddresses(tx, gone.id)));
    const { body } = await admin.get(`/audit/?actor=${gone.id}`)
    expect(body.results).toMatchObject([
      { act: 'PATCH /api/v2/user/{id}/', actor: { id: gone.id, username: `user-${gone.id}` }, address: null },
    ])
    await world.told()
  })

  test('is kept for a year', async () => {
    const count = async () => Number((await world.db.query<{ n: string }>('select count(*) as n from audit'))[0]?.n)
    const before = await count()
    world.pass(364 * 86_400_000)
    await clearAudit(world.kith)
    expect(await count()).toBe(before)
    world.pass(2 * 86_400_000)
    await clearAudit(world.kith)
    expect(await count()).toBe(0)
  })
})
