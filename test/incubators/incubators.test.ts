import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { continueErasures } from '../../src/accounts/erase.ts'
import { findIncubatorDrift, incubatorRepairs } from '../../src/incubators/recount.ts'
import { indexIncubators } from '../../src/incubators/searched.ts'
import { doTasks } from '../../src/notifications/tasks.ts'
import { repairDrift } from '../../src/platform/db/repair.ts'
import { ok } from '../support/ok.ts'
import { type Answer, createWorld, type Person, type World, walk } from '../support/world.ts'

let world: World
let alice: Person
let bob: Person
let carla: Person
beforeAll(async () => {
  world = await createWorld()
  await world.set({ incubator_enabled: true, incubator_subscribers: 2 })
})
afterAll(() => world.end())
beforeEach(async () => {
  ;[alice, bob, carla] = await world.strangers()
})
/** Nothing of what happens here has an event, but what tests look at themselves; and all is counted right. */
afterEach(async () => {
  expect(await world.told()).toEqual([])
  expect(await world.notified()).toEqual([])
  expect(await findIncubatorDrift(world.db)).toEqual([])
})

let made = 0
const propose = async (who: Person, sent: object = {}): Promise<{ id: number; name: string; slug: string }> =>
  (await ok(who.post('/incubator/', { name: `Proposal ${++made}`, ...sent }))).body
const subscribe = (who: Person, { id }: { id: number }) => who.post(`/incubator/${id}/subscribe/`)
const read = async (who: Person, { id }: { id: number }) => (await ok(who.get(`/incubator/${id}/`))).body
const refusal = ({ status, body }: Answer) => [status, body.errors[0].code ?? body.errors[0].messages[0].code]
const listed = async (who: Person, query = '') => {
  const { count, results } = await walk(who, `/incubator/?limit=2${query}`)
  expect(count).toBe(results.length)
  return results.map(({ id }) => id)
}
const approved = async (who: Person) =>
  (await ok(who.get('/notification/'))).body.results.flatMap(
    ({ aggregated }: { aggregated: { type: string; incubator: { id: number } }[] }) =>
      aggregated.filter(({ type }) => type === 'incubator_approved').map(({ incubator }) => incubator.id),
  )
/** Somebody proposes what as many support as are asked for. */
async function proposeSupported(who: Person, sent: object = {}, by = [bob, carla]) {
  const incubator = await propose(who, sent)
  for (const each of by) await ok(subscribe(each, incubator))
  return incubator
}
const approve = (who: Person, { id }: { id: number }) => who.post(`/incubator/${id}/approve/`)
const ignore = (who: Person, { id }: { id: number }) => who.post(`/incubator/${id}/ignore/`)

