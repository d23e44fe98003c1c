import { afterAll, beforeAll, expect, test } from 'vitest'
import { slices } from '../../src/app.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})

afterAll(() => world.end())

const endpoints = Object.values(slices).flat()

/** What members who are blocked may do all the same, and why. */
const open: Record<string, string> = {
  'POST /api/v2/jwt/verify_token/': 'It is about a token, whoever sends it.',
  'PATCH /api/v2/user/{id}/change_password/': 'It is their account, and nobody else sees it.',
  'DELETE /api/v2/oauth/allowed/{id}/': 'It ends what an app may do for them.',
  'POST /api/v2/sso/signin/': 'It reads who they are.',
  'POST /oauth/token/': 'They may read, and so sign in.',
  'POST /oauth/revoke_token/': 'It ends what an app may do.',
  'POST /oauth/introspect/': 'It is about a token, whoever it is of.',
  'POST /api/v2/user/connection/statuses/': 'It reads; the ids would be too many for an address.',
  'DELETE /api/v2/user/{id}/': 'Everybody may leave.',
  'POST /api/v2/user/{id}/connection_requests/mark_seen/': 'It is a note that they have read, which they may.',
  'POST /api/v2/user/{id}/follow/': 'Documented: they may unfollow; to begin is refused by the act.',
  'POST /api/v2/category/{id}/follow/': 'Documented: they choose what they read.',
  ...Object.fromEntries(
    ['status', 'post', 'discussion'].flatMap((kind) => [
      [`POST /api/v2/${kind}/{id}/follow/`, 'Documented: they choose what they hear of.'],
      [`POST /api/v2/${kind}/{id}/suspend/`, 'Documented: they choose what they hear of.'],
      [`POST /api/v2/${kind}/{id}/hide/`, 'Nobody else sees it.'],
    ]),
  ),
}

async function block(person: Person) {
  await world.db.query(`update users set status = 'b' where id = $1`, [person.id])
  world.kith.actors.forget(person.id)
}

const written = endpoints.filter(({ method }) => method !== 'GET')
const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`

test('a blocked member is refused whatever others would see, by every endpoint, whatever their role', async () => {
  for (const role of [null, 'editor', 'moderator', 'admin'] as const) {
    const blocked = await world.join(`blocked_${role}`, { role })
    await block(blocked)
    await world.told()
    for (const endpoint of written) {
      const name = nameOf(endpoint)
      if (name in open) continue
      for (const id of [blocked.id, world.bob.id, 1]) {
        const path = endpoint.path.replace('/api/v2', '').replace('{id}', String(id))
        const answer = await world.send(path, {
          method: endpoint.method,
          headers: { authorization: `Bearer ${blocked.token}` },
        })
        expect([name, role, answer.status]).toEqual([name, role, 403])
      }
    }
    expect(await world.told()).toEqual([])
  }
  expect(Object.keys(open).filter((name) => !written.some((each) => nameOf(each) === name))).toEqual([])
})

test('a blocked member reads on, but not what their role had shown them', async () => {
  const [fallen, alice] = [await world.join('fallen', { role: 'admin' }), world.alice]
  expect((await fallen.get(`/user/${alice.id}/`)).body.email).toBe('alice@example.com')
  await block(fallen)
  const { status, body } = await fallen.get(`/user/${alice.id}/`)
  expect([status, body.email]).toEqual([200, undefined])
  expect((await fallen.get('/events/')).status).toBe(403)
  expect((await fallen.get('/user/me/')).status).toBe(200)
})

test('a profile is as it was where its owner was blocked a moment ago', async () => {
  const { db } = world
  const eva = await world.join('eva')
  expect((await eva.patch(`/user/${eva.id}/`, { bio: 'before' })).status).toBe(200)
  // This node still remembers them as they were.
  await db.query(`update users set status = 'b' where id = $1`, [eva.id])
  expect((await eva.patch(`/user/${eva.id}/`, { bio: 'after' })).status).toBe(403)
  expect((await eva.patch(`/user/${eva.id}/settings/`, { connections_visibility: 'self' })).status).toBe(403)
  expect((await eva.post(`/user/${world.bob.id}/hide/`)).status).toBe(403)
  expect(await db.query('select bio, connections_visibility from users where id = $1', [eva.id])).toEqual([
    { bio: 'before', connections_visibility: 'everyone' },
  ])
})
