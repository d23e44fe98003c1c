import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createWorld, type Person, type World } from '../support/world.ts'
import { addEndpoint, type Flags } from './endpoints.ts'

const password = 'Correct-horse-1'

let world: World
let owner: Person
let made: Flags

beforeAll(async () => {
  world = await createWorld()
  owner = await world.join('owner', { role: 'admin', password })
  await world.told()
})
afterAll(() => world.end())
beforeEach(async () => {
  made = await addEndpoint(world)
})

const reveal = (who: Person, body?: unknown) => who.post(`/webhook/endpoint/${made.id}/secret/reveal/`, body)
const expire = (body?: unknown) => world.admin.post(`/webhook/endpoint/${made.id}/secret/expire/`, body)
const secret = async (): Promise<string> => (await reveal(world.admin)).body.signing_secret
const kept = async () =>
  (
    await world.db.query<{ secret: string; old_secret: string | null; until: string | null; version: number }>(
      'select secret, old_secret, old_secret_until as until, version from webhook_endpoint where id = $1',
      [made.id],
    )
  )[0]

describe('the secret', () => {
  test('is revealed to administrators, and to nobody else', async () => {
    const answer = await reveal(world.admin)
    expect([answer.status, Object.keys(answer.body)]).toEqual([201, ['signing_secret']])
    expect(answer.body.signing_secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(Buffer.from(answer.body.signing_secret.slice(6), 'base64')).toHaveLength(32)
    expect((await reveal(owner)).body).toEqual(answer.body)
    expect((await reveal(world.alice)).status).toBe(403)
    expect((await reveal(world.visitor)).status).toBe(401)
    expect((await world.admin.get(`/webhook/endpoint/${made.id}/`)).text).not.toContain('whsec_')
  })

  test('needs the right password of the one who asks, once a password is sent', async () => {
    expect((await reveal(owner, { password })).status).toBe(201)
    expect((await reveal(owner, {})).status).toBe(201)
    for (const wrong of ['wrong', '', ' ', password.toLowerCase(), 'x'.repeat(1000), 7]) {
      const answer = await reveal(owner, { password: wrong })
      expect([wrong, answer.status, answer.body]).toEqual([
        wrong,
        400,
        {
          errors: [
            {
              field: 'password',
              messages: [{ code: 'invalid', message: 'This is not your password. Send the right one, or none.' }],
            },
          ],
        },
      ])
    }
    for (const strange of [[password], { password }, true, 'a\u0000b', '\ud800', 'x'.repeat(1001)])
      expect((await reveal(owner, { password: strange })).body.errors[0].field).toBe('password')
    // An administrator without a password has none that is right.
    expect((await reveal(world.admin, { password })).status).toBe(400)
  })

  test('is another at once when it has expired', async () => {
    const before = await secret()
    world.pass(1_000)
    const answer = await expire()
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({ ...made, updated_at: expect.any(String) })
    expect(answer.body.updated_at).not.toBe(made.updated_at)
    const after = await secret()
    expect(after).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(after).not.toBe(before)
    expect(await kept()).toMatchObject({ secret: after, old_secret: null, until: null })
  })

  test('signs on beside the new one for as long as it is asked to', async () => {
    const [before, was] = [await secret(), await kept()]
    const answer = await expire({ grace_seconds: 604_800 })
    expect(answer.status).toBe(200)
    const now = await kept()
    expect(now).toMatchObject({ secret: await secret(), old_secret: before, version: (was?.version ?? 0) + 1 })
    expect(Date.parse(now?.until as string) - Date.parse(answer.body.updated_at)).toBe(604_800_000)
    await expire({ grace_seconds: 0 })
    expect(await kept()).toMatchObject({ old_secret: null, until: null })
  })

  test('does not expire on nonsense', async () => {
    const before = await secret()
    for (const grace_seconds of [-1, 604_801, 1.5, 'soon', [], {}, 1e300, true]) {
      const answer = await expire({ grace_seconds })
      expect([grace_seconds, answer.status, answer.body.errors[0].messages[0].message]).toEqual([
        grace_seconds,
        400,
        'Send a whole number from 0 to 604800.',
      ])
    }
    expect(await secret()).toBe(before)
    expect((await world.alice.post(`/webhook/endpoint/${made.id}/secret/expire/`)).status).toBe(403)
  })

  test('leaves what the endpoint listens to alone', async () => {
    await expire()
    const spans = await world.db.query('select until from webhook_span where endpoint_id = $1', [made.id])
    expect(spans).toEqual([{ until: null }])
  })
})
