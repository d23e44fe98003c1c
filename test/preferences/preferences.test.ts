import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ok } from '../support/ok.ts'
import { createWorld, type World, walk } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

const path = '/user/me/preference/'
const code = (body: { errors: { field?: string; code?: string; messages?: { code: string }[] }[] }) => {
  const [first] = body.errors
  return first?.field ? `${first.field} ${first.messages?.[0]?.code}` : first?.code
}

describe('a preference of a member', () => {
  test('is JSON, and comes back as it was sent', async () => {
    const { alice } = world
    const values = [false, true, 0, -1.5, '', 'False', null, [], { a: [1, { b: 'ü\u0001"\\' }] }, '🐇']
    for (const [n, value] of values.entries()) {
      const { status, body } = await ok(alice.post(path, { key: `tour.${n}`, value }))
      expect([status, body]).toEqual([
        201,
        {
          ...{ id: expect.any(Number), user_id: alice.id, key: `tour.${n}`, value },
          ...{ created_at: expect.any(String), last_updated_at: expect.any(String) },
        },
      ])
      expect((await alice.get(`${path}${body.id}/`)).body).toEqual(body)
      expect((await alice.get(`${path}?key=tour.${n}`)).body).toMatchObject({ count: 1, results: [body] })
    }
    const all = await walk(alice, `${path}?search=TOUR&limit=3`)
    expect([all.count, all.results.length]).toEqual([values.length, values.length])
    expect((await alice.get(`${path}?search=%25`)).body.count).toBe(0)
    expect(await world.told()).toEqual([])
  })

  test('is changed, called something else, and deleted', async () => {
    const { alice } = world
    const { body: made } = await ok(alice.post(path, { key: 'theme', value: 'dark' }))
    world.pass(1_000)
    const patched = (await ok(alice.patch(`${path}${made.id}/`, { value: null }))).body
    expect(patched).toMatchObject({ key: 'theme', value: null, created_at: made.created_at })
    expect(patched.last_updated_at > made.last_updated_at).toBe(true)
    expect((await ok(alice.patch(`${path}${made.id}/`, { key: 'look' }))).body).toMatchObject({
      key: 'look',
      value: null,
    })
    await ok(alice.put(`/user/${alice.id}/preference/${made.id}/`, { key: 'theme', value: { a: 1 } }))
    expect(code((await alice.put(`${path}${made.id}/`, { key: 'theme' })).body)).toBe('value required')
    expect(code((await alice.post(path, { key: 'theme', value: 1 })).body)).toBe('key unique')
    expect(code((await alice.patch(`${path}${made.id}/`, { key: 'tour.1' })).body)).toBe('key unique')
    const gone = await alice.delete(`${path}${made.id}/`)
    expect([gone.status, gone.text]).toEqual([204, ''])
    for (const again of [alice.get(`${path}${made.id}/`), alice.delete(`${path}${made.id}/`)])
      expect((await again).status).toBe(404)
  })

  test('is theirs alone, and administrators’', async () => {
    const { admin, alice, bob, visitor } = world
    const { body } = await ok(alice.post(path, { key: 'mine', value: 1 }))
    const at = `/user/${alice.id}/preference/`
    for (const call of [
      bob.get(at),
      bob.post(at, { key: 'x', value: 1 }),
      bob.get(`${at}${body.id}/`),
      bob.patch(`${at}${body.id}/`, { value: 2 }),
      bob.delete(`${at}${body.id}/`),
    ])
      expect((await call).status).toBe(403)
    expect((await visitor.get(at)).status).toBe(401)
    for (const mine of [bob.get(`${path}${body.id}/`), bob.patch(`${path}${body.id}/`, { value: 2 })])
      expect((await mine).status).toBe(404)
    expect((await admin.patch(`${at}${body.id}/`, { value: 3 })).body.value).toBe(3)
    expect((await admin.post('/user/99999/preference/', { key: 'x', value: 1 })).status).toBe(404)
  })

  test('that is too much, or would be changed, is refused', async () => {
    const { bob } = world
    const deep = JSON.parse(`${'['.repeat(60)}9007199254740993${']'.repeat(60)}`)
    for (const [sent, says] of [
      [{ key: 'x', value: 'y'.repeat(10_001) }, 'value max_length'],
      [{ key: 'x', value: deep }, 'value invalid'],
      [{ key: 'x', value: ['a\u0000'] }, 'value invalid'],
      [{ key: ' ', value: 1 }, 'key blank'],
      [{ key: 'x'.repeat(256), value: 1 }, 'key max_length'],
      [{ key: 'x' }, 'value required'],
    ] as const)
      expect(code((await bob.post(path, sent)).body)).toBe(says)
    await world.db.query(
      `insert into user_preference (member_id, key, value, created_at, last_updated_at)
       select $1, n, 'true', now(), now() from generate_series(1, 499) n`,
      [bob.id],
    )
    const answers = await Promise.all(
      Array.from({ length: 4 }, (_, n) => bob.post(path, { key: `last ${n}`, value: n })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 400, 400, 400])
    expect(code((await bob.post(path, { key: 'one more', value: 1 })).body)).toBe('too_many')
  })

  test('is erased with the member', async () => {
    const kim = await world.join('kim')
    await ok(kim.post(path, { key: 'xylophone', value: 'xylophone' }))
    await ok(world.admin.delete(`/user/${kim.id}/?hard=1`))
    expect(await world.db.query('select from user_preference where member_id = $1', [kim.id])).toEqual([])
  })
})