describe('a proposal', () => {
  test('is made by a member, and read by everybody', async () => {
    const sent = { name: ' Bird watching ', slogan: 'Look up' }
    const answer = await alice.post('/incubator/', sent)
    expect([answer.status, answer.body]).toEqual([
      201,
      {
        ...{ id: expect.any(Number), name: 'Bird watching', slug: 'bird-watching', slogan: 'Look up', status: 0 },
        ...{ approved_category: null, added_at: expect.any(String), subscribers_count: 0, subscribers_threshold: 2 },
        ...{ subscribed: false, user: expect.objectContaining({ id: alice.id, username: alice.username }) },
      },
    ])
    expect(await read(alice, answer.body)).toEqual(answer.body)
    expect(await read(world.visitor, answer.body)).toMatchObject({ id: answer.body.id, user: { id: alice.id } })
    expect(await read(bob, answer.body)).toMatchObject({ user: { connection_status: null } })
    for (const id of [answer.body.id + 1_000, 9_007_199_254_740_991])
      expect((await alice.get(`/incubator/${id}/`)).status).toBe(404)
  })

  test('is for signed-in members where the community shows nothing to visitors', async () => {
    const { id } = await propose(alice)
    await world.set({ content_availability: false })
    for (const path of ['/incubator/', '/incubator/search/', `/incubator/${id}/`, `/incubator/${id}/subscribers/`]) {
      expect((await world.visitor.get(path)).status, path).toBe(401)
      expect((await bob.get(path)).status, path).toBe(200)
    }
    await world.set({ content_availability: true })
    for (const path of ['/incubator/', `/incubator/${id}/subscribe/`, `/incubator/${id}/approve/`])
      expect((await world.visitor.post(path)).status, path).toBe(401)
    expect((await world.visitor.get(`/incubator/${id}/subscribed/`)).status).toBe(401)
  })

  test('has a name of its own: neither that of a category nor that of another, in any form that looks alike', async () => {
    const { name } = await propose(alice, { name: 'Café Society' })
    for (const alike of [name, 'CAFÉ SOCIETY', 'Cafe\u0301 society', 'Café\u200b Society']) {
      const answer = await bob.post('/incubator/', { name: alike })
      expect(answer.body, alike).toEqual({
        errors: [
          {
            field: 'name',
            messages: [
              { code: 'unique', message: 'This has been proposed already: support that, or choose another name.' },
            ],
          },
        ],
      })
    }
    await ok(world.admin.post('/category/', { name: 'Gardens' }))
    await world.told()
    expect((await bob.post('/incubator/', { name: 'gardens', slug: 'GARDENS' })).body.errors).toMatchObject([
      { field: 'name', messages: [{ code: 'unique' }] },
      { field: 'slug', messages: [{ code: 'unique' }] },
    ])
    const twins = await Promise.all([alice, bob, carla].map((who) => who.post('/incubator/', { name: 'Only one' })))
    expect(twins.map(({ status }) => status).sort()).toEqual([201, 400, 400])
  })

  test('is called in addresses as its proposer says, else after its name, and never like another', async () => {
    expect(await propose(alice, { slug: 'My_Own-1' })).toMatchObject({ slug: 'My_Own-1' })
    expect(refusal(await bob.post('/incubator/', { name: 'x', slug: 'my_own-1' }))).toEqual([400, 'unique'])
    const slugs = []
    for (const name of ['Tea time', 'Tea, time', 'Tea-time', 'Чай', '茶', 'شاي'])
      slugs.push((await propose(alice, { name, slug: '' })).slug)
    expect(slugs).toEqual(['tea-time', 'tea-time-2', 'tea-time-3', 'category', 'category-2', 'category-3'])
    // One after another, or at the same moment, however many.
    const names = Array.from({ length: 12 }, (_, i) => '鳥'.repeat(i + 1))
    const many = await Promise.all(names.map((name) => propose(alice, { name })))
    expect(new Set(many.map(({ slug }) => slug)).size).toBe(12)
    for (const { slug } of many) expect(slug).toMatch(/^category-\d+$/)
  })

  test('takes any script, and refuses what is no name with a sentence', async () => {
    for (const name of ['日本の鳥', 'طيور', 'Vögel & Co. <b>', '🦉', "Robert'); drop table incubator;--"])
      expect(await propose(alice, { name, slogan: name })).toMatchObject({ name, slogan: name })
    const { body: form } = await ok(
      world.send('/incubator/', {
        method: 'POST',
        headers: { authorization: `Bearer ${alice.token}`, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'name=By+a+form',
      }),
    )
    expect(form).toMatchObject({ name: 'By a form', slogan: null })
    for (const name of [
      '',
      ' ',
      '\u200b',
      'a\u202eb',
      'a\nb',
      'x'.repeat(101),
      null,
      ['a', 'b'],
      'a\0b',
      '\ud800',
      undefined,
    ])
      expect((await alice.post('/incubator/', { name })).status, JSON.stringify(name)).toBe(400)
    for (const slug of ['a b', 'é', '../x', 'x'.repeat(256)])
      expect((await alice.post('/incubator/', { name: 'Slug', slug })).status, slug).toBe(400)
    for (const slogan of ['a\nb', 'x'.repeat(1_001)])
      expect((await alice.post('/incubator/', { name: 'Slogan', slogan })).status).toBe(400)
    for (const query of ['status=4', 'status=x', 'ordering=slug', `search=${'x'.repeat(256)}`])
      expect((await alice.get(`/incubator/?${query}`)).status, query).toBe(400)
  })

  test('needs as many supporters as the community asked for when it was made', async () => {
    const before = await propose(alice)
    await world.set({ incubator_subscribers: 0 })
    expect(await propose(alice)).toMatchObject({ status: 1, subscribers_threshold: 0 })
    await world.set({ incubator_subscribers: 2 })
    expect(await read(alice, before)).toMatchObject({ status: 0, subscribers_threshold: 2 })
  })

  test('is there in follow mode, too', async () => {
    await world.set({ follow_enabled: true })
    const incubator = await proposeSupported(alice)
    expect(await read(bob, incubator)).toMatchObject({ subscribers_count: 2, subscribed: true })
    expect((await listed(bob))[0]).toBe(incubator.id)
    await world.set({ follow_enabled: false })
  })

  test('is nowhere while the option is off', async () => {
    const { id } = await propose(alice)
    await world.set({ incubator_enabled: false })
    const paths = ['/incubator/', '/incubator/search/', `/incubator/${id}/`, `/incubator/${id}/subscribers/`]
    for (const path of [...paths, `/incubator/${id}/subscribed/`])
      expect(refusal(await alice.get(path)), path).toEqual([403, 'incubators_disabled'])
    for (const path of [
      '/incubator/',
      `/incubator/${id}/subscribe/`,
      `/incubator/${id}/approve/`,
      `/incubator/${id}/ignore/`,
    ])
      expect(refusal(await world.admin.post(path)), path).toEqual([403, 'incubators_disabled'])
    await world.set({ incubator_enabled: true })
    expect(await read(alice, { id })).toMatchObject({ id })
  })
})

describe('support', () => {
  test('is given and taken back at the same address, counted and listed, last first', async () => {
    const incubator = await propose(alice)
    const at = `/incubator/${incubator.id}`
    const given = await subscribe(bob, incubator)
    expect([given.status, given.text]).toEqual([204, ''])
    expect(await read(bob, incubator)).toMatchObject({ subscribers_count: 1, subscribed: true, status: 0 })
    expect(await read(alice, incubator)).toMatchObject({ subscribers_count: 1, subscribed: false })
    expect((await bob.get(`${at}/subscribed/`)).body).toEqual({ subscribed: true })
    expect((await alice.get(`${at}/subscribed/`)).body).toEqual({ subscribed: false })
    await ok(subscribe(carla, incubator))
    expect(await read(world.visitor, incubator)).toMatchObject({ subscribers_count: 2, subscribed: false, status: 1 })
    const { count, results } = await walk(world.visitor, `${at}/subscribers/?limit=1`)
    expect([count, results.map(({ id }) => id)]).toEqual([2, [carla.id, bob.id]])
    await ok(subscribe(bob, incubator))
    expect(await read(bob, incubator)).toMatchObject({ subscribers_count: 1, subscribed: false, status: 0 })
    expect((await walk(alice, `${at}/subscribers/`)).results).toMatchObject([
      { id: carla.id, username: carla.username },
    ])
    expect((await subscribe(bob, { id: incubator.id + 1_000 })).status).toBe(404)
  })

  test('is never counted wrong, however many come and go at once', async () => {
    const [one, other] = [await propose(alice), await propose(alice)]
    const crowd = [alice, bob, carla]
    const acts = crowd.flatMap((who) => Array.from({ length: 15 }, (_, i) => subscribe(who, i % 3 ? one : other)))
    expect(new Set((await Promise.all(acts)).map(({ status }) => status))).toEqual(new Set([204]))
    // 10 times of one and 5 of the other for each.
    expect([await read(bob, one), await read(bob, other)]).toMatchObject([
      { subscribers_count: 0, status: 0 },
      { subscribers_count: 3, status: 1, subscribed: true },
    ])
  })

  test('is never counted wrong while proposals are decided, and members leave for good or not', async () => {
    const { admin } = world
    const [dan, eve] = [await world.join(`dan_${alice.username}`), await world.join(`eve_${alice.username}`)]
    const [one, other] = [await proposeSupported(dan, {}, [alice]), await proposeSupported(alice)]
    const acts = [
      ...[alice, bob, carla, dan, eve].flatMap((who) =>
        Array.from({ length: 6 }, (_, i) => () => subscribe(who, i % 2 ? one : other)),
      ),
      ...Array.from({ length: 3 }, () => () => ignore(admin, other)),
      ...[one, other].map((each) => () => approve(admin, each)),
      () => dan.post('/incubator/', { name: `Late ${dan.username}` }),
      () => admin.post('/category/', { name: `Meanwhile ${dan.username}` }),
      () => admin.delete(`/user/${dan.id}/?hard=1`),
      () => eve.delete(`/user/${eve.id}/`),
    ]
    const answers = await Promise.all(acts.sort(() => Math.random() - 0.5).map((act) => act()))
    for (const { status, text } of answers) expect([200, 201, 204, 400, 401, 404], text).toContain(status)
    expect(await findIncubatorDrift(world.db)).toEqual([])
    await continueErasures(world.kith)
    expect(await world.db.query('select from incubator where author_id = $1', [dan.id])).toEqual([])
    await world.told()
  })

  test('and proposals are not for members who are blocked', async () => {
    const incubator = await propose(alice)
    await ok(subscribe(bob, incubator))
    await ok(world.admin.patch(`/moderation/user/${bob.id}/`, { status: 'b', days_blocked: 3 }))
    await world.told()
    await world.notified()
    for (const answer of [await subscribe(bob, incubator), await bob.post('/incubator/', { name: 'Blocked' })])
      expect(refusal(answer)).toEqual([403, 'permission_denied'])
    expect(await read(bob, incubator)).toMatchObject({ subscribers_count: 1, subscribed: true })
    expect((await bob.get(`/incubator/${incubator.id}/subscribed/`)).body).toEqual({ subscribed: true })
  })
})

describe('members who hide each other', () => {
  test('see neither what the other proposes nor that the other supports something', async () => {
    const [mine, theirs] = [await propose(alice), await propose(carla)]
    await ok(subscribe(bob, theirs))
    await ok(subscribe(alice, theirs))
    await ok(bob.post(`/user/${alice.id}/hide/`))
    await world.told()
    for (const [who, other, hidden] of [
      [alice, bob, await propose(bob)],
      [bob, alice, mine],
    ] as const) {
      expect(await listed(who)).not.toContain(hidden.id)
      expect(await listed(who, '&status=0')).not.toContain(hidden.id)
      for (const path of ['', 'subscribers/', 'subscribed/'])
        expect((await who.get(`/incubator/${hidden.id}/${path}`)).status, path).toBe(404)
      expect((await subscribe(who, hidden)).status).toBe(404)
      const { count, results } = await walk(who, `/incubator/${theirs.id}/subscribers/`)
      expect([count, results.map(({ id }) => id)]).toEqual([1, [who.id]])
      expect(await read(who, theirs)).toMatchObject({ subscribers_count: 2 })
      expect(await listed(other)).toContain(theirs.id)
    }
    expect(await listed(carla)).toContain(mine.id)
  })
})

describe('proposals', () => {
  test('are listed newest first, or in another order, by their status', async () => {
    const [b, a, c] = [
      await propose(alice, { name: 'Order b' }),
      await propose(alice, { name: 'Order Ä' }),
      await proposeSupported(alice, { name: 'Order c' }),
    ]
    await ok(subscribe(bob, b))
    const mine = new Set([a.id, b.id, c.id])
    const order = async (query: string) => (await listed(bob, query)).filter((id) => mine.has(id))
    expect(await order('')).toEqual([c.id, a.id, b.id])
    expect(await order('&ordering=added_at')).toEqual([b.id, a.id, c.id])
    expect(await order('&ordering=name')).toEqual([a.id, b.id, c.id])
    expect(await order('&ordering=-name')).toEqual([c.id, b.id, a.id])
    expect(await order('&ordering=-subscribers_count')).toEqual([c.id, b.id, a.id])
    expect(await order('&ordering=subscribers_count&status=0')).toEqual([a.id, b.id])
    expect(await order('&status=1')).toEqual([c.id])
    expect(await order('&status=2')).toEqual([])
  })

  test('are found by part of the name or the slogan, in any script', async () => {
    const owls = await propose(alice, { name: 'Nächtliche Eulen', slogan: 'Alles über 梟' })
    const crows = await proposeSupported(alice, { name: '100% Krähen' })
    const found = async (search: string, path = '/incubator/search/', query = '') =>
      (await walk(bob, `${path}?limit=2&search=${encodeURIComponent(search)}${query}`)).results.map(({ id }) => id)
    for (const search of ['nachtlich', 'EULEN', 'eul', 'alles uber', '梟'])
      expect(await found(search), search).toEqual([owls.id])
    expect(await found('0% k')).toEqual([crows.id])
    expect(await found('kr', '/incubator/', '&status=0')).not.toContain(crows.id)
    expect(await found('krahen', '/incubator/', '&status=1')).toEqual([crows.id])
    for (const search of ['qqqqq', '_%_', "'x)"]) expect(await found(search), search).toEqual([])
    expect((await ok(bob.get('/incubator/search/'))).body.count).toBe((await listed(bob)).length)
    // What was folded by older rules is folded anew.
    await world.db.query(`update incubator set folded_name = '', folded_slogan = '', search_rules = 0 where id = $1`, [
      owls.id,
    ])
    expect(await indexIncubators(world.kith.db)).toBe(1)
    expect(await found('eulen')).toEqual([owls.id])
  })
})

describe('the staff', () => {
  test('makes a category of what has enough supporters; who proposed it and who supports it are told', async () => {
    const dan = await world.join(`dan_${alice.username}`)
    await world.told()
    const incubator = await proposeSupported(alice, { name: 'Owls', slug: 'night-owls', slogan: 'Who?' })
    const { status, body } = await approve(world.admin, incubator)
    expect([status, body]).toMatchObject([
      200,
      {
        ...{ id: incubator.id, status: 2, subscribers_count: 2, user: { id: alice.id } },
        approved_category: { name: 'Owls', slug: 'night-owls', slogan: 'Who?', active: true, followers_counter: 0 },
      },
    ])
    expect(await world.told()).toMatchObject([
      { type: 'category.created', data: { category: { name: 'Owls' }, user: { id: world.admin.id } } },
    ])
    expect((await ok(bob.get(`/category/${body.approved_category.id}/`))).body).toEqual(body.approved_category)
    const [{ aggregated }] = (await bob.get('/notification/')).body.results
    expect(aggregated).toEqual([
      {
        ...{ type: 'incubator_approved', sid: expect.any(String), is_new: true, active_at: expect.any(String) },
        incubator: {
          ...{ id: incubator.id, name: 'Owls', slug: 'night-owls', slogan: 'Who?', status: 2 },
          ...{ added_at: body.added_at, approved_category: body.approved_category },
        },
      },
    ])
    for (const who of [alice, bob, carla]) expect(await approved(who)).toEqual([incubator.id])
    for (const who of [dan, world.admin]) expect(await approved(who)).toEqual([])
    expect(await listed(bob, '&status=2')).toContain(incubator.id)
    // What is decided can be left, and not supported.
    expect(refusal(await subscribe(dan, incubator))).toEqual([400, 'decided'])
    await ok(subscribe(bob, incubator))
    expect(await read(bob, incubator)).toMatchObject({ status: 2, subscribers_count: 1, subscribed: false })
    expect(refusal(await approve(world.admin, incubator))).toEqual([400, 'approved'])
    expect(refusal(await ignore(world.admin, incubator))).toEqual([400, 'approved'])
    // The notification stays whole when the category goes: clients show nothing else without it.
    await ok(world.admin.delete(`/category/${body.approved_category.id}/`))
    await world.told()
    expect(await approved(carla)).toEqual([incubator.id])
  })

  test('makes none of what has too few supporters, or of what is there by now', async () => {
    const [few, named] = [await propose(alice), await proposeSupported(alice, { name: 'Finches' })]
    await ok(subscribe(bob, few))
    expect((await approve(world.admin, few)).body.errors[0]).toEqual({
      code: 'too_few_subscribers',
      message: expect.stringContaining('1 of the 2 supporters'),
    })
    await ok(world.admin.post('/category/', { name: 'FINCHES', slug: 'other' }))
    expect(refusal(await approve(world.admin, named))).toEqual([400, 'category_exists'])
    const swifts = await proposeSupported(alice, { name: 'Swifts' })
    await ok(world.admin.post('/category/', { name: 'Quick ones', slug: 'swifts' }))
    expect((await ok(approve(world.admin, swifts))).body.approved_category).toMatchObject({ slug: 'swifts-2' })
    expect((await world.told()).map(({ type }) => type)).toEqual(Array(3).fill('category.created'))
  })

  test('approves once, though two do so at the same moment', async () => {
    const incubator = await proposeSupported(alice)
    const answers = await Promise.all([approve(world.admin, incubator), approve(world.admin, incubator)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
    expect((await world.told()).map(({ type }) => type)).toEqual(['category.created'])
    expect(await approved(bob)).toEqual([incubator.id])
  })

  test('turns proposals down, which only it and the proposer see from then on, and takes them up again', async () => {
    const moderator = await world.join(`mona_${alice.username}`, { role: 'moderator' })
    const incubator = await proposeSupported(alice, { name: `Rude ${alice.username}` })
    await world.told()
    expect((await ok(ignore(moderator, incubator))).body).toMatchObject({ id: incubator.id, status: 3 })
    for (const who of [bob, world.visitor]) {
      expect((await who.get(`/incubator/${incubator.id}/`)).status).toBe(404)
      expect(await listed(who)).not.toContain(incubator.id)
      expect(await listed(who, '&status=3')).toEqual([])
    }
    expect((await subscribe(bob, incubator)).status).toBe(404)
    expect(await read(alice, incubator)).toMatchObject({ status: 3 })
    expect(await listed(alice)).not.toContain(incubator.id)
    expect((await listed(moderator, '&status=3'))[0]).toBe(incubator.id)
    expect(await listed(moderator)).toContain(incubator.id)
    expect(refusal(await bob.post('/incubator/', { name: incubator.name }))).toEqual([400, 'unique'])
    expect(refusal(await approve(world.admin, incubator))).toEqual([400, 'ignored'])
    expect(refusal(await subscribe(alice, incubator))).toEqual([400, 'decided'])
    expect((await ok(ignore(world.admin, incubator))).body).toMatchObject({ status: 1 })
    expect(await read(bob, incubator)).toMatchObject({ status: 1, subscribed: true })
    const { results } = (await ok(world.admin.get('/audit/?limit=2'))).body
    const act = { act: 'POST /api/v2/incubator/{id}/ignore/', target: incubator.id }
    expect(results).toMatchObject([
      { ...act, actor: { id: world.admin.id } },
      { ...act, actor: { id: moderator.id } },
    ])
  })

  test('and members are what they are when they act, not what they were when they came', async () => {
    const [boss, mona] = [
      await world.join(`boss_${alice.username}`, { role: 'admin' }),
      await world.join(`mika_${alice.username}`, { role: 'moderator' }),
    ]
    const incubator = await proposeSupported(alice)
    for (const who of [boss, mona, bob]) await read(who, incubator)
    await world.told()
    await world.db.query('update users set role = null where id = any($1)', [[boss.id, mona.id]])
    await world.db.query(`update users set status = 'b' where id = $1`, [bob.id])
    expect((await approve(boss, incubator)).status).toBe(403)
    expect((await ignore(mona, incubator)).status).toBe(403)
    expect((await subscribe(bob, incubator)).status).toBe(403)
    expect((await bob.post('/incubator/', { name: `Late ${bob.username}` })).status).toBe(403)
    expect(await read(alice, incubator)).toMatchObject({ status: 1, subscribers_count: 2 })
  })

  test('alone decides: administrators approve, moderators turn down', async () => {
    const moderator = await world.join(`mia_${alice.username}`, { role: 'moderator' })
    await world.told()
    const incubator = await proposeSupported(alice)
    for (const who of [alice, bob, moderator]) expect((await approve(who, incubator)).status).toBe(403)
    for (const who of [alice, bob]) expect((await ignore(who, incubator)).status).toBe(403)
    for (const act of [approve, ignore]) expect((await act(world.admin, { id: 9_999_999 })).status).toBe(404)
    expect(await read(bob, incubator)).toMatchObject({ status: 1 })
  })
})

describe('who leaves', () => {
  test('supports nothing any more; what they proposed stays', async () => {
    const [mine, theirs] = [await propose(bob), await proposeSupported(alice)]
    await ok(subscribe(carla, mine))
    await ok(bob.delete(`/user/${bob.id}/`))
    await world.told()
    expect(await read(carla, theirs)).toMatchObject({ subscribers_count: 1, status: 0 })
    expect((await walk(carla, `/incubator/${theirs.id}/subscribers/`)).results).toMatchObject([{ id: carla.id }])
    expect(await read(carla, mine)).toMatchObject({ subscribers_count: 1, user: { id: bob.id } })
  })

  test('for good is forgotten with what they proposed; a category that came of it stays', async () => {
    const [open, there, theirs] = [
      await proposeSupported(bob, {}, [alice, carla]),
      await proposeSupported(bob, {}, [alice, carla]),
      await proposeSupported(alice),
    ]
    const { body } = await ok(approve(world.admin, there))
    await world.told()
    expect(await approved(carla)).toEqual([there.id])
    await ok(world.admin.delete(`/user/${bob.id}/?hard=1`))
    for (const who of [carla, world.admin, world.visitor])
      for (const { id } of [open, there]) expect((await who.get(`/incubator/${id}/`)).status).toBe(404)
    await continueErasures(world.kith)
    await world.told()
    expect(await approved(carla)).toEqual([])
    expect((await ok(alice.get('/notification/unseen/count/'))).body).toEqual({ count: 0 })
    expect(await world.db.query('select from incubator where author_id = $1', [bob.id])).toEqual([])
    expect((await ok(carla.get(`/category/${body.approved_category.id}/`))).body).toMatchObject({ name: there.name })
    expect(await read(carla, theirs)).toMatchObject({ subscribers_count: 1, status: 0 })
    expect((await bob.get('/incubator/')).status).toBe(401)
  })

  test('for good is not seen while the rest of it is being erased, and all of it goes, however much it is', async () => {
    for (let n = 0; n < 45; n++) await propose(bob)
    const many = await proposeSupported(bob, {}, [alice])
    const before = (await listed(alice)).length
    await ok(world.admin.delete(`/user/${bob.id}/?hard=1`))
    await world.told()
    expect((await listed(alice)).length).toBe(before - 46)
    expect((await alice.get(`/incubator/${many.id}/`)).status).toBe(404)
    expect((await subscribe(carla, many)).status).toBe(404)
    expect((await approve(world.admin, many)).status).toBe(404)
    await continueErasures(world.kith)
    expect(await world.db.query('select from incubator where author_id = $1', [bob.id])).toEqual([])
    expect((await listed(alice)).length).toBe(before - 46)
    await world.told()
  })
})

test('very many supporters are all told, and all are gone with whoever proposed it', async () => {
  const incubator = await proposeSupported(alice)
  await world.db.query(
    `with made as (
       insert into users (username, date_joined) select 'many' || n, now() from generate_series(1, 1234) n returning id
     ), supporting as (
       insert into incubator_subscriber (incubator_id, member_id, added_at) select $1, id, now() from made
     )
     update incubator set subscribers = 1236 where id = $1`,
    [incubator.id],
  )
  await ok(approve(world.admin, incubator))
  expect((await world.told()).map(({ type }) => type)).toEqual(['category.created'])
  const told = async () =>
    (
      await world.db.query(
        `select from notification i join notification_notice n on n.id = i.notice_id where n.type = 96 and n.part_id = $1`,
        [incubator.id],
      )
    ).length
  await doTasks(world.kith)
  expect(await told()).toBe(1_237)
  await ok(world.admin.delete(`/user/${alice.id}/?hard=1`))
  expect((await bob.get(`/incubator/${incubator.id}/`)).status).toBe(404)
  await continueErasures(world.kith)
  await doTasks(world.kith)
  expect(await told()).toBe(0)
  expect(await world.db.query('select from incubator_subscriber where incubator_id = $1', [incubator.id])).toEqual([])
  await world.told()
})

test('what is counted wrong is found and counted again', async () => {
  const [one, other] = [await proposeSupported(alice), await propose(alice)]
  await world.db.query('update incubator set subscribers = 0, status = 0 where id = $1', [one.id])
  await world.db.query('update incubator_total set approved = approved + 3, pending = pending - 1')
  const drift = await findIncubatorDrift(world.db)
  expect(drift.map(({ what }) => what).sort()).toEqual([
    'incubators that are approved',
    'incubators that are pending',
    'incubators that are proposals',
    `supporters of incubator ${one.id}`,
  ])
  expect(await repairDrift(world.kith.db, incubatorRepairs, drift)).toBe(2)
  expect(await findIncubatorDrift(world.db)).toEqual([])
  expect(await read(bob, one)).toMatchObject({ subscribers_count: 2, status: 1 })
  expect(await read(bob, other)).toMatchObject({ subscribers_count: 0, status: 0 })
})
