import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ok } from '../support/ok.ts'
import { createWorld, type World, walk } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

const day = 86_400_000
const at = (days: number) => new Date(world.kith.clock.now().getTime() + days * day).toISOString()
const create = async (sent: object) => (await ok(world.admin.post('/custom_page/', sent))).body
const titles = async (who: World['visitor'], query = '') =>
  (await ok(who.get(`/custom_page/${query}`))).body.results.map(({ title }: { title: string }) => title)

describe('a custom page', () => {
  test('is written by an administrator, and read by anyone under its id and its slug', async () => {
    const { admin, alice, visitor } = world
    const made = await create({ title: 'Über uns', html_body: '<p onclick="x">Hello<script>x</script></p>' })
    expect(made).toMatchObject({
      ...{ type: 'normal', slug: 'uber-uns', title: 'Über uns', html_body: '<p>Hello</p>', html_summary: null },
      ...{ active: true, created_by: admin.id, updated_by: null, updated_at: null },
    })
    expect(await world.told()).toMatchObject([{ type: 'custom_page.created', data: made }])
    for (const called of [made.id, 'uber-uns', 'Uber-Uns'])
      expect((await ok(visitor.get(`/custom_page/${called}/`))).body).toEqual(made)
    for (const called of ['nothing', '99999999999999999999', made.id + 1, "'; drop table custom_page"])
      expect((await visitor.get(`/custom_page/${encodeURIComponent(called)}/`)).status).toBe(404)
    expect((await alice.post('/custom_page/', { title: 'Mine' })).status).toBe(403)
    expect((await alice.patch(`/custom_page/${made.id}/`, { title: 'Mine' })).status).toBe(403)
    expect((await alice.delete(`/custom_page/${made.id}/`)).status).toBe(403)
    expect(await world.told()).toEqual([])
  })

  test('is called after its title, whatever its script, and never like another or like an id', async () => {
    const called = async (title: string) => (await create({ title })).slug
    const slugs = []
    for (const title of ['Rules', 'Rules', 'rules!', '2026', 'Правила', '規則', 'Rules 2'])
      slugs.push(await called(title))
    expect(slugs).toEqual(['rules', 'rules-2', 'rules-3', 'page-2026', 'page', 'page-2', 'rules-2-2'])
    for (const slug of ['Rules', '12', 'a b', '../x', '', 'x'.repeat(101)])
      expect((await world.admin.post('/custom_page/', { title: 'x', slug })).status, slug).toBe(400)
    expect((await world.admin.post('/custom_page/', { title: 'x', slug: 'rules' })).body).toEqual({
      errors: [{ field: 'slug', messages: [{ code: 'unique', message: 'Another page has this slug already.' }] }],
    })
    const two = await Promise.all([create({ title: 'Twice' }), create({ title: 'Twice' })])
    expect(two.map(({ slug }) => slug).sort()).toEqual(['twice', 'twice-2'])
    await world.told()
  })

  test('is changed, and told of only if something changes', async () => {
    const { admin, visitor } = world
    const made = await create({ title: 'House rules', slug: 'house' })
    await world.told()
    world.pass(1_000)
    const { body } = await ok(
      admin.patch(`/custom_page/${made.id}/`, { title: 'House rules, new', html_summary: 'Be kind.' }),
    )
    expect(body).toMatchObject({
      slug: 'house',
      title: 'House rules, new',
      html_summary: '<p>Be kind.</p>',
      updated_by: admin.id,
    })
    expect(await world.told()).toMatchObject([{ type: 'custom_page.updated', data: body }])
    expect((await ok(admin.patch(`/custom_page/${made.id}/`, { title: 'House rules, new' }))).body).toEqual(body)
    expect(await world.told()).toEqual([])
    expect((await admin.patch(`/custom_page/${made.id}/`, { slug: 'rules' })).status).toBe(400)
    expect((await admin.patch(`/custom_page/${made.id}/`, { valid_from: at(2), valid_to: at(1) })).status).toBe(400)
    expect((await ok(visitor.get('/custom_page/house/'))).body).toEqual(body)
    expect((await admin.patch('/custom_page/99999/', { title: 'x' })).status).toBe(404)
  })

  test('is there for everybody while it is active and holds; editors see all, and may ask for either', async () => {
    const { admin, alice, visitor } = world
    const editor = await world.join('erin', { role: 'editor' })
    const moderator = await world.join('mona', { role: 'moderator' })
    const soon = await create({ title: 'Zz soon', valid_from: at(1), valid_to: at(3) })
    const off = await create({ title: 'Zz off', active: false })
    const seen = async (who: World['visitor']) => (await titles(who, 'search/?search=zz')).sort()
    for (const who of [visitor, alice, moderator]) {
      expect(await seen(who)).toEqual([])
      for (const { id, slug } of [soon, off])
        for (const called of [id, slug]) expect((await who.get(`/custom_page/${called}/`)).status).toBe(404)
    }
    for (const who of [admin, editor]) expect(await seen(who)).toEqual(['Zz off', 'Zz soon'])
    expect(await titles(editor, '?active=false')).toEqual(['Zz off'])
    expect(await titles(editor, 'search/?search=zz&active=true')).toEqual(['Zz soon'])
    const asked = await alice.get('/custom_page/?active=false')
    expect([
      asked.headers.get('x-kith-ignored'),
      asked.body.results.map(({ title }: { title: string }) => title),
    ]).toEqual(['active', await titles(alice)])
    world.pass(2 * day)
    expect(await seen(alice)).toEqual(['Zz soon'])
    world.pass(2 * day)
    expect(await seen(alice)).toEqual([])
    await world.told()
  })

  test('is found by part of its title or slug, in the order of titles, page by page', async () => {
    const { visitor } = world
    await create({ title: 'Ärger vermeiden', slug: 'peace' })
    expect(await titles(visitor, 'search/?search=arger')).toEqual(['Ärger vermeiden'])
    expect(await titles(visitor, 'search/?search=PEAC')).toEqual(['Ärger vermeiden'])
    expect(await titles(visitor, `search/?search=${encodeURIComponent('%')}`)).toEqual([])
    const all = await walk(visitor, '/custom_page/?limit=2')
    expect(all.results.map((each) => (each as { title?: string }).title)).toEqual(await titles(visitor, '?limit=100'))
    expect(all.count).toBe(all.results.length)
    await world.told()
  })

  test('is deleted for good, and told of as it was', async () => {
    const { admin, visitor } = world
    const made = await create({ title: 'Gone soon' })
    await world.told()
    expect((await admin.delete(`/custom_page/${made.id}/`)).status).toBe(204)
    expect(await world.told()).toMatchObject([{ type: 'custom_page.deleted', data: made }])
    expect((await visitor.get(`/custom_page/${made.id}/`)).status).toBe(404)
    expect((await admin.delete(`/custom_page/${made.id}/`)).status).toBe(404)
    expect(await world.told()).toEqual([])
  })

  test('has no title that nobody sees, and a body within a limit', async () => {
    const { admin } = world
    for (const title of ['', ' ', '\u200b', 'a\u202eb', 'x'.repeat(256), null, ['a', 'b']])
      expect((await admin.post('/custom_page/', { title })).status, JSON.stringify(title)).toBe(400)
    expect((await admin.post('/custom_page/', { title: 'Long', html_body: 'x'.repeat(1_000_001) })).status).toBe(413)
    expect(await world.told()).toEqual([])
  })
})
