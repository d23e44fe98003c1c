import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findCategoryDrift } from '../../src/categories/recount.ts'
import { type Answer, createWorld, type Person, type World, walk } from '../support/world.ts'

let world: World
let admin: Person
let alice: Person
let bob: Person

beforeAll(async () => {
  world = await createWorld()
  admin = world.admin
})
afterAll(() => world.end())
beforeEach(async () => {
  // Nothing is left of the test before: a category that is forced would be followed by everybody who joins.
  await world.db.query('truncate category, category_follower cascade')
  await world.db.query('update users set categories = 0')
  ;[alice, bob] = await world.strangers()
})

type Flags = { id: number; name: string; slug: string; order: number; parents: number[]; lastmod_datetime: string }
const add = async (sent: string | object): Promise<Flags> => {
  const answer = await admin.post('/category/', typeof sent === 'string' ? { name: sent } : sent)
  expect(answer.status, answer.text).toBe(201)
  await world.told()
  return answer.body
}
const path = ({ id }: { id: number }, rest = '') => `/category/${id}/${rest}`
const get = async (category: { id: number }, who = alice) => (await who.get(path(category))).body
const names = ({ body }: Answer) => body.results.map(({ name }: Flags) => name)
const complaint = ({ status, body }: Answer) => {
  const [error] = body.errors
  return [status, error.field ?? error.code, error.messages?.[0].message ?? error.message]
}
/** What was told, as "type category user". */
const told = async () =>
  (await world.told()).map(({ type, data }) => {
    const { category, user } = data as unknown as { category: Flags; user: { username: string } }
    return `${type} ${category.name} ${user.username.split('_')[0]}`
  })

// biome-ignore format: a list of names reads best filled
const fields = [
  'id', 'tags', 'followed', 'order', 'name', 'name_synonyms', 'slug', 'slogan', 'html_info', 'seo_title',
  'seo_description', 'auto_follow', 'content_only_staff', 'active', 'image_original', 'image_bigger', 'image_big',
  'image_medium', 'image_small', 'emotional_image_original', 'emotional_image_position', 'lastmod_datetime',
  'stream_order_by', 'followers_counter', 'parents',
]
// biome-ignore format: a list of names reads best filled
const userFields = [
  'id', 'username', 'real_name', 'email', 'email_isvalid', 'date_joined', 'bio', 'location', 'location_lat_lng',
  'position_lat_lng', 'date_of_birth', 'description', 'gender', 'status', 'website', 'avatar', 'cover', 'ext_id',
  'tags', 'reputation', 'connection_requests_sent_counter', 'connection_requests_received_counter',
  'connections_counter', 'followings_counter', 'followers_counter', 'posts_counter', 'discussions_counter',
  'statuses_counter', 'polls_counter',
]

