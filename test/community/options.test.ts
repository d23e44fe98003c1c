import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createCommunityState } from '../../src/community/state.ts'
import { createWorld, type World } from '../support/world.ts'
import names from './preference-names.json' with { type: 'json' }

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())
beforeEach(async () => void (await world.told()))

type Option = { section: string; name: string; value: unknown }
const all = async () => (await world.visitor.get('/dynamic_preference/')).body.results as Option[]

describe('the options of a new community', () => {
  test('are all there, for visitors too, with values of their own type', async () => {
    const options = new Map((await all()).map(({ section, name, value }) => [`${section}.${name}`, value]))
    expect(names.filter((name: string) => !options.has(name))).toEqual([])
    expect(options.get('configurations.follow_enabled')).toBe(false)
    expect(options.get('configurations.connection_enabled')).toBe(true)
    expect(options.get('configurations.content_availability')).toBe(true)
    expect([...options.values()].filter((value) => value === 'true' || value === 'False')).toEqual([])
  })

  test('are found by part of a name, the exact name first', async () => {
    const { body } = await world.visitor.get('/dynamic_preference/?search=follow_enabled')
    expect(body.results.map(({ name }: Option) => name)).toEqual(['follow_enabled', 'category_follow_enabled'])
    const { body: found } = await world.visitor.get(
      '/dynamic_preference/search/?keys=colors.colorback,follow_enabled&ordering=name',
    )
    expect(found.results.map(({ name }: Option) => name)).toEqual(['colorback', 'follow_enabled'])
    const { body: section } = await world.visitor.get('/dynamic_preference/?section=colors&ordering=-name')
    expect(new Set(section.results.map((each: Option) => each.section))).toEqual(new Set(['colors']))
  })

  test('are not sent again to whoever has them, until one changes', async () => {
    const { alice, visitor } = world
    for (const path of ['/dynamic_preference/?section=colors', '/feature/', '/openapi.json']) {
      const first = await visitor.get(path)
      const tag = first.headers.get('etag') as string
      expect([first.status, first.headers.get('cache-control')], path).toEqual([200, 'private, no-cache'])
      const again = await alice.get(path, { 'if-none-match': `"of another", W/${tag}` })
      expect([again.status, again.text, again.headers.get('etag')], path).toEqual([304, '', tag])
      expect((await visitor.get(path, { 'if-none-match': '"of another"' })).text, path).toBe(first.text)
    }
    const path = '/dynamic_preference/?section=colors&colour=red'
    const before = await visitor.get(path)
    await world.set({ colorback: '#123456' })
    for (const _ of ['as it is made', 'as it is kept']) {
      const after = await visitor.get(path, { 'if-none-match': before.headers.get('etag') as string })
      expect(after.status).toBe(200)
      expect(after.body.results.find(({ name }: Option) => name === 'colorback').value).toBe('#123456')
      expect(after.headers.get('x-kith-ignored')).toBe('colour')
    }
    expect((await visitor.get('/dynamic_preference/?ordering=colour')).status).toBe(400)
  })

  test('are read one by one, by id or name', async () => {
    const [first] = (await all()) as (Option & { id: number })[]
    expect((await world.visitor.get(`/dynamic_preference/${first?.id}/`)).body).toEqual(first)
    expect((await world.visitor.get(`/dynamic_preference/${first?.name}/`)).body).toEqual(first)
    expect((await world.visitor.get('/dynamic_preference/99999/')).status).toBe(404)
  })
})

