import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, type Person, type World } from '../support/world.ts'

let world: World
let alice: Person
let n = 0

beforeAll(async () => {
  world = await createWorld()
  alice = world.alice
})
afterAll(() => world.end())

/** What is named, each with how it is written and what it is called then. */
const named: [
  what: string,
  field: string,
  write: (text: string) => Promise<{ status: number; body: never; name: string }>,
][] = [
  [
    'a member',
    'real_name',
    async (text) => {
      const { status, body } = await alice.patch('/user/me/', { real_name: text })
      return { status, body: body as never, name: body.real_name }
    },
  ],
  [
    'a title',
    'title',
    async (text) => {
      const { status, body } = await alice.post('/discussion/', { title: text, text: `No. ${n++}` })
      return { status, body: body as never, name: body.title }
    },
  ],
  [
    'a category',
    'name',
    async (text) => {
      const { status, body } = await world.admin.post('/category/', { name: text, slug: `slug-${n++}` })
      return { status, body: body as never, name: body.name }
    },
  ],
]

describe.each(named)('%s', (_, field, write) => {
  test.each([
    ['a zero width space', '\u200b', 'blank'],
    ['Braille and Hangul fillers', '\u2800\u3164', 'blank'],
    ['a soft hyphen', '\u00ad', 'blank'],
    ['joiners and selectors', '\u200d\ufe0f', 'blank'],
    ['a control character', 'a\u0007b', 'invalid'],
    ['a line break', 'one\ntwo', 'invalid'],
    ['another kind of line break', 'one\u2028two', 'invalid'],
    ['an override of direction', 'invoice\u202egpj.exe', 'invalid'],
    ['an isolate of direction', 'a\u2066b', 'invalid'],
    ['hidden letters', `a${String.fromCodePoint(0xe0041)}`, 'invalid'],
    ['a tower of marks', `a${'\u0316'.repeat(3_000)}`, 'max_length'],
  ])('of %s is refused', async (_what, text, code) => {
    const { status, body } = await write(text)
    const { errors } = body as { errors: { field: string; messages: { code: string; message: string }[] }[] }
    expect([status, errors[0]?.field, errors[0]?.messages[0]?.code]).toEqual([400, field, code])
    expect(errors[0]?.messages[0]?.message).toMatch(/^[A-Z].*\.$/)
  })

  test.each([
    ['emoji joined to one', '👩‍👩‍👧‍👦 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 👍🏽'],
    ['Persian, with its joiner', 'می‌خواهم'],
    ['Sinhala, with its joiner', 'ශ්‍රී'],
    ['Hebrew beside Latin', 'שלום and hello'],
    ['points and accents', 'שָׁלוֹם é e\u0301'],
  ])('of %s stays as it is', async (_what, text) => {
    expect(await write(text)).toMatchObject({ status: expect.toSatisfy((s: number) => s < 300), name: text })
  })

  test('is taken without what surrounds it and is not seen', async () => {
    expect((await write(' \u00a0\u200bDogs and  cats ❤️\u3000\ufeff ')).name).toBe('Dogs and  cats ❤️')
  })
})

test('characters are counted as a person counts them', async () => {
  const rename = async (real_name: string) => (await alice.patch('/user/me/', { real_name })).status
  expect(await rename('é'.normalize('NFD').repeat(255))).toBe(200)
  expect(await rename('é'.normalize('NFD').repeat(256))).toBe(400)
  expect(await rename('क्षि'.repeat(200))).toBe(200)
  expect(await rename('👩‍👩‍👧‍👦'.repeat(100))).toBe(200)
  expect(await rename('👩‍👩‍👧‍👦'.repeat(255))).toBe(400)
  const category = (name: string) => world.admin.post('/category/', { name })
  expect((await category('👍🏽'.repeat(100))).status).toBe(201)
  expect((await category('👍🏽'.repeat(101))).status).toBe(400)
})

test('a text of nothing that is seen is no text', async () => {
  for (const text of ['\u200b', '<p>\u2800\u3164</p>', '\u00ad'])
    expect((await alice.post('/status/', { text })).status, JSON.stringify(text)).toBe(400)
})

test('other lines, of profiles, categories, places and options, are held to the same', async () => {
  for (const field of ['location', 'description'])
    expect((await alice.patch('/user/me/', { [field]: 'a\u202eb' })).status, field).toBe(400)
  for (const field of ['slogan', 'seo_title', 'name_synonyms'])
    expect((await world.admin.post('/category/', { name: 'A', [field]: 'a\nb' })).status, field).toBe(400)
  await world.set({ post_geolocation_enabled: true })
  const location = { location: 'a\u2066b', lat: 1, lng: 2 }
  expect((await alice.post('/status/', { text: 'Here', location })).status).toBe(400)
  expect((await world.admin.patch('/dynamic_preference/', { application_name: 'a\u202eb' })).status).toBe(400)
})
