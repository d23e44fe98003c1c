import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createWorld, type World, walk } from '../support/world.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())
beforeEach(async () => void (await world.told()))

describe('a profile', () => {
  test('is open to everybody; the e-mail address is for oneself and administrators', async () => {
    const path = `/user/${world.alice.id}/`
    const seen = async (who: { get: World['visitor']['get'] }) => (await who.get(path)).body
    expect(await seen(world.visitor)).not.toHaveProperty('email')
    expect(await seen(world.visitor)).not.toHaveProperty('connection_status')
    expect(await seen(world.bob)).not.toHaveProperty('email')
    expect(await seen(world.bob)).toHaveProperty('connection_status', null)
    expect(await seen(world.alice)).toMatchObject({ email: 'alice@example.com', email_isvalid: false })
    expect(await seen(world.admin)).toMatchObject({ email: 'alice@example.com' })
  })

  test('says whether one may write to them: not yet to anybody', async () => {
    expect((await world.bob.get(`/user/${world.alice.id}/`)).body.can_send_pm_to).toBe(false)
    expect((await world.admin.get(`/user/${world.alice.id}/`)).body.can_send_pm_to).toBe(false)
    expect((await world.visitor.get(`/user/${world.alice.id}/`)).body).not.toHaveProperty('can_send_pm_to')
    expect((await world.bob.get('/user/?search=alice')).body.results[0]).not.toHaveProperty('can_send_pm_to')
    await world.told()
  })

  test('is changed by its owner, by PATCH or PUT, and told once', async () => {
    const { alice, bob, visitor } = world
    const path = `/user/${alice.id}/`
    expect((await visitor.patch(path, { bio: 'x' })).status).toBe(401)
    expect((await bob.patch(path, { bio: 'x' })).status).toBe(403)
    const body = {
      real_name: 'Alice Liddell',
      bio: 'Curious "and" curiouser \u2028 🐇',
      date_of_birth: '1852-05-04',
      gender: 'Female',
      website: 'https://alice.example/?a=1&b=2',
      location: 'Oxford',
      location_lat_lng: '51.75,-1.25',
      description: 'Girl',
    }
    // Where somebody works is shown, and no part of the events.
    const work = { company_name: 'Tea & Co', company_role: 'Taster' }
    expect((await alice.patch(path, { ...body, ...work })).body).toMatchObject({ ...body, ...work })
    const [event, ...more] = await world.told()
    expect(more).toEqual([])
    expect(event).toMatchObject({ type: 'user.updated', data: { ...body, email: 'alice@example.com' } })
    expect((await alice.patch(path, body)).status).toBe(200)
    expect((await alice.patch(path, {})).status).toBe(200)
    expect(await world.told()).toEqual([])
    expect((await alice.put(path, { date_of_birth: null })).body).toMatchObject({ date_of_birth: null, bio: body.bio })
  })

  test('takes a new username unless somebody has it', async () => {
    const nina = await world.join('nina')
    expect((await nina.patch('/user/me/', { username: 'BOB' })).body.errors[0]).toMatchObject({
      field: 'username',
      messages: [{ code: 'unique' }],
    })
    expect((await nina.patch('/user/me/', { username: 'NINA' })).body.username).toBe('NINA')
  })

  test('is changed by administrators too, with address and ext_id, also of a blocked member', async () => {
    const { admin, bob } = world
    const silke = await world.join('silke')
    await world.db.query(`update users set email_isvalid = true where id = $1`, [silke.id])
    await world.told()
    const path = `/user/${silke.id}/`
    const same = await admin.patch(path, { email: 'SILKE@example.com' })
    expect(same.body).toMatchObject({ email: 'SILKE@example.com', email_isvalid: true })
    const changed = await admin.put(path, { email: 'silke@work.example', ext_id: 'crm-1', real_name: 'Silke Luz' })
    expect(changed.body).toMatchObject({ email: 'silke@work.example', email_isvalid: false, ext_id: 'crm-1' })
    expect(await world.told()).toMatchObject([
      { type: 'user.updated', data: { email: 'SILKE@example.com' } },
      { type: 'user.updated', data: { email: 'silke@work.example', ext_id: 'crm-1', real_name: 'Silke Luz' } },
    ])
    expect((await admin.patch(path, { email: 'silke@work.example' })).status).toBe(200)

    const taken = await admin.patch(path, { email: 'Bob@example.com' })
    expect(taken.body.errors).toMatchObject([{ field: 'email', messages: [{ code: 'unique', id: bob.id }] }])
    expect((await admin.patch(path, { email: 'nonsense' })).status).toBe(400)
    expect((await admin.patch('/user/4000000/', { bio: 'x' })).status).toBe(404)
    // What is not theirs to give changes nothing, and tells nobody which addresses there are.
    expect((await silke.patch(path, { email: 'bob@example.com', ext_id: 'crm-2' })).body).toMatchObject({
      email: 'silke@work.example',
      ext_id: 'crm-1',
    })
    expect(await world.told()).toEqual([])

    await world.db.query(`update users set status = 'b' where id = $1`, [silke.id])
    world.kith.actors.forget(silke.id)
    expect((await silke.patch(path, { bio: 'x' })).status).toBe(403)
    expect((await admin.patch(path, { email: null, ext_id: null })).body).toMatchObject({ email: null, ext_id: null })
    expect(await world.toldShort()).toEqual(['user.updated silke'])
  })

  test('does not say whose a taken username is, but to administrators', async () => {
    const { admin, bob } = world
    const milla = await world.join('milla')
    const message = async (who: typeof bob) =>
      (await who.patch(`/user/${milla.id}/`, { username: 'bob' })).body.errors[0].messages[0]
    expect(await message(milla)).toEqual({ code: 'unique', message: 'This username is taken. Choose another.' })
    expect(await message(admin)).toMatchObject({ code: 'unique', id: bob.id })
  })

  test('cannot be given what is not one’s to give', async () => {
    const { alice } = world
    const forbidden = {
      id: 1,
      role: 'admin',
      status: 'd',
      reputation: 99,
      connections_counter: 7,
      email: 'x@example.com',
      community_badge: true,
    }
    await alice.patch('/user/me/', forbidden)
    expect((await alice.get('/user/me/')).body).toMatchObject({
      id: alice.id,
      role: null,
      status: 'a',
      reputation: 0,
      connections_counter: 0,
      email: 'alice@example.com',
      community_badge: false,
    })
  })

  test('takes no picture yet, and says so', async () => {
    const form = new FormData()
    form.set('avatar', new Blob(['x'], { type: 'image/png' }), 'a.png')
    const answer = await world.send('/user/me/', {
      method: 'PATCH',
      body: form,
      headers: { authorization: `Bearer ${world.alice.token}` },
    })
    expect([answer.status, answer.body.errors[0].field]).toEqual([400, 'avatar'])
  })
})

