import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { nameKey } from '../../src/platform/text.ts'
import { ok } from '../support/ok.ts'
import { type Answer, createWorld, type World, walk } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())
beforeEach(async () => void (await world.told()))

const make = async (sent: object) => (await ok(world.admin.post('/tag/', sent))).body
const names = ({ body }: Answer) => body.results.map(({ name }: { name: string }) => name)
const types = async () => (await world.told()).map(({ type }) => type)
const fault = ({ status, body }: Answer) => [status, body.errors[0].field ?? body.errors[0].code]

describe('a tag', () => {
  test('is made by administrators, and seen by all who see the community', async () => {
    const { admin, alice, visitor } = world
    const made = await make({ type: 'user', name: ' Expert ', color: '#1F5f5b', description: 'Knows much' })
    expect(made).toEqual({
      ...{ id: made.id, type: 'user', name: 'Expert', description: 'Knows much', color: '#1F5f5b', visible: true },
      ...{ visibility_boost: false, created_at: expect.any(String), active: true, deleted: false },
    })
    expect((await visitor.get(`/tag/${made.id}/`)).body).toEqual(made)
    await make({ type: 'user', name: 'Secret', visible: false })
    await make({ type: 'category', name: 'Expert' })
    expect(names(await alice.get('/tag/?ordering=name'))).toEqual(['Expert', 'Expert'])
    expect(names(await admin.get('/tag/?type=user&ordering=-name,id'))).toEqual(['Secret', 'Expert'])
    expect(names(await admin.get('/tag/search/?search=ÉXP&type=category'))).toEqual(['Expert'])
    expect(names(await admin.get('/tag/?visible=false'))).toEqual(['Secret'])
    expect(names(await alice.get('/tag/?visible=false'))).toEqual([])
    expect(names(await alice.get('/tag/user/search/?search=ex'))).toEqual(['Expert'])
    expect((await walk(admin, '/tag/?limit=1&ordering=created_at')).results.length).toBe(3)
    for (const call of [alice.post('/tag/', { type: 'user', name: 'x' }), alice.get('/tag/search/')])
      expect((await call).status).toBe(403)
    expect(await types()).toEqual([])
  })

  test('has a name of its own among its type, a colour, and stays what it is for', async () => {
    const { admin } = world
    expect(fault(await admin.post('/tag/', { type: 'user', name: 'eXpert' }))).toEqual([400, 'name'])
    const answer = await admin.post('/tag/', { type: 'people', name: '', color: 'red', description: 'x'.repeat(501) })
    const fields = answer.body.errors.map(({ field }: { field: string }) => field).sort()
    expect([answer.status, fields]).toEqual([400, ['color', 'description', 'name', 'type']])
    const { id } = await make({ type: 'user', name: 'Novice' })
    expect(fault(await admin.patch(`/tag/${id}/`, { type: 'category' }))).toEqual([400, 'type'])
    expect(fault(await admin.patch(`/tag/${id}/`, { name: 'Expert' }))).toEqual([400, 'name'])
    expect((await ok(admin.put(`/tag/${id}/`, { type: 'user', name: 'Beginner' }))).body).toMatchObject({
      name: 'Beginner',
    })
    expect((await admin.patch('/tag/99999/', { name: 'x' })).status).toBe(404)
    expect((await ok(admin.patch(`/tag/${id}/`, { deleted: true }))).body.deleted).toBe(true)
    expect((await world.alice.get(`/tag/${id}/`)).status).toBe(404)
    await make({ type: 'user', name: 'Beginner' })
    expect(fault(await admin.patch(`/tag/${id}/`, { deleted: false }))).toEqual([400, 'name'])
    expect(names(await admin.get('/tag/?deleted=true'))).toEqual(['Beginner'])
  })
})

