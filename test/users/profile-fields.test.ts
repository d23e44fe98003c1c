import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { takenNames } from '../../src/community/profile-fields.ts'
import { adminInputs, profileInputs } from '../../src/users/inputs.ts'
import { Me, PrivateProfile, Profile, User } from '../../src/users/views.ts'
import { ok } from '../support/ok.ts'
import { type Answer, createWorld, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

const define = (fields: unknown) => world.admin.patch('/dynamic_preference/', { user_metadata_definition: fields })
const definitions = {
  job: { label: 'Job', type: 'string', mandatory: true, in_signup: true },
  shoe_size: { label: 'Shoe size', type: 'integer' },
  phone: { label: 'Phone', type: 'phone_number', private: true },
  team: { label: 'Team', type: 'enum', type_options: ['Hatters', 'Hares'], in_export: true },
  blog: { label: 'Blog', type: 'url' },
  work_mail: { label: 'Work', type: 'email' },
  constructor: { label: 'A name that JavaScript has' },
}
const codes = ({ body }: Answer) =>
  Object.fromEntries(
    body.errors.map((each: { field: string; messages: { code: string }[] }) => [each.field, each.messages[0]?.code]),
  )

describe('fields that a community adds to profiles', () => {
  test('are defined by an option, and refused in a sentence unless each can be shown and asked for', async () => {
    for (const [sent, says] of [
      ['[]', 'JSON object'],
      ['nonsense', 'JSON object'],
      [{ Job: { label: 'x' } }, 'Job'],
      [{ email: { label: 'x' } }, 'already'],
      [{ job: {} }, 'label'],
      [{ job: { label: ' \u200b' } }, 'label'],
      [{ job: { label: 'x', type: 'checkbox' } }, 'one of string, integer'],
      [{ job: { label: 'x', mandatory: 'yes' } }, 'mandatory'],
      [{ job: { label: 'x', type: 'enum' } }, 'type_options'],
      [{ job: { label: 'x', type: 'enum', type_options: ['a', 'a'] } }, 'type_options'],
      [Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`f${n}`, { label: 'x' }])), '50'],
    ] as const) {
      const answer = await define(typeof sent === 'string' ? sent : JSON.stringify(sent))
      expect([answer.status, codes(answer)], JSON.stringify(sent)).toEqual([
        400,
        { user_metadata_definition: 'invalid' },
      ])
      expect(answer.text).toContain(says)
    }
    await ok(define(JSON.stringify(definitions)))
    expect((await world.told()).map(({ type }) => type)).toEqual(['dynamic_preference.updated'])
  })

  test('cannot be called as anything that members have already', () => {
    const names = [
      ...[User, Profile, PrivateProfile, Me].flatMap(({ fields }) => Object.keys(fields)),
      ...Object.keys({ ...profileInputs, ...adminInputs }),
    ]
    expect(names.filter((name) => !takenNames.has(name))).toEqual([])
  })

  test('are set like the others, one by one, and shown beside them', async () => {
    const { admin, alice, bob, visitor } = world
    const set = await ok(
      alice.patch('/user/me/', { bio: 'x', job: ' Explorer ', shoe_size: '36', phone: '+39 055 451' }),
    )
    expect(set.headers.get('x-kith-ignored')).toBeNull()
    const whole = { job: 'Explorer', shoe_size: 36, phone: '+39 055 451', team: null, blog: null, work_mail: null }
    expect(set.body).toMatchObject({ bio: 'x', ...whole, constructor: null })
    await ok(
      alice.put('/user/me/', { custom_user_metadata: { team: 'Hares', shoe_size: null }, blog: 'https://a.example' }),
    )
    const now = { ...whole, team: 'Hares', shoe_size: null, blog: 'https://a.example' }
    for (const who of [alice, admin]) expect((await who.get(`/user/${alice.id}/`)).body).toMatchObject(now)
    expect((await alice.get('/user/me/')).body).toMatchObject(now)
    for (const who of [bob, visitor]) {
      const { body } = await who.get(`/user/${alice.id}/`)
      expect(body).toMatchObject({ job: 'Explorer', team: 'Hares', shoe_size: null })
      expect(body).not.toHaveProperty('phone')
    }
    expect((await bob.get('/user/')).body.results[0]).not.toHaveProperty('job')
    expect((await world.told()).map(({ type }) => type)).toEqual(['user.updated', 'user.updated'])
    await ok(alice.patch('/user/me/', { team: 'Hares' }))
    expect(await world.told()).toEqual([])

    const form = new FormData()
    form.set('job', 'Queen')
    form.set('custom_user_metadata', '{"shoe_size": 37}')
    const headers = { authorization: `Bearer ${alice.token}` }
    const sent = await world.send('/user/me/', { method: 'PATCH', headers, body: form })
    expect(sent.body).toMatchObject({ job: 'Queen', shoe_size: 37, team: 'Hares' })
    await world.told()
  })

  test('are refused by name where they do not fit, together with all else that does not', async () => {
    const { alice } = world
    const sent = {
      ...{ job: '', shoe_size: 1.5, phone: 'call me', team: 'Queens', blog: 'javascript:alert(1)', work_mail: 'x' },
      ...{ gender: 'x', custom_user_metadata: { nothing: 1 } },
    }
    const wrong = { shoe_size: 'invalid', phone: 'invalid', team: 'invalid', blog: 'invalid', work_mail: 'invalid' }
    const answer = await alice.patch('/user/me/', sent)
    expect([answer.status, codes(answer)]).toEqual([
      400,
      { gender: 'invalid', job: 'required', ...wrong, nothing: 'unknown' },
    ])
    for (const [job, code] of [
      ['a\u202eb', 'invalid'],
      ['a\nb', 'invalid'],
      ['x'.repeat(256), 'max_length'],
      [{ a: 1 }, 'invalid'],
      [['a'], 'invalid'],
      [1, 'invalid'],
      ['\ud800', 'invalid'],
    ])
      expect(codes(await alice.patch('/user/me/', { job })), JSON.stringify(job)).toEqual({ job: code })
    expect(codes(await alice.patch('/user/me/', { shoe_size: 2 ** 53 }))).toEqual({ shoe_size: 'invalid' })
    expect((await alice.get('/user/me/')).body).toMatchObject({ job: 'Queen', shoe_size: 37 })
    expect(await world.told()).toEqual([])
  })

  test('are asked of those who register, and taken where members come from elsewhere', async () => {
    const { admin } = world
    const account = (username: string) => ({ username, email: `${username}@b.example`, password: 'Rabbit-hole-1' })
    const without = await admin.post('/account/create/', account('dinah'))
    expect([without.status, codes(without)]).toEqual([400, { job: 'required' }])
    const both = await admin.post('/account/create/', { ...account('dinah'), password: 'aaaaaaaa', username: 'a b' })
    expect(codes(both)).toEqual({ username: 'invalid', password: 'invalid', job: 'required' })
    const made = await ok(
      admin.post('/account/create/', { ...account('dinah'), custom_user_metadata: '{"job":"Cat","shoe_size":""}' }),
    )
    expect([made.status, made.body.job, made.body.shoe_size]).toEqual([201, 'Cat', null])
    const { body } = await ok(admin.post('/sso/signup/', { username: 'bill', custom_user_metadata: { team: 'Hares' } }))
    expect((await admin.get(`/user/${body.id}/`)).body).toMatchObject({ team: 'Hares', job: null })
    const refused = await admin.post('/sso/signup/', { username: 'pat', custom_user_metadata: { team: 'x', no: 1 } })
    expect(codes(refused)).toEqual({ team: 'invalid', no: 'unknown' })
    expect((await world.told()).map(({ type }) => type)).toEqual(['user.created', 'user.created'])
  })

  test('are gone with their definition, back with it, and erased with the member', async () => {
    const { admin, alice, bob } = world
    await ok(define('{}'))
    expect((await alice.get('/user/me/')).body).not.toHaveProperty('job')
    const answer = await ok(alice.patch('/user/me/', { job: 'King' }))
    expect(answer.headers.get('x-kith-ignored')).toBe('job')
    await ok(define(JSON.stringify(definitions)))
    expect((await bob.get(`/user/${alice.id}/`)).body.job).toBe('Queen')
    const kim = await world.join('kim')
    await ok(kim.patch('/user/me/', { job: 'Xylophonist' }))
    await ok(admin.delete(`/user/${kim.id}/?hard=1`))
    expect(await world.db.query('select metadata from users where id = $1', [kim.id])).toEqual([{ metadata: {} }])
    await world.told()
  })
})
