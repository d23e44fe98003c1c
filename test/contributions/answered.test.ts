import { afterAll, beforeAll, expect, test } from 'vitest'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type World } from '../support/world.ts'
import { kinds } from './model.ts'

// What is published is answered by the statement that writes it; what is read afterwards is read by another.

let world: World
let authors: Person[]
let above: number
let within: number
let closed: number
let gone: number
let tag: number

beforeAll(async () => {
  world = await createWorld()
  const { admin } = world
  await world.set({ polls_enabled: true, post_geolocation_enabled: true, scheduled_posts_enabled: true })
  const make = async (name: string, more: object = {}): Promise<number> =>
    (await ok(admin.post('/category/', { name, active: true, ...more }))).body.id
  above = await make('Drinks')
  within = await make('شاي', { parents: [above] })
  closed = await make('Staff', { content_only_staff: true })
  gone = await make('Gone')
  await ok(admin.delete(`/category/${gone}/`))
  tag = (await ok(admin.post('/tag/', { type: 'user', name: 'Circle' }))).body.id
  authors = await Promise.all(Array.from({ length: 6 }, (_, i) => world.join(`writer${i}`)))
  for (const { id } of authors.slice(0, 4)) await ok(admin.post(`/tag/${tag}/add/`, { user: id }))
  await ok((authors[0] as Person).post(`/category/${within}/follow/`))
  await world.told()
})
afterAll(() => world.end())

const mention = ({ id, username }: Person) => `<mention id="${id}" ext-id="null">@${username}</mention>`
const later = () => new Date(world.kith.clock.now().getTime() + 3_600_000).toISOString()
const poll = { title: 'Which?', choices: [{ choice: 'Tea' }, { choice: 'קפה' }] }

/** Whatever changes what is shown of something that was just published. */
const forms: [string, () => object][] = [
  ['a short text', () => ({})],
  ['a long text', () => ({ text: `<p>${'A cup of tea & "scones" 🫖 '.repeat(40)}</p>` })],
  ['a mention', () => ({ text: `<p>Tea, ${mention(authors[5] as Person)}?</p>` })],
  ['categories', () => ({ categories: [within, above, within] })],
  ['a place', () => ({ location: { location: 'Oxford', lat: 51.75, lng: -1.25 } })],
  ['a circle', () => ({ addressing: [tag] })],
  ['no time yet', () => ({ draft: true, categories: [within] })],
  ['a time to come', () => ({ scheduled_at: later() })],
]

test.each(kinds.flatMap((kind) => forms.map(([name, form]) => [kind, name, form] as const)))(
  'a %s with %s is answered as it is read afterwards, alone and among others',
  async (kind, _, form) => {
    const publish = (who: Person) =>
      who.post(`/${kind}/`, {
        ...{ text: `<p>${who.username} says hello</p>`, ...form() },
        ...(kind === 'discussion' && { title: `${who.username} on tea` }),
      })
    const alone = await ok(publish(authors[0] as Person))
    const together = await Promise.all(authors.slice(0, 4).map((who) => ok(publish(who))))
    for (const { body } of [alone, ...together]) {
      const who = authors.find(({ id }) => id === body.author.id) as Person
      const [read, { body: author }] = [
        await who.get(`/${kind}/${body.id}/`),
        await who.get(`/user/${body.author.id}/`),
      ]
      // What the author publishes later counts for them.
      expect({ ...read.body, author: null }).toEqual({ ...body, author: null })
      expect(Object.keys(read.body.author)).toEqual(Object.keys(body.author))
      expect(body.author.username).toBe(author.username)
    }
    await world.told()
  },
)

test.each(['post', 'discussion'])('a %s with a poll is answered as it is read afterwards', async (kind) => {
  const [alice] = authors as [Person]
  const { body, text } = await ok(alice.post(`/${kind}/`, { text: 'Vote', title: 'Vote', poll }))
  expect(body.poll.choices).toHaveLength(2)
  expect((await alice.get(`/${kind}/${body.id}/`)).text).toBe(text)
  await world.told()
})

test('of categories, those that are named come in their order, each before those above it, and each once', async () => {
  const [alice] = authors as [Person]
  const placed = async (categories: number[]) =>
    (await ok(alice.post('/post/', { text: 'Tea', categories }))).body.categories.map(({ id }: { id: number }) => id)
  const last = (await ok(world.admin.post('/category/', { name: 'Cups', active: true }))).body.id
  expect(await placed([within])).toEqual([within, above])
  expect(await placed([last, within])).toEqual([last, within, above])
  expect(await placed([above, within, above])).toEqual([above, within])
  const { body } = await ok(alice.post('/post/', { text: 'Tea', categories: [last] }))
  const changed = await ok(alice.put(`/post/${body.id}/`, { text: 'Tea', categories: [within, last] }))
  expect(changed.body.categories.map(({ id }: { id: number }) => id)).toEqual([within, above, last])
  await world.told()
})

test('a category that is not there or only for the staff is refused by its id, with all else that is wrong', async () => {
  const [alice] = authors as [Person]
  const refused = async (sent: object) => {
    const { status, body } = await alice.post('/post/', { text: 'Tea', ...sent })
    expect(status).toBe(400)
    return body.errors.map(({ field, messages }: { field: string; messages: { code: string; message: string }[] }) => [
      field,
      ...messages.map(({ code, message }) => `${code}: ${message}`),
    ])
  }
  const closedFault = ['categories', `only_staff: Only the staff may publish in category ${closed}.`]
  expect(await refused({ categories: [above, closed] })).toEqual([closedFault])
  expect(await refused({ categories: [closed, 999_999] })).toEqual([
    ['categories', 'unknown: There is no category 999999.'],
  ])
  expect(await refused({ categories: [gone] })).toEqual([['categories', `unknown: There is no category ${gone}.`]])
  const both = await refused({ text: '', categories: [closed] })
  expect(both).toContainEqual(closedFault)
  expect(both.map(([field]: [string]) => field)).toEqual(['text', 'categories'])
  const { body } = await ok(alice.post('/post/', { text: 'Tea', draft: true }))
  const changed = await alice.put(`/post/${body.id}/`, { text: 'Tea', categories: [closed] })
  expect(changed.body.errors[0].messages[0].code).toBe('only_staff')
  expect((await ok(world.admin.post('/post/', { text: 'Tea', categories: [closed] }))).body.categories).toHaveLength(1)
  expect(await world.told()).toHaveLength(1)
})