describe('making a category', () => {
  test('answers with exactly the documented fields, and tells it with them', async () => {
    const answer = await admin.post('/category/', { name: 'News' })
    expect(answer.status).toBe(201)
    const { id, lastmod_datetime } = answer.body
    const drawn = `${world.url}/api/v2/picture/category/${id}.svg`
    expect(lastmod_datetime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/)
    expect(answer.body).toEqual({
      id,
      tags: [],
      followed: false,
      order: 0,
      name: 'News',
      name_synonyms: '',
      slug: 'news',
      slogan: '',
      html_info: null,
      seo_title: '',
      seo_description: '',
      auto_follow: 'none',
      content_only_staff: false,
      active: true,
      image_original: null,
      image_bigger: drawn,
      image_big: drawn,
      image_medium: drawn,
      image_small: drawn,
      emotional_image_original: '',
      emotional_image_position: 50,
      lastmod_datetime,
      stream_order_by: 'recent',
      followers_counter: 0,
      parents: [],
    })
    expect(Object.keys(answer.body)).toEqual(fields)
    expect(await get({ id })).toEqual(answer.body)
    const [event, ...more] = await world.told()
    expect(more).toEqual([])
    expect(event?.type).toBe('category.created')
    expect(Object.keys(event?.data ?? {})).toEqual(['category', 'user', 'added_at'])
    const { category, user, added_at } = (event?.data ?? {}) as { category?: object; user?: object; added_at?: string }
    const { parents, ...documented } = answer.body
    expect(category).toEqual(documented)
    expect(Object.keys(user ?? {}).sort()).toEqual([...userFields].sort())
    expect(user).toMatchObject({ id: admin.id, email: 'admin@example.com' })
    expect(added_at).toBe(lastmod_datetime)
  })

  test('is told about in HTML that does nothing but say it', async () => {
    const html_info = '<p onclick="x()">All <script>alert(1)</script>about <b>ducks</b></p><img src=x onerror=alert(1)>'
    const made = await add({ name: 'Cleaned', html_info })
    expect(made).toMatchObject({ html_info: '<p>All about <strong>ducks</strong></p>' })
    const path = `/category/${made.id}/`
    const put = await admin.put(path, { ...made, html_info: '<a href="javascript:alert(1)">x</a>' })
    expect([put.status, put.body.html_info]).toEqual([200, '<p>x</p>'])
    for (const empty of [null, '']) expect((await admin.patch(path, { html_info: empty })).body.html_info).toBe(empty)
    const deep = await admin.patch(path, { html_info: '<b>'.repeat(1_001) })
    expect([deep.status, deep.body.errors[0].field]).toEqual([400, 'html_info'])
  })

  test('takes all that is documented, as JSON, as a form or as multipart', async () => {
    const above = await add('Above')
    const sent = {
      name: 'A "b" \\ ü 🦆',
      name_synonyms: 'duck, bird',
      slug: 'Ducks_and-more',
      slogan: 'Quack',
      html_info: '<p>All about ducks</p>',
      seo_title: null,
      seo_description: 'Ducks',
      auto_follow: 'default',
      content_only_staff: true,
      active: false,
      order: -3,
      emotional_image_position: 0,
      stream_order_by: 'last_activity',
      parents: [above.id],
    }
    expect(await add(sent)).toMatchObject(sent)
    for (const body of [new URLSearchParams(), new FormData()]) {
      const { name } = body.constructor
      const texts = { name, order: '7', active: 'false', content_only_staff: '1', auto_follow: 'default' }
      for (const [field, value] of Object.entries(texts)) body.append(field, value)
      body.append('parents', String(above.id))
      body.append('image_original', '')
      body.append('tags', '')
      const answer = await world.send('/category/', {
        method: 'POST',
        headers: { authorization: `Bearer ${admin.token}` },
        body,
      })
      expect([answer.status, answer.body]).toMatchObject([
        201,
        { name, order: 7, active: false, content_only_staff: true, parents: [above.id] },
      ])
    }
  })

  test('makes a slug of the name, with a number where it is taken', async () => {
    const slugs = []
    for (const name of ['Caffè & Tè', 'caffe te', 'CAFFÈ TÈ!', '新闻', '???']) slugs.push((await add(name)).slug)
    expect(slugs).toEqual(['caffe-te', 'caffe-te-2', 'caffe-te-3', 'category', 'category-2'])
    expect((await add({ name: 'Caffè!', slug: '_GENERATE_' })).slug).toBe('caffe')
    expect((await add({ name: 'Caffè?', slug: '_GENERATE_' })).slug).toBe('caffe-2')
    expect((await add({ name: 'Empty', slug: '' })).slug).toBe('empty')
    expect((await add('x'.repeat(100))).slug).toBe('x'.repeat(80))
  })

  test('is for administrators', async () => {
    const category = await add('News')
    const moderator = await world.join(`mod_${Math.random().toString(36).slice(2)}`, { role: 'moderator' })
    await world.told()
    for (const who of [alice, moderator]) {
      expect((await who.post('/category/', { name: 'Mine' })).status).toBe(403)
      expect((await who.put(path(category), { name: 'Mine' })).status).toBe(403)
      expect((await who.patch(path(category), { name: 'Mine' })).status).toBe(403)
      expect((await who.delete(path(category))).status).toBe(403)
    }
    expect((await world.visitor.post('/category/', { name: 'Mine' })).status).toBe(401)
    expect(await told()).toEqual([])
    expect((await get(category)).name).toBe('News')
  })

  test('is refused with a sentence that names what is wrong', async () => {
    await add({ name: 'News', slug: 'news' })
    const refusals: [object, string, string][] = [
      [{}, 'name', 'This field is required.'],
      [{ name: '' }, 'name', 'This may not be blank.'],
      [{ name: ' \n ' }, 'name', 'This may not be blank.'],
      [{ name: 'a\nb' }, 'name', 'Leave out line breaks and other control characters.'],
      [{ name: 'x'.repeat(101) }, 'name', 'At most 100 characters are taken.'],
      [{ name: ['a'] }, 'name', 'Send text.'],
      [{ name: ' NEWS ' }, 'name', 'There is a category with this name already.'],
      [{ name: 'a', slug: 'NEWS' }, 'slug', 'There is a category with this slug already.'],
      [{ name: 'a', slug: 'a b' }, 'slug', 'Use letters without accents, digits, - and _ only.'],
      [{ name: 'a', slug: 'è' }, 'slug', 'Use letters without accents, digits, - and _ only.'],
      [{ name: 'a', auto_follow: 'always' }, 'auto_follow', 'Send one of: none, default, forced.'],
      [{ name: 'a', active: 'perhaps' }, 'active', 'Send true or false.'],
      [{ name: 'a', order: 1.5 }, 'order', 'Send a whole number from -2147483647 to 2147483647.'],
      [{ name: 'a', order: 1e10 }, 'order', 'Send a whole number from -2147483647 to 2147483647.'],
      [{ name: 'a', slogan: 'x'.repeat(1001) }, 'slogan', 'At most 1000 characters are taken.'],
      [{ name: 'a', slogan: {} }, 'slogan', 'Send text.'],
      [{ name: 'a', parents: [9_000_000] }, 'parents', 'There is no category 9000000.'],
      [{ name: 'a', parents: ['x'] }, 'parents', 'Send a list. Each: Send a whole number, 1 or more.'],
      [
        { name: 'a', image_original: 'https://example.com/a.png' },
        'image_original',
        'Send a file, as a part of a multipart body.',
      ],
      [
        { name: 'a', emotional_image_original: 'a' },
        'emotional_image_original',
        'Send a file, as a part of a multipart body.',
      ],
      [{ name: 'a', tags: [1] }, 'tags', 'There is no tag 1 for a category.'],
    ]
    for (const [sent, field, sentence] of refusals)
      expect(complaint(await admin.post('/category/', sent)), JSON.stringify(sent)).toEqual([400, field, sentence])
    const form = new FormData()
    form.append('name', 'Picture')
    form.append('image_original', new Blob(['png'], { type: 'image/png' }), 'a.png')
    const answer = await world.send('/category/', {
      method: 'POST',
      headers: { authorization: `Bearer ${admin.token}` },
      body: form,
    })
    expect(complaint(answer).slice(0, 2)).toEqual([400, 'image_original'])
    expect(await told()).toEqual([])
    expect((await admin.get('/category/')).body.count).toBe(1)
  })

  test('survives a burst of the same name: one of them has it', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => admin.post('/category/', { name: n % 2 ? 'Été' : 'E\u0301TE\u0301' })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(400)])
    for (const { status, body } of answers) if (status === 400) expect(body.errors[0].messages[0].code).toBe('unique')
    expect((await told()).length).toBe(1)
  })

  test('survives a burst of names that make the same slug', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => admin.post('/category/', { name: `Same${'!'.repeat(n)}` })),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201))
    expect(new Set(answers.map(({ body }) => body.slug)).size).toBe(10)
    expect(await findCategoryDrift(world.db)).toEqual([])
  })
})