describe('tags of members', () => {
  test('are given by administrators alone, shown to all, and told', async () => {
    const { admin, alice, bob, visitor } = world
    const [guide, secret] = [
      await make({ type: 'user', name: 'Guide' }),
      await make({ type: 'user', name: 'Spy', visible: false }),
    ]
    for (const tag of [guide, secret]) await ok(admin.post(`/tag/${tag.id}/assign/`, { user: alice.id }))
    for (const who of [bob, visitor, alice, admin])
      expect((await who.get(`/user/${alice.id}/`)).body.tags).toEqual([guide])
    expect((await bob.get('/user/?search=alice')).body.results[0].tags).toEqual([guide])
    const told = await world.told()
    expect(told.map(({ type, data }) => [type, data.tags])).toEqual([
      ['user.updated', [guide]],
      ['user.updated', [guide]],
    ])
    expect(names(await alice.get('/user/me/tags/'))).toEqual(['Guide', 'Spy'])
    expect((await bob.get(`/user/${alice.id}/tags/`)).status).toBe(403)
    expect((await alice.post('/sso/signin/')).body.tags).toEqual([guide.id, secret.id])

    await ok(admin.post(`/tag/${guide.id}/add/`, { user: alice.id }))
    await ok(admin.post(`/tag/${guide.id}/remove/`, { user: bob.id }))
    expect(await types()).toEqual([])
    await ok(admin.post(`/tag/${guide.id}/remove/`, { user: alice.id }))
    await ok(admin.post(`/tag/${secret.id}/assign/`, { user: alice.id }))
    expect((await bob.get(`/user/${alice.id}/`)).body.tags).toEqual([])
    expect(await types()).toEqual(['user.updated', 'user.updated'])

    await ok(admin.patch(`/user/${alice.id}/`, { tags: [guide.id, guide.id] }))
    await ok(admin.patch(`/user/${alice.id}/`, { bio: 'x' }))
    await ok(alice.patch('/user/me/', { tags: [secret.id], bio: 'y' }))
    expect((await alice.get('/user/me/')).body).toMatchObject({ tags: [guide], bio: 'y' })
    expect(await types()).toEqual(['user.updated', 'user.updated', 'user.updated'])
    expect(fault(await admin.patch(`/user/${alice.id}/`, { tags: [99_999] }))).toEqual([400, 'tags'])
    expect((await alice.post(`/tag/${guide.id}/add/`, { user: alice.id })).status).toBe(403)
  })

  test('come with those who come from elsewhere, and find them', async () => {
    const { admin, alice, bob } = world
    const [tea, hidden] = [
      await make({ type: 'user', name: 'Tea' }),
      await make({ type: 'user', name: 'No tea', visible: false }),
    ]
    const made = await ok(admin.post('/sso/signup/', { username: 'hatter', tags: [tea.id, hidden.id] }))
    expect(made.body.tags).toEqual([tea.id, hidden.id])
    expect(fault(await admin.post('/sso/signup/', { username: 'hare', tags: [99_999] }))).toEqual([400, 'tags'])
    const found = async (who: World['alice'], query: string) =>
      (await who.get(`/user/search/?${query}`)).body.results?.map(({ username }: { username: string }) => username)
    expect(await found(alice, `tag=${tea.id}`)).toEqual(['hatter'])
    expect(await found(alice, `tag=${tea.id}&user=ali`)).toEqual([])
    expect(fault(await alice.get(`/user/search/?tag=${hidden.id}`))).toEqual([400, 'tag'])
    expect(await found(admin, `tag=${hidden.id}`)).toEqual(['hatter'])
    await ok(bob.post(`/user/${made.body.id}/hide/`))
    expect(await found(bob, `tag=${tea.id}`)).toEqual([])
    const listed = async (query: string) => await walk(admin, `/tag/user/?${query}`)
    for (const query of [`tag_id=${tea.id}`, 'tag_name=tEA&ordering=username', 'tag_name=Tea&ordering=real_name'])
      expect(await listed(query)).toMatchObject({ count: 1, results: [{ username: 'hatter' }] })
    for (const query of ['', 'tag_id=99999', 'tag_name=x'])
      expect((await admin.get(`/tag/user/?${query}`)).status).toBe(400)
    expect((await alice.get(`/tag/user/?tag_id=${tea.id}`)).status).toBe(403)
    await ok(admin.patch(`/tag/${tea.id}/`, { active: false }))
    expect((await alice.get(`/user/${made.body.id}/`)).body.tags).toEqual([])
    expect(fault(await admin.post(`/tag/${tea.id}/add/`, { user: alice.id }))).toEqual([400, 'inactive'])
  })

  test('find those who follow a category, too', async () => {
    const { admin, alice, bob } = world
    const { body } = await ok(admin.post('/category/', { name: 'Croquet' }))
    await ok(alice.post(`/category/${body.id}/follow/`))
    const found = (await bob.get(`/user/search/?category=${body.id}`)).body
    expect([found.count, found.results[0].username]).toEqual([1, 'alice'])
    expect((await bob.get('/user/search/?category=99999')).body.count).toBe(0)
    expect((await bob.get('/user/search/?category=x')).status).toBe(400)
  })

  test('end with the member', async () => {
    const { admin } = world
    const kim = await world.join('kim')
    const { id } = await make({ type: 'user', name: 'Xylophonist' })
    await ok(admin.post(`/tag/${id}/add/`, { user: kim.id }))
    await ok(admin.delete(`/user/${kim.id}/?hard=1`))
    expect((await admin.get(`/tag/user/?tag_id=${id}`)).body.count).toBe(0)
    expect((await admin.post(`/tag/${id}/add/`, { user: kim.id })).status).toBe(404)
    expect(await world.db.query('select tag_ids from users where id = $1', [kim.id])).toEqual([{ tag_ids: [] }])
  })
})