describe('the session', () => {
  test('carries permissions and the counters that clients read', async () => {
    const { body } = await world.alice.get('/user/me/')
    expect(body).toMatchObject({
      id: world.alice.id,
      connections_counter: 0,
      connection_requests_sent_counter: 0,
      connection_requests_received_counter: 0,
      unseen_interactions_counter: 0,
      permission: { request_connection: true, follow_user: false },
    })
    expect(body.permission).toEqual((await world.alice.get('/user/me/permission/')).body)
  })

  test('has settings of its own', async () => {
    const { alice, bob } = world
    const settings = (await alice.get(`/user/${alice.id}/settings/`)).body
    expect(settings).toEqual({
      qa_frequency: 0,
      email_notification_not_qa: 1,
      mobile_notifications_scmty: 1,
      show_toast_notifications: 1,
      toast_notifications_emit_sound: 1,
      connection_requests: 'ask',
      connections_visibility: 'everyone',
    })
    expect((await bob.get(`/user/${alice.id}/settings/`)).status).toBe(403)
    expect((await bob.patch(`/user/${alice.id}/settings/`, { qa_frequency: 1 })).status).toBe(403)
    expect(
      (await alice.patch('/user/me/settings/', { qa_frequency: '-1', show_toast_notifications: 0 })).body,
    ).toMatchObject({
      qa_frequency: -1,
      show_toast_notifications: 0,
    })
    const [event, ...more] = await world.told()
    expect(more).toEqual([])
    expect(Object.keys(event?.data ?? {}).sort()).toEqual([
      'email_notification_not_qa',
      'mobile_notifications_scmty',
      'qa_frequency',
      'show_toast_notifications',
      'toast_notifications_emit_sound',
      'user',
    ])
    expect((await alice.patch('/user/me/settings/', { connection_requests: 'maybe' })).status).toBe(400)
    expect(await world.told()).toEqual([])
  })
})