describe('changing a category', () => {
  test('sets what is named, keeps the rest and the slug, and tells it once', async () => {
    const before = await add({ name: 'News', slogan: 'old', order: 4 })
    world.pass(1_000)
    const answer = await admin.patch(path(before), { name: 'Newer', slogan: null })
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      ...before,
      name: 'Newer',
      slogan: null,
      lastmod_datetime: answer.body.lastmod_datetime,
    })
    expect(answer.body.lastmod_datetime > before.lastmod_datetime).toBe(true)
    const [event, ...more] = await world.told()
    expect(more).toEqual([])
    expect([event?.type, event?.data]).toMatchObject([
      'category.updated',
      { category: { name: 'Newer', slug: 'news' }, user: { id: admin.id }, added_at: before.lastmod_datetime },
    ])
    const put = await admin.put(path(before), { name: 'Newest', slug: 'newest' })
    expect([put.status, put.body]).toMatchObject([200, { name: 'Newest', slug: 'newest', order: 4 }])
    expect(await told()).toEqual(['category.updated Newest admin'])
    expect(complaint(await admin.put(path(before), { slug: 'x' }))).toEqual([400, 'name', 'This field is required.'])
  })

  test('that changes nothing tells nothing, and leaves its date', async () => {
    const before = await add({ name: 'News', parents: [(await add('Above')).id] })
    world.pass(1_000)
    for (const sent of [{}, { name: 'News' }, before, { slug: '' }, { name: ' News ' }]) {
      const answer = await admin.patch(path(before), sent)
      expect([answer.status, answer.body]).toEqual([200, before])
    }
    expect(await told()).toEqual([])
  })

  test('to a slug that another has is refused, and to that of a deleted one is not', async () => {
    const [news, gone] = [await add('News'), await add('Gone')]
    expect(complaint(await admin.patch(path(news), { slug: 'GONE' }))).toEqual([
      400,
      'slug',
      'There is a category with this slug already.',
    ])
    await admin.delete(path(gone))
    expect((await admin.patch(path(news), { slug: 'gone' })).body.slug).toBe('gone')
    expect((await add({ name: 'Latest', slug: 'news' })).slug).toBe('news')
  })

  test('makes a slug of the name where it is asked to, and keeps its own', async () => {
    const [news] = [await add('News'), await add({ name: 'Other', slug: 'fresh' })]
    const patch = async (sent: object) => (await admin.patch(path(news), sent)).body
    expect(await patch({ slug: '_GENERATE_' })).toMatchObject({ name: 'News', slug: 'news' })
    expect(await patch({ name: 'Fresh', slug: '_GENERATE_' })).toMatchObject({ name: 'Fresh', slug: 'fresh-2' })
    expect((await admin.put(path(news), { name: 'Newer', slug: '_GENERATE_' })).body.slug).toBe('newer')
    expect(await told()).toEqual(['category.updated Fresh admin', 'category.updated Newer admin'])
  })

  test('to a name that another has is refused, but one that two have since long ago stays', async () => {
    const [news, sport] = [await add('News'), await add('Sport')]
    const taken = [400, 'name', 'There is a category with this name already.']
    expect(complaint(await admin.patch(path(sport), { name: 'news' }))).toEqual(taken)
    expect(complaint(await admin.put(path(sport), { name: 'NEWS' }))).toEqual(taken)
    await world.db.query(`update category set name = 'News' where id = $1`, [sport.id])
    expect((await admin.patch(path(sport), { name: 'News', order: 2 })).body).toMatchObject({ name: 'News', order: 2 })
    expect((await admin.patch(path(news), { name: 'NEWS' })).status).toBe(400)
    expect(await told()).toEqual(['category.updated News admin'])
  })

  test('of what is not there is a 404', async () => {
    const gone = await add('Gone')
    await admin.delete(path(gone))
    await world.told()
    for (const id of [gone.id, 9_000_000, '0', '-1', 'x', '9'.repeat(30)]) {
      expect((await admin.patch(`/category/${id}/`, { name: 'x' })).status, String(id)).toBe(404)
      expect((await admin.delete(`/category/${id}/`)).status, String(id)).toBe(404)
      expect((await alice.post(`/category/${id}/follow/`)).status, String(id)).toBe(404)
      for (const rest of [
        '',
        'is_followed/',
        'followers/',
        'followers/trending/',
        'audience/',
        'children/',
        'parents/',
      ])
        expect((await alice.get(`/category/${id}/${rest}`)).status, `${id} ${rest}`).toBe(404)
    }
    expect(await told()).toEqual([])
  })
})

