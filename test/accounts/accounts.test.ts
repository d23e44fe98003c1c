import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isPassword } from '../../src/accounts/password.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())
beforeEach(async () => void (await world.told()))

const password = 'Correct-horse-1'
const account = (username: string, more: object = {}) => ({
  username,
  email: `${username}@example.com`,
  password,
  ...more,
})

describe('creating an account', () => {
  test('is for administrators', async () => {
    expect((await world.visitor.post('/account/create/', account('dan'))).status).toBe(401)
    expect((await world.alice.post('/account/create/', account('dan'))).status).toBe(403)
    expect((await world.alice.post('/sso/signup/', { username: 'dan' })).status).toBe(403)
    expect(await world.told()).toEqual([])
  })

  test('answers 201 with the member, counts them, and tells it with exactly the documented fields', async () => {
    const before = (await world.alice.get('/user/')).body.count
    const answer = await world.admin.post('/account/create/', account('dan'))
    expect(answer.status).toBe(201)
    expect(answer.body).toMatchObject({ username: 'dan', email: 'dan@example.com', status: 'a', role: null })
    expect((await world.alice.get('/user/')).body.count).toBe(before + 1)
    const [event, ...more] = await world.told()
    expect(more).toEqual([])
    expect(event?.type).toBe('user.created')
    expect(Object.keys(event?.data ?? {}).sort()).toEqual(
      // biome-ignore format: a list of names reads best filled
      ['avatar', 'bio', 'connection_requests_received_counter', 'connection_requests_sent_counter',
        'connections_counter', 'cover', 'date_joined', 'date_of_birth', 'description', 'discussions_counter', 'email',
        'email_isvalid', 'ext_id', 'followers_counter', 'followings_counter', 'gender', 'id', 'location', 'location_lat_lng', 'polls_counter', 'position_lat_lng',
        'posts_counter', 'real_name', 'reputation', 'status', 'statuses_counter', 'tags', 'username', 'website'],
    )
  })

  test('hashes the password with argon2id and shows it nowhere', async () => {
    const answer = await world.admin.post('/account/create/', account('eva', { password: 'Hush-hush-77' }))
    const [row] = await world.db.query<{ password_hash: string }>(
      'select password_hash from credential where user_id = $1',
      [answer.body.id],
    )
    expect(row?.password_hash).toMatch(/^\$argon2id\$/)
    expect(await isPassword('Hush-hush-77', row?.password_hash ?? '')).toBe(true)
    expect(await isPassword('Hush-hush-78', row?.password_hash ?? '')).toBe(false)
    const everywhere = [
      answer.text,
      JSON.stringify(await world.told()),
      (await world.admin.get(`/user/${answer.body.id}/`)).text,
      world.log.join(''),
    ].join('')
    expect(everywhere).not.toMatch(/Hush-hush|argon2/)
  })

  test('refuses a name that is taken in any case, an address that is taken, and a simple password', async () => {
    const fred = (await world.admin.post('/account/create/', account('Fred'))).body
    await world.told()
    const refusals: [object, string, string][] = [
      [account('fRED', { email: 'other@example.com' }), 'username', 'unique'],
      [account('fred2', { email: 'FRED@example.com' }), 'email', 'unique'],
      [account('with space', { email: 'space@example.com' }), 'username', 'invalid'],
      [account('ünïcode', { email: 'x@example.com' }), 'username', 'invalid'],
      [account('', { email: 'nobody@example.com' }), 'username', 'blank'],
      [account('x'.repeat(256), { email: 'long@example.com' }), 'username', 'max_length'],
      [account('gina', { email: 'not an address' }), 'email', 'invalid'],
      [account('gina', { password: 'Short-1' }), 'password', 'min_length'],
      [account('gina', { password: 'onlylowercase' }), 'password', 'invalid'],
      [account('gina', { password: 'onlylower123' }), 'password', 'invalid'],
      ...['P@ssw0rd1', 'Welcome2026!', '1q2w3e4R', 'Aa123456', 'A1a1a1a1'].map((common): [object, string, string] => [
        account('gina', { password: common }),
        'password',
        'common',
      ]),
      [{ username: 'gina', email: 'gina@example.com' }, 'password', 'required'],
    ]
    for (const [body, field, code] of refusals) {
      const answer = await world.admin.post('/account/create/', body)
      expect(answer.status, JSON.stringify(body)).toBe(400)
      const whose = code === 'unique' ? { id: fred.id } : {}
      expect(answer.body.errors).toEqual([{ field, messages: [{ code, message: expect.any(String), ...whose }] }])
    }
    expect(await world.told()).toEqual([])
  })

  test('names the member who has the name, the address or the ext_id already', async () => {
    const tess = await world.join('tess', { ext_id: 'crm-tess' })
    for (const body of [
      { username: 'Tess' },
      { username: 'tess2', email: 'TESS@example.com' },
      { username: 'tess3', ext_id: 'crm-tess' },
    ]) {
      const { status, body: answer } = await world.admin.post('/sso/signup/', body)
      expect([status, answer.errors[0].messages[0].id]).toEqual([400, tess.id])
      expect(answer.errors[0].messages[0].message).toContain(`It is that of member ${tess.id}.`)
    }
  })

  test('by ten at once under one name makes one', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        world.admin.post('/account/create/', account('hugo', { email: `h${i}@example.com` })),
      ),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(9)
    expect(await world.toldShort()).toEqual(['user.created hugo'])
  })

  test('for another system remembers its id, role and picture', async () => {
    const body = {
      ext_id: 'crm-7',
      username: 'ines',
      email: 'ines@example.com',
      role: 'moderator',
      avatar: 'https://pics.example/i.png',
    }
    const answer = await world.admin.post('/sso/signup/', body)
    expect(answer.status).toBe(201)
    expect(answer.body).toEqual({ id: expect.any(Number), ...body, tags: [] })
    expect((await world.alice.get(`/user/${answer.body.id}/`)).body).toMatchObject({
      ext_id: 'crm-7',
      role: 'moderator',
    })
    const again = await world.admin.post('/sso/signup/', { ...body, username: 'ines2', email: 'ines2@example.com' })
    expect(again.body.errors[0]).toMatchObject({ field: 'ext_id', messages: [{ code: 'unique' }] })
    expect((await world.admin.post('/sso/signup/', { username: 'jan', role: 'king' })).status).toBe(400)
    expect((await world.admin.post('/sso/signup/', { username: 'jan', role: null, ext_id: null })).status).toBe(201)
  })
})