describe('tags of categories and contributions', () => {
  test('are given by either of both ways, shown, told and listed', async () => {
    const { admin, alice, visitor } = world
    const [hot, cold] = [await make({ type: 'category', name: 'Hot' }), await make({ type: 'category', name: 'Cold' })]
    const { body: drinks } = await ok(admin.post('/category/', { name: 'Drinks', tags: [hot.id] }))
    expect(drinks.tags).toEqual([hot])
    await ok(admin.post(`/tag/${cold.id}/assign/`, { category: drinks.id }))
    expect((await visitor.get(`/category/${drinks.id}/`)).body.tags).toEqual([hot, cold])
    await ok(admin.patch(`/category/${drinks.id}/`, { slogan: 'x' }))
    await ok(admin.patch(`/category/${drinks.id}/`, { tags: [cold.id] }))
    expect((await visitor.get('/category/')).body.results.at(-1).tags).toEqual([cold])
    expect(await types()).toEqual(['category.created', 'category.updated', 'category.updated', 'category.updated'])
    for (const ordering of ['order', 'id', 'name'])
      expect((await walk(admin, `/tag/category/?tag_id=${cold.id}&ordering=${ordering}`)).results).toMatchObject([
        { name: 'Drinks' },
      ])

    const pinned = await make({ type: 'contribution', name: 'Pinned' })
    const { body: post } = await ok(alice.post('/post/', { text: 'Tea', categories: [drinks.id] }))
    const { body: talk } = await ok(alice.post('/discussion/', { title: 'Tea?', text: 'Tea' }))
    for (const { id } of [post, talk]) await ok(admin.post(`/tag/${pinned.id}/assign/`, { contribution: id }))
    expect((await visitor.get(`/post/${post.id}/`)).body.tags).toEqual([pinned])
    const told = await world.told()
    expect(told.map(({ type }) => type)).toEqual([
      'post.created',
      'discussion.created',
      'post.updated',
      'discussion.updated',
    ])
    expect(told.at(-1)?.data.tags).toEqual([pinned])
    for (const ordering of ['order', 'id', 'title']) {
      const { count, results } = await walk(
        admin,
        `/tag/contribution/?tag_id=${pinned.id}&limit=1&ordering=${ordering}`,
      )
      expect([count, results.map(({ id }) => id)]).toEqual([2, [post.id, talk.id]])
    }
    await ok(alice.put(`/post/${post.id}/`, { text: 'More tea' }))
    expect((await alice.get(`/post/${post.id}/`)).body.tags).toEqual([pinned])
    await ok(alice.delete(`/post/${post.id}/`))
    expect((await walk(admin, `/tag/contribution/?tag_id=${pinned.id}`)).count).toBe(1)
    expect((await admin.post(`/tag/${pinned.id}/add/`, { contribution: post.id })).status).toBe(404)
  })

  test('are refused for what they are not for, and one thing at a time', async () => {
    const { admin, alice } = world
    const { id } = await make({ type: 'category', name: 'Lukewarm' })
    expect(fault(await admin.post(`/tag/${id}/assign/`, { user: alice.id }))).toEqual([400, 'user'])
    expect((await admin.post(`/tag/${id}/assign/`, {})).status).toBe(400)
    expect((await admin.post(`/tag/${id}/assign/`, { category: 1, user: 1 })).status).toBe(400)
    expect((await admin.post(`/tag/${id}/assign/`, { category: 99_999 })).status).toBe(404)
    expect((await admin.post('/tag/99999/assign/', { category: 1 })).status).toBe(404)
    expect(fault(await admin.patch(`/user/${alice.id}/`, { tags: [id] }))).toEqual([400, 'tags'])
    const ids = await Promise.all(Array.from({ length: 51 }, (_, n) => make({ type: 'user', name: `Tag ${n}` })))
    await ok(admin.patch(`/user/${alice.id}/`, { tags: ids.slice(0, 50).map((tag) => tag.id) }))
    expect(fault(await admin.post(`/tag/${ids[50].id}/add/`, { user: alice.id }))).toEqual([400, 'too_many'])
    await world.told()
  })
})