describe('categories in categories', () => {
  const above = async ({ id }: { id: number }) =>
    (
      await world.db.query<{ ancestors: number[] }>(
        'select to_json(ancestors) as ancestors from category where id = $1',
        [id],
      )
    )[0]?.ancestors

  test('are listed from either side', async () => {
    const top = await add('Top')
    const other = await add('Other')
    const low = await add({ name: 'Low', parents: [other.id, top.id, other.id] })
    expect(low.parents).toEqual([other.id, top.id])
    const hidden = await add({ name: 'Hidden', parents: [top.id], active: false })
    expect(names(await alice.get(path(low, 'parents/')))).toEqual(['Other', 'Top'])
    expect(names(await alice.get(path(top, 'children/')))).toEqual(['Low'])
    expect(names(await admin.get(path(top, 'children/')))).toEqual(['Hidden', 'Low'])
    expect(names(await alice.get(path(hidden, 'parents/')))).toEqual(['Top'])
    expect((await alice.get(path(low, 'children/'))).body).toEqual({
      count: 0,
      next: null,
      previous: null,
      results: [],
    })
  })

  test('keep all that is above them, whatever moves', async () => {
    const a = await add('a')
    const b = await add({ name: 'b', parents: [a.id] })
    const c = await add({ name: 'c', parents: [b.id] })
    const d = await add({ name: 'd', parents: [c.id, a.id] })
    const x = await add('x')
    expect([await above(c), await above(d)]).toEqual([
      [b.id, a.id],
      [c.id, a.id, b.id],
    ])
    await admin.patch(path(b), { parents: [x.id] })
    expect([await above(b), await above(c), await above(d)]).toEqual([[x.id], [b.id, x.id], [c.id, a.id, b.id, x.id]])
    expect(await told()).toEqual(['category.updated b admin'])
    for (const [category, parent] of [
      [b, b],
      [b, d],
      [x, d],
    ] as const) {
      expect(complaint(await admin.patch(path(category), { parents: [parent.id] }))).toEqual([
        400,
        'parents',
        `Category ${parent.id} cannot be above this one: it lies in it.`,
      ])
    }
    expect(await told()).toEqual([])
    await admin.delete(path(b))
    expect([await above(c), await above(d)]).toEqual([[], [c.id, a.id]])
    expect((await get(c)).parents).toEqual([])
    expect(await told()).toEqual(['category.deleted b admin'])
    expect(await findCategoryDrift(world.db)).toEqual([])
  })

  test('never come to lie in each other, however many change at once', async () => {
    const all = await Promise.all(Array.from('abcdef', (name) => add(name)))
    const moves = all.flatMap((low) => all.filter((high) => high !== low).map((high) => [low, high] as const))
    const answers = await Promise.all(moves.map(([low, high]) => admin.patch(path(low), { parents: [high.id] })))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 400]))
    expect(await findCategoryDrift(world.db)).toEqual([])
    await world.told()
  })
})

