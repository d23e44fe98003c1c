import { createHmac, generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, secret, type World } from '../support/world.ts'

let world: World
const seconds = () => Math.floor(Date.now() / 1000)
const key = new TextEncoder().encode(secret)

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

const claims = (more: object = {}) => ({
  user_id: world.alice.id,
  token_type: 'access',
  jti: '1',
  iat: seconds(),
  exp: seconds() + 600,
  ...more,
})
const sign = (payload: object, alg = 'HS256', by: Parameters<SignJWT['sign']>[0] = key) =>
  new SignJWT({ ...payload }).setProtectedHeader({ alg }).sign(by)
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const call = (token: string, scheme = 'Bearer') =>
  world.visitor.get('/user/me/', { authorization: `${scheme} ${token}` })

describe('a token', () => {
  test('as documented lets its member in, whether user_id is a number or text', async () => {
    expect((await call(await sign(claims()))).body).toMatchObject({ id: world.alice.id })
    expect((await call(await sign(claims({ user_id: String(world.alice.id) })))).body).toMatchObject({
      id: world.alice.id,
    })
    for (const scheme of ['bearer', 'Token', 'JWT']) expect((await call(await sign(claims()), scheme)).status).toBe(200)
  })

  test('that is not good is a 401, also where no token is needed', async () => {
    const good = await sign(claims())
    const [head, payload, signature] = good.split('.') as [string, string, string]
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const none = `${part({ alg: 'none', typ: 'JWT' })}.${part(claims())}.`
    const without = (name: string) => {
      const { [name]: _gone, ...rest } = claims() as Record<string, unknown>
      return rest
    }
    const bad: Record<string, string> = {
      'alg none': none,
      'alg none with a signature': `${none}${signature}`,
      'alg NONE': `${part({ alg: 'NONE' })}.${part(claims())}.`,
      HS384: await sign(claims(), 'HS384'),
      HS512: await sign(claims(), 'HS512'),
      RS256: await sign(claims(), 'RS256', privateKey),
      'signed with another secret': await sign(claims(), 'HS256', new TextEncoder().encode(`${secret}!`)),
      expired: await sign(claims({ iat: seconds() - 900, exp: seconds() - 60 })),
      'of the future': await sign(claims({ iat: seconds() + 600, exp: seconds() + 900 })),
      'not yet valid': await sign(claims({ nbf: seconds() + 600 })),
      truncated: good.slice(0, -1),
      'without signature': `${head}.${payload}.`,
      'in two parts': `${head}.${payload}`,
      'with another payload': `${head}.${part(claims({ user_id: world.admin.id }))}.${signature}`,
      'a refresh token': await sign(claims({ token_type: 'refresh' })),
      'of no member': await sign(claims({ user_id: 4_000_000 })),
      'of member 0': await sign(claims({ user_id: 0 })),
      'of a fraction': await sign(claims({ user_id: 1.5 })),
      'of a name': await sign(claims({ user_id: 'alice' })),
      'with exp as text': await sign(claims({ exp: 'tomorrow' })),
      nonsense: 'nonsense',
    }
    for (const name of ['user_id', 'token_type', 'jti', 'iat', 'exp'])
      bad[`without ${name}`] = await sign(without(name))
    for (const [what, token] of Object.entries(bad)) {
      const answer = await call(token)
      expect([what, answer.status]).toEqual([what, 401])
      expect(answer.body.errors).toEqual([{ code: 'not_authenticated', message: expect.stringMatching(/\.$/) }])
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
      const open = await world.visitor.get('/feature/', { authorization: `Bearer ${token}` })
      expect([what, open.status]).toEqual([what, 401])
    }
    for (const header of ['Bearer', 'Basic YWxpY2U6eA==', 'Bearer a b c', good])
      expect((await world.visitor.get('/user/me/', { authorization: header })).status, header).toBe(401)
  })

  test('cannot have its signature made from the public part', async () => {
    const head = part({ alg: 'HS256' })
    const body = part(claims())
    const forged = createHmac('sha256', '').update(`${head}.${body}`).digest('base64url')
    expect((await call(`${head}.${body}.${forged}`)).status).toBe(401)
  })

  test('that was good ends when its time is over', async () => {
    const other = await createWorld()
    const token = await other.kith.tokens.mint(other.alice.id, 60)
    const ask = () => other.visitor.get('/user/me/', { authorization: `Bearer ${token}` })
    expect((await ask()).status).toBe(200)
    other.pass(120_000)
    expect((await ask()).body.errors[0].message).toContain('expired')
    await other.end()
  })

  test('of a member who is deleted or unknown no longer lets in', async () => {
    const dan = await world.join('dan')
    expect((await dan.get('/user/me/')).status).toBe(200)
    await world.admin.delete(`/user/${dan.id}/`)
    expect((await dan.get('/user/me/')).status).toBe(401)
  })

  test('is verified on request', async () => {
    expect((await world.visitor.post('/jwt/verify_token/', { token: world.alice.token })).status).toBe(200)
    expect((await world.visitor.post('/jwt/verify_token/', { token: 'x.y.z' })).status).toBe(401)
    expect((await world.visitor.post('/jwt/verify_token/', {})).status).toBe(400)
    // Its signature and its time, as the documentation says, and nothing else of it.
    const verify = async (token: string) => (await world.visitor.post('/jwt/verify_token/', { token })).status
    for (const more of [{ token_type: 'refresh' }, { user_id: 4_000_000 }, { user_id: undefined }, { ext_id: 'x' }])
      expect(await verify(await sign(claims(more))), JSON.stringify(more)).toBe(200)
    for (const more of [{ exp: seconds() - 60 }, { iat: seconds() + 600 }, { jti: undefined }])
      expect(await verify(await sign(claims(more))), JSON.stringify(more)).toBe(401)
    expect(await verify(await sign(claims(), 'HS256', new TextEncoder().encode(`${secret}!`)))).toBe(401)
    expect(await verify(`${part({ alg: 'none', typ: 'JWT' })}.${part(claims())}.`)).toBe(401)
  })

  test('for a member is made by administrators, for a day at most, and acts as the member', async () => {
    const { admin, alice, bob } = world
    expect((await alice.post(`/user/${bob.id}/token/`)).status).toBe(403)
    expect((await alice.post('/user/me/token/')).status).toBe(403)
    const { status, body } = await admin.post(`/user/${alice.id}/token/`, { hours: 2 })
    expect([status, Object.keys(body).sort()]).toEqual([200, ['expires_at', 'token']])
    expect(Math.abs(Date.parse(body.expires_at) - Date.now() - 7_200_000)).toBeLessThan(60_000)
    expect((await call(body.token)).body).toMatchObject({ id: alice.id })
    expect((await admin.post(`/user/${alice.id}/token/`, { hours: 25 })).status).toBe(400)
    expect((await admin.post('/user/4000000/token/')).status).toBe(404)
    const blocked = await world.join('blocked')
    await world.db.query(`update users set status = 'b' where id = $1`, [blocked.id])
    expect((await admin.post(`/user/${blocked.id}/token/`)).body.errors[0].code).toBe('blocked')
    expect(world.log.join('')).not.toContain(body.token)
  })
})

test('a missing token is a 401 where one is needed, and nothing elsewhere', async () => {
  expect((await world.visitor.get('/user/me/')).body.errors[0].code).toBe('not_authenticated')
  expect((await world.visitor.get(`/user/${world.alice.id}/`)).status).toBe(200)
})
