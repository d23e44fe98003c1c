import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { publishDue } from '../../src/contributions/publish.ts'
import { findContributionDrift } from '../../src/contributions/recount.ts'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

let world: World
let alice: Person
let bob: Person

beforeAll(async () => {
  world = await createWorld()
  await world.set({ scheduled_posts_enabled: true })
})
afterAll(async () => {
  expect(await findContributionDrift(world.db)).toEqual([])
  await world.end()
})
beforeEach(async () => {
  // What another test left to come.
  await world.db.query('update contribution set scheduled_at = null')
  ;[alice, bob] = await world.strangers()
})

const kinds = ['status', 'post', 'discussion'] as const
type Kind = (typeof kinds)[number]
const hour = 3_600_000
const later = (hours = 1) => new Date(world.kith.clock.now().getTime() + hours * hour).toISOString()
const content = (rest: object = {}) => ({ text: '<p>A quagga</p>', title: 'Quaggas', ...rest })
const make = async (who: Person, kind: string, rest: object = {}) =>
  (await ok(who.post(`/${kind}/`, content(rest)))).body as { id: number; draft: boolean; scheduled_at: string | null }
const ids = async (who: Person, path: string): Promise<number[]> => {
  const { body } = await ok(who.get(path))
  expect(body.count).toBe(body.results.length)
  return body.results.map(({ id }: { id: number }) => id)
}

const counter = (kind: Kind) => `${{ status: 'statuses', post: 'posts', discussion: 'discussions' }[kind]}_counter`

/** Where somebody could come across a contribution, and counts that would tell of it. */
async function traces(who: Person, kind: string, id: number, category: number): Promise<string[]> {
  const lists = ['/', '/uncommented/', '/search/?search=quagga', '/following/', '/scheduled/', '/drafted/'].map(
    (each) => `/${kind}${each}`,
  )
  const feeds = ['/feed/', '/feed/explore/', `/category/${category}/feed/`, `/user/${alice.id}/feed/`]
  const found: string[] = []
  for (const path of [...lists, ...feeds])
    if ((await who.get(path)).text.includes(`"id":${id},"type":"${kind}"`)) found.push(path)
  for (const path of ['', 'related/', 'vote/', 'contributors/']) {
    const { status } = await who.get(`/${kind}/${id}/${path}`)
    if (status !== 404) found.push(`${path} ${status}`)
  }
  return found
}

describe.each(kinds)('a %s that is not published yet', (kind) => {
  test('is its author’s alone, in no list, count, feed or event, until they publish it; then it is told once', async () => {
    const { body: category } = await ok(world.admin.post('/category/', { name: `Zebras ${kind}` }))
    await bob.post(`/category/${category.id}/follow/`)
    await world.told()
    const draft = await make(alice, kind, { draft: true, categories: [category.id] })
    expect(draft).toMatchObject({ draft: true, scheduled_at: null, deleted: false })
    const timed = await make(alice, kind, { scheduled_at: later(), categories: [category.id] })
    expect(timed).toMatchObject({ draft: false, scheduled_at: expect.any(String), deleted: false })
    for (const { id } of [draft, timed])
      for (const who of [bob, world.admin, world.visitor]) {
        expect(await traces(who, kind, id, category.id)).toEqual([])
        if (who !== world.visitor)
          for (const act of ['vote', 'follow', 'suspend', 'flag', 'publish'])
            expect((await who.post(`/${kind}/${id}/${act}/`, { flag_type: 1 })).status).toBe(404)
      }
    expect([await ids(alice, `/${kind}/drafted/`), await ids(alice, `/${kind}/scheduled/`)]).toEqual([
      [draft.id],
      [timed.id],
    ])
    expect((await alice.get(`/user/${alice.id}/`)).body).toMatchObject({
      [counter(kind)]: 0,
    })
    expect((await alice.post(`/${kind}/${draft.id}/vote/`)).status).toBe(400)
    expect((await alice.post(`/${kind}/${draft.id}/restore/`)).status).toBe(400)
    await ok(alice.put(`/${kind}/${draft.id}/`, content({ text: '<p>Two quaggas</p>', categories: [category.id] })))
    expect(await world.told()).toEqual([])

    world.pass(hour / 2)
    const published = await ok(alice.post(`/${kind}/${draft.id}/publish/`))
    expect(published.body).toMatchObject({ id: draft.id, draft: false, last_edited_at: null })
    expect(Date.parse(published.body.added_at)).toBeGreaterThan(world.kith.clock.now().getTime() - hour / 4)
    expect(await world.told()).toMatchObject([{ type: `${kind}.created`, data: { id: draft.id, deleted: false } }])
    // All but what is followed, or its author's own.
    expect((await traces(bob, kind, draft.id, category.id)).length).toBe(11)
    expect((await alice.post(`/${kind}/${draft.id}/publish/`)).body.errors[0].code).toBe('already_published')
    expect((await alice.get(`/user/${alice.id}/`)).body).toMatchObject({
      [counter(kind)]: 1,
    })
  })

  test('can be given another time, made a draft, and deleted, of which nothing stays', async () => {
    const { id } = await make(alice, kind, { scheduled_at: later() })
    const at = later(2)
    expect((await ok(alice.put(`/${kind}/${id}/`, content({ scheduled_at: at })))).body).toMatchObject({ draft: false })
    expect(
      (await ok(alice.put(`/${kind}/${id}/`, content({ scheduled_at: null, draft: false })))).body.scheduled_at,
    ).not.toBeNull()
    expect((await ok(alice.put(`/${kind}/${id}/`, content({ draft: true })))).body).toMatchObject({
      draft: true,
      scheduled_at: null,
    })
    world.pass(3 * hour)
    expect(await publishDue(world.kith)).toBe(0)
    expect((await bob.delete(`/${kind}/${id}/`)).status).toBe(404)
    expect((await alice.delete(`/${kind}/${id}/`)).status).toBe(204)
    for (const path of ['', 'restore/', 'publish/'])
      expect((await (path ? alice.post(`/${kind}/${id}/${path}`) : alice.get(`/${kind}/${id}/`))).status).toBe(404)
    expect(await world.db.query('select html, title from contribution where id = $1', [id])).toEqual([
      { html: '', title: '' },
    ])
    expect(await world.told()).toEqual([])
  })
})