describe('deleting a category', () => {
  test('ends that anybody follows it, takes it out of every list, and tells it as it was', async () => {
    const news = await add('News')
    for (const who of [alice, bob, admin]) await who.post(path(news, 'follow/'))
    await world.told()
    expect((await admin.delete(path(news))).text).toBe('')
    const [event, ...more] = await world.told()
    expect(more).toEqual([])
    expect([event?.type, event?.data]).toMatchObject([
      'category.deleted',
      {
        category: { name: 'News', followers_counter: 3, followed: true },
        user: { id: admin.id },
        added_at: news.lastmod_datetime,
      },
    ])
    expect((await alice.get('/user/me/')).body.categories_counter).toBe(0)
    for (const list of ['/category/', '/category/search/?search=news', '/category/popular/', '/category/followed/'])
      expect((await alice.get(list)).body.count, list).toBe(0)
    expect((await alice.get(`/user/${alice.id}/categories/`)).body).toEqual([])
    expect((await alice.get(path(news))).status).toBe(404)
    expect((await admin.delete(path(news))).status).toBe(404)
    expect(await findCategoryDrift(world.db)).toEqual([])
  })

  test('and restoring it are changes, too', async () => {
    const [above, news] = [await add('Above'), await add('News')]
    await admin.patch(path(news), { parents: [above.id] })
    await alice.post(path(news, 'follow/'))
    await world.told()
    const patch = (sent: object) => admin.patch(path(news), sent)
    const { body, status } = await patch({ deleted: true, slogan: 'Gone' })
    expect([status, body]).toMatchObject([200, { id: news.id, slogan: 'Gone', parents: [], followers_counter: 0 }])
    expect((await alice.get(path(news))).status).toBe(404)
    expect((await patch({ deleted: true })).status).toBe(200)
    expect((await patch({ deleted: true, slogan: 'Again' })).status).toBe(404)
    expect((await patch({ slogan: 'Again' })).status).toBe(404)
    expect(await told()).toEqual(['category.updated News admin', 'category.deleted News admin'])

    expect((await admin.put(path(news), { name: 'Newer', deleted: 'false', parents: [above.id] })).body).toMatchObject({
      ...{ id: news.id, name: 'Newer', slug: 'news', slogan: 'Gone', parents: [above.id], followed: false },
    })
    expect((await patch({ deleted: false })).status).toBe(200)
    expect(names(await alice.get('/category/'))).toEqual(['Above', 'Newer'])
    expect(names(await alice.get(path(above, 'children/')))).toEqual(['Newer'])
    expect((await alice.get('/user/me/')).body.categories_counter).toBe(0)
    expect(await told()).toEqual(['category.updated Newer admin'])
    expect((await alice.patch(path(news), { deleted: true })).status).toBe(403)
    expect(await findCategoryDrift(world.db)).toEqual([])
  })

  test('is not undone where another has its name or its slug by now', async () => {
    const news = await add('News')
    await admin.delete(path(news))
    const [other, third] = [await add('news'), await add({ name: 'Third', slug: 'x' })]
    await world.told()
    const restore = (sent: object) => admin.patch(path(news), { deleted: false, ...sent })
    expect(complaint(await restore({})).slice(0, 2)).toEqual([400, 'name'])
    expect(complaint(await restore({ name: 'Old news' })).slice(0, 2)).toEqual([400, 'slug'])
    expect(complaint(await restore({ name: 'Old news', slug: 'X' })).slice(0, 2)).toEqual([400, 'slug'])
    expect(await told()).toEqual([])
    expect((await restore({ name: 'Old news', slug: '_GENERATE_' })).body.slug).toBe('old-news')
    for (const each of [other, third]) expect((await get(each)).id).toBe(each.id)
    expect(await told()).toEqual(['category.updated Old news admin'])
  })

  test('that everybody followed ends that; restored, everybody follows it again', async () => {
    const rules = await add({ name: 'Rules', auto_follow: 'forced' })
    await admin.patch(path(rules), { deleted: true })
    expect((await alice.get('/user/me/')).body.categories_counter).toBe(0)
    expect((await admin.patch(path(rules), { deleted: false })).body.followed).toBe(true)
    expect((await alice.get('/user/me/')).body.categories_counter).toBe(1)
    expect(await told()).toEqual(['category.deleted Rules admin', 'category.updated Rules admin'])
    expect(await findCategoryDrift(world.db)).toEqual([])
  })

  test('leaves it to be seen by staff that asks', async () => {
    const [news, sport] = [await add('News'), await add('Sport')]
    await admin.delete(path(news))
    await world.told()
    expect(names(await admin.get('/category/?deleted=true'))).toEqual(['News'])
    expect(names(await admin.get('/category/?deleted=false'))).toEqual(['Sport'])
    expect(names(await alice.get('/category/?deleted=true'))).toEqual(['Sport'])
    expect((await admin.get(path(news))).body.name).toBe('News')
    expect((await alice.get('/category/followed/?deleted=true')).body.count).toBe(0)
    expect((await alice.get(path(sport))).status).toBe(200)
  })
})