describe('names that differ by nothing that is seen', () => {
  // Persian with a joiner, Khmer with spaces of no width between words, an emoji with a selector, an accent written as a mark.
  const twins = [
    ['می\u200cخواهم', 'میخواهم'],
    ['ភាសា\u200bខ្មែរ', 'ភាសាខ្មែរ'],
    ['I \u2764\ufe0f tea', 'I \u2764 tea'],
    ['Caf\u00e9', 'cafe\u0301'],
    ['Ex\u2060perts', 'experts'],
  ] as const
  /** Families, flags of England and Scotland, letters of Arabic: they look otherwise. */
  const others = ['👩‍👩‍👧', '👩‍👩‍👦', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '🏴󠁧󠁢󠁳󠁣󠁴󠁿', 'كتاب', 'كتب', 'Cafe']

  test('are one, and are kept as they were written', async () => {
    const { admin } = world
    for (const [one, other] of twins) {
      const { id } = await make({ type: 'user', name: one })
      expect((await admin.get(`/tag/${id}/`)).body.name).toBe(one)
      expect(fault(await admin.post('/tag/', { type: 'user', name: other })), other).toEqual([400, 'name'])
      expect((await admin.get(`/tag/user/?tag_name=${encodeURIComponent(other)}`)).status).toBe(200)
      await ok(admin.post('/category/', { name: one }))
      expect(fault(await admin.post('/category/', { name: other })), other).toEqual([400, 'name'])
    }
    for (const name of others) {
      await make({ type: 'user', name })
      await ok(admin.post('/category/', { name }))
    }
    expect(fault(await admin.post('/tag/', { type: 'user', name: '\u200b\u2060' }))).toEqual([400, 'name'])
    await world.told()
  })

  test('are the same to the database', async () => {
    const hidden = Array.from({ length: 0x110000 }, (_, code) => code)
      .filter((code) => /\p{Default_Ignorable_Code_Point}/u.test(String.fromCodePoint(code)))
      .filter((code) => code < 0xd800 || code > 0xdfff)
      .map((code) => `a${String.fromCodePoint(code)}b`)
    const names = [...hidden, ...twins.flat(), ...others, 'ǅ', 'Ǆ', 'ＡＢ', 'ﬁ', 'Å', 'Ωμέγα', '日本', 'がﾞ']
    const keys = await world.db.query<{ key: string }>(
      'select name_key(name) as key from unnest($1::text[]) with ordinality n (name, i) order by i',
      [names],
    )
    expect(keys.map(({ key }) => key)).toEqual(names.map(nameKey))
  })
})