describe('finding members', () => {
  beforeAll(async () => {
    for (const [name, real] of [
      ['oscar', 'Oscar Wilde'],
      ['olga', 'Olga Ångström'],
      ['o_50', '50% Off'],
      ['petra', 'Petra Oslo'],
    ] as const) {
      const person = await world.join(name, { real_name: real })
      await person.patch('/user/me/', {
        location: name === 'oscar' ? 'Dublin' : '',
        gender: name === 'olga' ? 'Female' : 'Unspecified',
        date_of_birth: name === 'petra' ? '1950-01-01' : null,
      })
    }
  })
  const names = async (path: string, who = world.bob) =>
    (await walk(who, path)).results.map((user) => (user as unknown as { username: string }).username)

  test('by part of either name, whatever its case, % and _ taken as they are', async () => {
    expect(await names('/user/search/?user=OSCAR')).toEqual(['oscar'])
    expect(await names('/user/search/?user=wild')).toEqual(['oscar'])
    expect(await names('/user/search/?user=ångs')).toEqual(['olga'])
    expect(await names('/user/search/?user=ÅNGS')).toEqual(['olga'])
    expect(await names('/user/search/?user=50%25')).toEqual(['o_50'])
    expect(await names('/user/search/?user=_')).toEqual(['o_50'])
    expect(await names('/user/search/?user=%25%25')).toEqual([])
    expect(await names("/user/search/?user=';drop table users;--")).toEqual([])
  })

  test('by place, gender, age and staff', async () => {
    expect(await names('/user/search/?location=dub')).toEqual(['oscar'])
    expect(await names('/user/search/?gender=Female&user=olga')).toEqual(['olga'])
    expect(await names('/user/search/?age=45%2B&user=petra')).toEqual(['petra'])
    expect(await names('/user/search/?age=-30&user=petra')).toEqual([])
    expect(await names('/user/search/?is_staff=true')).toEqual(['admin'])
    expect((await world.bob.get('/user/search/?gender=Robot')).status).toBe(400)
  })

  test('in an order', async () => {
    expect(await names('/user/?search=o&ordering=-username&limit=2')).toEqual(
      ['petra', 'oscar', 'olga', 'o_50', 'carla', 'bob'].filter((name) => name !== 'carla'),
    )
    expect((await world.bob.get('/user/?ordering=password')).status).toBe(400)
  })

  test('by `user` leaves the other names out', async () => {
    expect(await names('/user/search/?user=olga&username=oscar&real_name=petra')).toEqual(['olga'])
    expect(await names('/user/search/?username=olga&real_name=petra')).toEqual([])
  })

  test('by e-mail address or ext_id is for administrators, and exact', async () => {
    const { admin, bob } = world
    const quinn = await world.join('quinn', { email: 'Quinn@example.com', ext_id: 'crm-9' })
    for (const list of ['/user/', '/user/search/']) {
      for (const query of ['email=quinn@EXAMPLE.com', 'ext_id=crm-9', 'ext_id=crm-9&email=quinn@example.com'])
        expect((await walk(admin, `${list}?${query}`)).results, list + query).toMatchObject([
          { id: quinn.id, email: 'Quinn@example.com', email_isvalid: false, ext_id: 'crm-9' },
        ])
      for (const query of ['email=quinn', 'ext_id=CRM-9', 'ext_id=crm', 'email=%25'])
        expect((await admin.get(`${list}?${query}`)).body, list + query).toMatchObject({ count: 0, results: [] })
      for (const query of ['email=quinn@example.com', 'ext_id=crm-9']) {
        const { status, body } = await bob.get(`${list}?${query}`)
        expect([status, body.errors[0].code]).toEqual([403, 'permission_denied'])
      }
    }
    expect((await world.visitor.get('/user/search/?email=quinn@example.com')).status).toBe(403)
    const plan = await world.db.transaction(async (tx) => {
      await tx.query('set local enable_seqscan = off')
      return tx.query(`explain select from users u
        where u.status in ('a', 'b') and lower(u.email) = lower('x') and u.ext_id = 'y'`)
    })
    expect(JSON.stringify(plan)).not.toContain('Seq Scan')
  })

  test('shows addresses to administrators, and everybody there is, also who hides them', async () => {
    const { admin, bob } = world
    const hider = await world.join('hider')
    await hider.post(`/user/${admin.id}/hide/`)
    const all = await walk(admin, '/user/?limit=3')
    expect(all.results).toHaveLength(all.count)
    expect(all.results).toContainEqual(expect.objectContaining({ id: hider.id, email: 'hider@example.com' }))
    for (const path of ['/user/', '/user/search/?user=a', '/user/autocomplete/?search=a'])
      expect((await bob.get(path)).text, path).not.toMatch(/email|@example/)
  })

  test('while typing gets little of each', async () => {
    const { body } = await world.visitor.get('/user/autocomplete/?search=osc')
    expect(body.results).toEqual([
      {
        id: expect.any(Number),
        username: 'oscar',
        real_name: 'Oscar Wilde',
        avatar: `${world.url}/api/v2/avatar/${body.results[0].id}`,
        ext_id: null,
      },
    ])
  })

  test('needs a token for the whole list, not for the search', async () => {
    expect((await world.visitor.get('/user/')).status).toBe(401)
    expect((await world.visitor.get('/user/search/?user=olga')).body.count).toBe(1)
  })
})