describe('changing options', () => {
  test('is for administrators', async () => {
    expect((await world.visitor.patch('/dynamic_preference/', { follow_enabled: true })).status).toBe(401)
    expect((await world.alice.patch('/dynamic_preference/', { follow_enabled: true })).status).toBe(403)
    expect(await world.told()).toEqual([])
  })

  test('switches the mode at once, answers what was changed, and tells each', async () => {
    const answer = await world.admin.patch('/dynamic_preference/', {
      follow_enabled: true,
      application_name: 'Wonderland',
    })
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      follow_enabled: {
        section: 'configurations',
        name: 'follow_enabled',
        value: true,
        help: expect.any(String),
        type: 'boolean',
      },
      application_name: expect.objectContaining({ section: 'text', value: 'Wonderland' }),
    })
    const told = await world.told()
    expect(told.map(({ type, data }) => [type, data])).toEqual([
      [
        'dynamic_preference.updated',
        { id: expect.any(Number), section: 'configurations', name: 'follow_enabled', value: true },
      ],
      [
        'dynamic_preference.updated',
        { id: expect.any(Number), section: 'text', name: 'application_name', value: 'Wonderland' },
      ],
    ])
    expect((await world.alice.post(`/user/${world.bob.id}/connection/request/`)).status).toBe(400)
    expect((await world.alice.post(`/user/${world.bob.id}/follow/`)).status).toBe(204)
    await world.alice.post(`/user/${world.bob.id}/follow/`)
    await world.set({ follow_enabled: false })
  })

  test('to what they are changes and tells nothing', async () => {
    const before = world.kith.community.current().version
    expect((await world.admin.patch('/dynamic_preference/', { follow_enabled: false })).status).toBe(200)
    expect(await world.told()).toEqual([])
    expect(world.kith.community.current().version).toBe(before)
  })

  test('takes the text of forms for what it means, and refuses what means nothing', async () => {
    const form = (body: string) =>
      world.send('/dynamic_preference/', {
        method: 'PATCH',
        body,
        headers: {
          authorization: `Bearer ${world.admin.token}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
      })
    expect((await form('polls_enabled=false&incubator_subscribers=7')).body).toMatchObject({
      polls_enabled: { value: false },
      incubator_subscribers: { value: 7 },
    })
    await world.told()
    for (const body of [
      { follow_enabled: 'yes please' },
      { follow_enabled: 3 },
      { follow_enabled: null },
      { incubator_subscribers: 'many' },
      { colorback: 'blue-ish' },
      { no_such_option: 1 },
      {},
    ])
      expect((await world.admin.patch('/dynamic_preference/', body)).status, JSON.stringify(body)).toBe(400)
    expect(await world.told()).toEqual([])
  })

  test('changes all of them or none', async () => {
    const answer = await world.admin.patch('/dynamic_preference/', { application_name: 'Half', follow_enabled: 'x' })
    expect(answer.body.errors).toEqual([
      { field: 'follow_enabled', messages: [{ code: 'invalid', message: 'Send true or false.' }] },
    ])
    expect((await world.visitor.get('/dynamic_preference/application_name/')).body.value).not.toBe('Half')
  })

  test('keeps a secret to itself: not in answers, events or lists', async () => {
    const answer = await world.admin.patch('/dynamic_preference/', { facebook_app_secret: 'hush-hush-123' })
    expect(answer.status).toBe(200)
    const everywhere = [
      answer.text,
      JSON.stringify(await world.told()),
      (await world.admin.get('/dynamic_preference/')).text,
      (await world.admin.get('/dynamic_preference/facebook_app_secret/')).text,
      (await world.admin.get('/events/?limit=500')).text,
      world.log.join(''),
    ]
    expect(everywhere.filter((text) => text.includes('hush-hush'))).toEqual([])
    const [stored] = await world.db.query<{ value: string }>(
      `select value from preference where name = 'facebook_app_secret'`,
    )
    expect(stored?.value).toBe('hush-hush-123')
  })

  test('reaches another node, and binds its acts even before', async () => {
    const elsewhere = await createCommunityState(world.db)
    await world.set({ follow_enabled: true })
    expect(elsewhere.current().mode).toBe('friendship')
    const stop = elsewhere.watch((error) => {
      throw error
    })
    await expect.poll(() => elsewhere.current().mode, { timeout: 5_000 }).toBe('follow')
    stop()
    await world.set({ follow_enabled: false })
  })

  test('happening twice at once leaves both', async () => {
    await Promise.all([
      world.admin.patch('/dynamic_preference/', { application_slogan1: 'one' }),
      world.admin.patch('/dynamic_preference/', { application_slogan2: 'two' }),
      world.admin.patch('/dynamic_preference/', { staff_badge_label: 'three' }),
    ])
    const options = new Map((await all()).map(({ name, value }) => [name, value]))
    expect(
      ['application_slogan1', 'application_slogan2', 'staff_badge_label'].map((name) => options.get(name)),
    ).toEqual(['one', 'two', 'three'])
    expect(await world.told()).toHaveLength(3)
  })
})

test('closing the content to visitors asks them to sign in', async () => {
  const { alice, visitor } = world
  const open = [`/user/${alice.id}/counters/`, `/user/${alice.id}/connections/`, '/user/search/', '/user/autocomplete/']
  for (const path of open) expect((await visitor.get(path)).status, path).toBe(200)
  await world.set({ content_availability: false })
  for (const path of open) {
    expect((await visitor.get(path)).status, path).toBe(401)
    expect((await alice.get(path)).status, path).toBe(200)
  }
  for (const path of ['/dynamic_preference/', '/feature/', `/user/${alice.id}/`])
    expect((await visitor.get(path)).status, path).toBe(200)
  await world.set({ content_availability: true })
})