describe('what is to be published later', () => {
  test('is published when it is due, once, however many nodes look, in the order of its time', async () => {
    const second = await make(alice, 'post', { scheduled_at: later(2) })
    const first = await make(bob, 'status', { scheduled_at: later(1) })
    const third = await make(bob, 'discussion', { scheduled_at: later(4) })
    expect(await publishDue(world.kith)).toBe(0)
    world.pass(2.5 * hour)
    const done = await Promise.all([1, 2, 3].map(() => publishDue(world.kith)))
    expect(done.reduce((sum, n) => sum + n, 0)).toBe(2)
    const told = await world.told()
    expect(told.map(({ type }) => type).sort()).toEqual(['post.created', 'status.created'])
    expect(told.map(({ data: { id } }) => id)).toEqual(expect.arrayContaining([first.id, second.id]))
    expect(await ids(bob, '/discussion/scheduled/')).toEqual([third.id])
    const { body } = await bob.get(`/post/${second.id}/`)
    expect(body).toMatchObject({ draft: false, scheduled_at: null })
    expect(Date.parse(body.added_at)).toBeGreaterThan(world.kith.clock.now().getTime() - hour)
  })

  test('waits while its author is blocked or its kind is off, and is gone when they leave', async () => {
    const post = await make(alice, 'post', { scheduled_at: later() })
    const status = await make(bob, 'status', { scheduled_at: later() })
    world.pass(2 * hour)
    await world.db.query(`update users set status = 'b' where id = $1`, [alice.id])
    await world.set({ status_type_enabled: false })
    expect(await publishDue(world.kith)).toBe(0)
    await world.set({ status_type_enabled: true, post_only_staff_enabled: true })
    expect(await publishDue(world.kith)).toBe(0)
    await world.set({ post_only_staff_enabled: false })
    expect(await publishDue(world.kith)).toBe(1)
    expect((await world.told()).map(({ data: { id } }) => id)).toEqual([status.id])
    await alice.delete(`/user/${alice.id}/`)
    expect(await world.db.query('select html from contribution where id = $1', [post.id])).toEqual([{ html: '' }])
  })

  test('loses what categories are deleted meanwhile, and lies in the feeds of the others', async () => {
    const [zoo, sea] = [
      await ok(world.admin.post('/category/', { name: 'Zoo' })),
      await ok(world.admin.post('/category/', { name: 'Sea' })),
    ]
    const { id } = await make(alice, 'post', { scheduled_at: later(), categories: [zoo.body.id, sea.body.id] })
    await world.admin.delete(`/category/${zoo.body.id}/`)
    world.pass(2 * hour)
    expect(await publishDue(world.kith)).toBe(1)
    expect((await bob.get(`/post/${id}/`)).body.categories.map(({ id }: { id: number }) => id)).toEqual([sea.body.id])
    expect((await bob.get(`/category/${sea.body.id}/feed/`)).body.count).toBe(1)
    await world.told()
  })

  test('has a time to come, and is no draft besides; what is published has none', async () => {
    const past = new Date(world.kith.clock.now().getTime() - 1_000).toISOString()
    for (const rest of [
      { scheduled_at: past },
      { scheduled_at: 'soon' },
      { scheduled_at: later(), draft: true },
      { draft: 'x' },
    ]) {
      const { status, body } = await alice.post('/post/', content(rest))
      expect([status, body.errors[0].field]).toEqual([
        400,
        'draft' in rest && rest.draft === 'x' ? 'draft' : 'scheduled_at',
      ])
    }
    const { id } = await make(alice, 'post', { scheduled_at: '', draft: false })
    for (const rest of [{ draft: true }, { scheduled_at: later() }])
      expect((await alice.put(`/post/${id}/`, content(rest))).body.errors[0].code).toBe('already_published')
    await ok(alice.put(`/post/${id}/`, content({ draft: false, scheduled_at: null })))
    await world.set({ scheduled_posts_enabled: false })
    const off = await alice.post('/post/', content({ scheduled_at: later() }))
    expect([off.status, off.body.errors[0]]).toMatchObject([
      400,
      { field: 'scheduled_at', messages: [{ code: 'disabled' }] },
    ])
    await make(alice, 'post', { scheduled_at: null, draft: true })
    await world.set({ scheduled_posts_enabled: true })
  })
})
