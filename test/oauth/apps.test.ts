import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, type World, walk } from '../support/world.ts'
import { makeApp, password, signIn, withToken } from './support.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
  await world.join('dora', { password })
  await world.told()
})
afterAll(() => world.end())

describe('an app', () => {
  test('is made by an administrator, who sees its secret once', async () => {
    const made = await world.admin.post('/oauth/apps/', { name: 'Reader', redirect_uris: ['https://app.example/cb'] })
    expect([made.status, made.body]).toEqual([
      201,
      {
        id: expect.any(Number),
        client_id: expect.stringMatching(/^[0-9a-f]{40}$/),
        client_secret: expect.stringMatching(/^kith_cs_/),
        name: 'Reader',
        description: '',
        confidential: true,
        grants: ['authorization_code'],
        redirect_uris: ['https://app.example/cb'],
        scopes: ['read', 'write'],
        trusted: false,
        member_id: null,
        created_at: expect.any(String),
      },
    ])
    const { client_secret, ...app } = made.body
    expect((await world.admin.get(`/oauth/apps/${app.id}/`)).body).toEqual(app)
    const { results } = await walk(world.admin, '/oauth/apps/?limit=1')
    expect(results[0]).toEqual(app)
    for (const person of [world.alice, world.visitor]) {
      expect((await person.get('/oauth/apps/')).status).toBe(person.token ? 403 : 401)
      expect((await person.post('/oauth/apps/', { name: 'Mine' })).status).toBe(person.token ? 403 : 401)
    }
    expect(await world.told()).toEqual([])
  })

  test('is changed, has its secret replaced, and ends with its tokens', async () => {
    const app = await makeApp(world)
    const { body } = await signIn(world, app, 'dora')
    const path = `/oauth/apps/${app.id}/`
    const changed = await world.admin.patch(path, { name: 'Another name', grants: ['password'], redirect_uris: [] })
    expect(changed.body).toMatchObject({ name: 'Another name', grants: ['password'], redirect_uris: [] })
    expect((await world.admin.patch(path, { grants: ['authorization_code'] })).body.errors[0].field).toBe(
      'redirect_uris',
    )
    const renewed = await world.admin.post(`${path}secret/`)
    expect(renewed.body.client_secret).not.toBe(app.client_secret)
    expect((await signIn(world, app, 'dora')).body.error).toBe('invalid_client')
    expect((await signIn(world, renewed.body, 'dora')).status).toBe(200)
    expect((await withToken(world, body.access_token, '/user/me/')).status).toBe(200)
    expect((await world.admin.delete(path)).status).toBe(204)
    expect((await withToken(world, body.access_token, '/user/me/')).status).toBe(401)
    for (const call of ['get', 'delete', 'patch'] as const) expect((await world.admin[call](path)).status).toBe(404)
    expect((await world.admin.post(`${path}secret/`)).status).toBe(404)
    const open = await makeApp(world, { confidential: false })
    expect((await world.admin.post(`/oauth/apps/${open.id}/secret/`)).status).toBe(400)
  })

  test('that would give tokens to somebody else is refused', async () => {
    const redirects = [
      'http://app.example/cb',
      'https://app.example/cb#x',
      'https://app.example/*',
      'https://user@app.example/',
      'javascript:alert(1)',
      'data:text/html,x',
      'myapp:/cb',
      '/callback',
      'https://app.example/a b',
      'https://app.example\\@evil.example/',
      '',
    ]
    for (const uri of redirects) {
      const answer = await world.admin.post('/oauth/apps/', { name: 'x', redirect_uris: [uri] })
      expect([uri, answer.status, answer.body.errors?.[0].field]).toEqual([uri, 400, 'redirect_uris'])
    }
    const good = ['https://app.example/cb?a=1', 'http://127.0.0.1:8080/cb', 'http://[::1]/cb', 'com.example.app:/cb']
    expect((await world.admin.post('/oauth/apps/', { name: 'x', redirect_uris: good })).status).toBe(201)
    const refused: [object, string][] = [
      [{}, 'name'],
      [{ name: '' }, 'name'],
      [{ name: ' \u200b\u00ad' }, 'name'],
      [{ name: 'a\nb' }, 'name'],
      [{ name: '\u202etxet' }, 'name'],
      [{ name: 'x'.repeat(256) }, 'name'],
      [{ name: 'x' }, 'redirect_uris'],
      [{ name: 'x', grants: [] }, 'grants'],
      [{ name: 'x', grants: ['magic'] }, 'grants'],
      [{ name: 'x', grants: ['client_credentials'] }, 'member_id'],
      [{ name: 'x', grants: ['client_credentials'], member_id: 999_999 }, 'member_id'],
      [{ name: 'x', grants: ['client_credentials'], member_id: 1, confidential: false }, 'grants'],
      [{ name: 'x', grants: ['password'], scopes: ['admin'] }, 'scopes'],
      [{ name: 'x', grants: ['password'], scopes: [] }, 'scopes'],
    ]
    for (const [sent, field] of refused) {
      const answer = await world.admin.post('/oauth/apps/', sent)
      expect([sent, answer.status, answer.body.errors?.[0].field]).toEqual([sent, 400, field])
    }
  })
})