describe('the lists', () => {
  test('go by order, then by name, page by page in both directions', async () => {
    await add({ name: 'last', order: 9 })
    for (const name of ['banana', 'Apple', 'cherry', 'apples']) await add(name)
    await add({ name: 'first', order: -1 })
    const order = ['first', 'Apple', 'apples', 'banana', 'cherry', 'last']
    expect(names(await alice.get('/category/'))).toEqual(order)
    const walked = await walk(alice, '/category/?limit=2')
    expect([walked.count, walked.results.map((each) => (each as Flags).name)]).toEqual([6, order])
    const second = await alice.get('/category/?limit=2&offset=2')
    const third = await alice.get(second.body.next)
    expect(names(third)).toEqual(['cherry', 'last'])
    expect(names(await alice.get(third.body.previous))).toEqual(['apples', 'banana'])
  })

  test('are one page where nothing else is asked for, however many there are', async () => {
    await world.db.query(
      `insert into category (name, slug, lastmod_datetime, created_at)
       select 'Topic ' || n, 'topic-' || n, now(), now() from generate_series(1, 9999) n`,
    )
    await add({ name: 'The last', order: 1 })
    const { body, text } = await alice.get('/category/')
    expect([body.count, body.results.length, body.next, body.previous]).toEqual([10_000, 10_000, null, null])
    expect(new Set(body.results.map(({ id }: Flags) => id)).size).toBe(10_000)
    expect(body.results.at(-1)).toMatchObject({ name: 'The last', followed: false })
    expect(text.length).toBeLessThan(10_000_000)
    const rest = await alice.get('/category/?limit=7&offset=9990')
    expect([rest.body.results.length, new URL(rest.body.next).searchParams.get('limit')]).toEqual([7, '7'])
    expect((await alice.get(rest.body.next)).body).toMatchObject({
      next: null,
      results: [{}, {}, { name: 'The last' }],
    })
  })

  test('page through long names, too', async () => {
    for (const name of ['🦆'.repeat(49), `${'🦆'.repeat(49)}b`, '"'.repeat(100)]) await add(name)
    expect((await walk(alice, '/category/?limit=1')).results).toHaveLength(3)
    expect((await walk(alice, '/category/?limit=1&search=🦆')).results).toHaveLength(2)
  })

  test('are found by name and synonyms, exactly that name first', async () => {
    await add({ name: 'Fake news', order: -5 })
    await add({ name: 'Politics', name_synonyms: 'NEWS, power' })
    await add({ name: 'News', order: 7 })
    await add('100%')
    for (const list of ['/category/', '/category/search/']) {
      expect(names(await alice.get(`${list}?search=news`)), list).toEqual(['News', 'Fake news', 'Politics'])
      expect(names(await alice.get(`${list}?search=%25`)), list).toEqual(['100%'])
      expect((await alice.get(`${list}?search=nothing`)).body.count, list).toBe(0)
    }
    expect((await walk(alice, '/category/?search=news&limit=1')).results).toHaveLength(3)
  })

  test('show inactive ones to staff only, and by id to everybody', async () => {
    const off = await add({ name: 'Off', active: false })
    await add('On')
    const all = async (who: Person, query = '') => names(await who.get(`/category/${query}`))
    expect(await all(alice)).toEqual(['On'])
    expect(await all(alice, '?active=false')).toEqual(['On'])
    expect(await all(admin)).toEqual(['Off', 'On'])
    expect(await all(admin, '?active=true')).toEqual(['On'])
    expect(await all(admin, '?active=false')).toEqual(['Off'])
    expect((await get(off)).active).toBe(false)
  })

  test('leave out where one cannot publish', async () => {
    await add({ name: 'Announcements', content_only_staff: true })
    await add('Talk')
    const publishable = async (who: Person) => names(await who.get('/category/?can_create_content=true'))
    expect(await publishable(alice)).toEqual(['Talk'])
    expect(await publishable(admin)).toEqual(['Announcements', 'Talk'])
    expect(names(await alice.get('/category/'))).toEqual(['Announcements', 'Talk'])
    const closed = async (who: Person) => names(await who.get('/category/?can_create_content=false'))
    expect(await closed(alice)).toEqual(['Announcements'])
    expect(await closed(admin)).toEqual([])
    expect(await closed(world.visitor)).toEqual(['Announcements'])
    await world.set({ post_with_categories_only_staff_enabled: true })
    expect([await publishable(alice), await closed(alice)]).toEqual([[], ['Announcements', 'Talk']])
    expect([await publishable(admin), await closed(admin)]).toEqual([['Announcements', 'Talk'], []])
    await add({ name: 'Asleep', active: false })
    expect(await closed(admin)).toEqual(['Asleep'])
    await world.set({ post_with_categories_only_staff_enabled: false })
  })

  test('are for visitors only where the community shows itself to them', async () => {
    const news = await add('News')
    const paths = ['/category/', '/category/search/', '/category/popular/']
    const more = ['', 'audience/', 'children/', 'parents/', 'followers/trending/'].map((rest) => path(news, rest))
    for (const each of [...paths, ...more]) expect((await world.visitor.get(each)).status, each).toBe(200)
    expect((await world.visitor.get(path(news))).body.followed).toBe(false)
    await world.set({ content_availability: false })
    for (const each of [...paths, ...more]) {
      expect((await world.visitor.get(each)).status, each).toBe(401)
      expect((await alice.get(each)).status, each).toBe(200)
    }
    await world.set({ content_availability: true })
  })
})