describe('deleting a member', () => {
  const leave = async (name: string) => {
    const [kim, lea] = [await world.join(`kim_${name}`), await world.join(`lea_${name}`)]
    await kim.post(`/user/${lea.id}/connection/request/`)
    await lea.post(`/user/${kim.id}/connection/accept/`)
    await kim.post(`/user/${world.bob.id}/connection/request/`)
    await world.carla.post(`/user/${kim.id}/hide/`)
    await world.told()
    return { kim, lea }
  }

  test('ends all their relations, each told, and them last; everybody’s counters follow', async () => {
    const { kim, lea } = await leave('a')
    const before = (await world.alice.get('/user/')).body.count
    expect((await kim.delete(`/user/${kim.id}/`)).status).toBe(204)
    expect((await world.toldShort()).sort()).toEqual(
      [
        `connection.deleted ${kim.username}>${lea.username}`,
        `connection_request.cancelled ${kim.username}>bob`,
        `user.deleted ${kim.username}`,
      ].sort(),
    )
    expect((await lea.get('/user/me/')).body.connections_counter).toBe(0)
    expect((await world.bob.get('/user/connection/requests/')).body.count).toBe(0)
    expect((await world.carla.get('/user/hidden_users/')).body).toMatchObject({ count: 0, results: [] })
    expect((await world.alice.get('/user/')).body.count).toBe(before - 1)
    expect((await world.alice.get(`/user/?search=${kim.username}`)).body.count).toBe(0)
    const [last] = (await world.admin.get('/events/?limit=1')).body.results
    expect(last).toMatchObject({
      type: 'user.deleted',
      data: { email: `${kim.username}@example.com`, connections_counter: 0 },
    })
  })

  test('softly keeps the page and the name, hardly neither', async () => {
    const { kim } = await leave('b')
    const name = { username: kim.username.toUpperCase(), email: 'new@example.com', password }
    expect((await world.admin.delete(`/user/${kim.id}/`)).status).toBe(204)
    expect((await world.alice.get(`/user/${kim.id}/`)).body).toMatchObject({
      deleted: true,
      status: 'd',
      username: kim.username,
    })
    expect((await world.alice.get(`/user/${kim.id}/connections/`)).status).toBe(404)
    expect((await world.admin.post('/account/create/', name)).status).toBe(400)
    expect((await world.admin.delete(`/user/${kim.id}/`)).body.errors[0].code).toBe('already_deleted')
    expect((await world.admin.delete(`/user/${kim.id}/?hard=1`)).status).toBe(204)
    expect((await world.alice.get(`/user/${kim.id}/`)).status).toBe(404)
    expect((await world.admin.delete(`/user/${kim.id}/?hard=1`)).status).toBe(404)
    expect((await world.admin.post('/account/create/', name)).status).toBe(201)
    const [wiped] = await world.db.query<{ text: string }>('select u::text as text from users u where id = $1', [
      kim.id,
    ])
    expect(wiped?.text).not.toContain(kim.username)
    expect(await world.db.query('select 1 from credential where user_id = $1', [kim.id])).toEqual([])
  })

  test('is for themselves and administrators, and never for the creator', async () => {
    const { kim } = await leave('c')
    expect((await world.visitor.delete(`/user/${kim.id}/`)).status).toBe(401)
    expect((await world.alice.delete(`/user/${kim.id}/`)).status).toBe(403)
    expect((await world.admin.delete(`/user/${world.admin.id}/`)).status).toBe(403)
    expect((await world.admin.delete('/user/4000000/')).status).toBe(404)
    expect(await world.told()).toEqual([])
  })

  test('while others are tying themselves to them leaves nothing behind', async () => {
    const people: Person[] = await Promise.all(Array.from({ length: 8 }, (_, i) => world.join(`rush${i}`)))
    const mia = await world.join('mia')
    await Promise.all([
      ...people.map((person) => person.post(`/user/${mia.id}/connection/request/`)),
      world.admin.delete(`/user/${mia.id}/`),
      ...people.map((person) => person.post(`/user/${mia.id}/connection/request/`)),
    ])
    for (const person of people) expect((await person.get('/user/connection/requests_sent/')).body.count).toBe(0)
  })
})