describe('what hangs on what is not there yet', () => {
  test('is answered as in a community that has none of it', async () => {
    const { alice, visitor } = world
    for (const what of ['courses', 'courses/?statuses=joined,manager', 'events', 'groups']) {
      const at = `/user/${alice.id}/${what.includes('?') ? what : `${what}/`}`
      expect((await visitor.get(at)).body, at).toEqual([])
      expect((await visitor.get(at.replace(String(alice.id), '99999'))).status, at).toBe(404)
    }
    expect((await visitor.get(`/user/${alice.id}/courses/?statuses=late`)).status).toBe(400)
    for (const what of ['event', 'group'])
      expect((await alice.get(`/user/${what}/${what}s_to_address_a_contribution/`)).body).toEqual([])
    expect((await alice.get('/user/me/loyalty/points/')).body).toEqual({ points: 0 })
    expect((await alice.get('/user/99999/loyalty/points/')).status).toBe(404)
  })

  test('leads the staff to the console, without a token in the address', async () => {
    const editor = await world.join('editor_of_pages', { role: 'editor' })
    const at = '/user/me/platform_url/'
    expect((await editor.get(at)).body).toEqual({ platform_url: `${world.url}/console/`, token_details: null })
    expect((await editor.get(`${at}?next=/webhooks`)).body.platform_url).toBe(`${world.url}/console/webhooks`)
    for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example', '/a b', '/%0a\nx'])
      expect((await editor.get(`${at}?next=${encodeURIComponent(next)}`)).status, next).toBe(400)
    expect((await world.alice.get(at)).status).toBe(403)
    await world.told()
  })
})
