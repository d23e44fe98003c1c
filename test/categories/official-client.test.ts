import { createRequire } from 'node:module'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createWorld, type Person, type World } from '../support/world.ts'

// The vendor's published client, as it is. Its ESM build cannot be imported by Node; its CommonJS build can.
const client = createRequire(import.meta.url)(
  '@selfcommunity/api-services',
) as typeof import('@selfcommunity/api-services')
const { http, CategoryService, UserService } = client

let world: World
let alice: Person
let bob: Person

/** The client keeps one session for the whole process. */
const as = (person: Person) => http.setAuthorizeToken(person.token)
const names = (page: { results: object[] }) => page.results.map((each) => (each as { name: string }).name)

beforeAll(async () => {
  world = await createWorld()
  http.setBasePortal(world.url)
})
afterAll(() => world.end())
beforeEach(async () => {
  ;[alice, bob] = await world.strangers()
})

describe('the official client', () => {
  test('makes, changes and deletes categories', async () => {
    as(world.admin)
    const made = await CategoryService.createCategory({ name: 'Gardens', slug: 'g4rd3n' } as never)
    expect(made).toMatchObject({ name: 'Gardens', slug: 'g4rd3n' })
    expect(await CategoryService.getSpecificCategory(made.id)).toEqual(made)
    const put = { name: made.name, slug: 'other' } as never
    expect(await CategoryService.updateASpecificCategory(made.id, put)).toMatchObject({
      name: 'Gardens',
      slug: 'other',
    })
    const patch = { slug: made.slug } as never
    expect(await CategoryService.patchASpecificCategory(made.id, patch)).toMatchObject({ slug: made.slug })
    // A form that shows a category sends it back whole.
    expect(await CategoryService.updateASpecificCategory(made.id, { ...made, order: 3 })).toMatchObject({ order: 3 })
    expect(await CategoryService.deleteASpecificCategory(made.id)).toBe('')
    await expect(CategoryService.patchASpecificCategory(made.id, patch)).rejects.toMatchObject({
      response: { status: 404 },
    })
    expect((await world.told()).map(({ type }) => type)).toEqual([
      'category.created',
      'category.updated',
      'category.updated',
      'category.updated',
      'category.deleted',
    ])
  })

  test('follows, and reads every list', async () => {
    as(world.admin)
    const birds = await CategoryService.createCategory({ name: 'Birds' } as never)
    await CategoryService.createCategory({ name: 'Bees' } as never)
    as(alice)
    expect(names(await CategoryService.getAllCategories({ active: true }))).toEqual(['Bees', 'Birds'])
    expect(names(await CategoryService.searchCategory({ search: 'Birds' } as never))).toEqual(['Birds'])
    expect(await CategoryService.followCategory(birds.id)).toBe('')
    expect(await CategoryService.checkCategoryIsFollowed(birds.id)).toEqual({ is_followed: true })
    expect(names(await CategoryService.getFollowedCategories())).toEqual(['Birds'])
    expect(names(await CategoryService.getPopularCategories({ limit: 1 }))).toEqual(['Birds'])
    expect(await CategoryService.getCategoryAudience(birds.id)).toEqual({
      category_audience: 1,
      connections_audience: 0,
    })
    expect((await CategoryService.getCategoryFollowers(birds.id)).results).toMatchObject([{ username: alice.username }])
    expect((await CategoryService.getCategoryTrendingFollowers(birds.id, { limit: 3 })).results).toMatchObject([
      { username: alice.username },
    ])
    as(bob)
    const followed = await UserService.getUserFollowedCategories(alice.id)
    expect(followed).toMatchObject([{ id: birds.id, followed: false }])
    expect(await UserService.getUserFollowedCategories(alice.id, 1)).toEqual([])
    expect(await UserService.getSpecificUser(alice.id)).toMatchObject({ categories_counter: 1 })
    as(alice)
    expect(await CategoryService.followCategory(birds.id)).toBe('')
    expect(await CategoryService.checkCategoryIsFollowed(birds.id)).toEqual({ is_followed: false })
  })

  test('reads all categories in one request, as its widgets do', async () => {
    as(world.admin)
    for (let n = 0; n < 25; n++) await CategoryService.createCategory({ name: `Topic ${n}` } as never)
    as(alice)
    // Widgets go on while there is a next page, and whatever its address is, the client asks for the first page.
    let asked = 0
    const fetchAll = async (url?: string): Promise<object[]> => {
      expect(++asked).toBeLessThan(5)
      const page = await CategoryService.getAllCategories({ active: true }, { url } as never)
      return page.next ? [...page.results, ...(await fetchAll(page.next))] : page.results
    }
    expect((await fetchAll()).length).toBeGreaterThanOrEqual(25)
    expect(asked).toBe(1)
  })

  test('reads the feeds of a category as its widgets do', async () => {
    as(world.admin)
    const owls = await CategoryService.createCategory({ name: 'Owls' } as never)
    for (const kind of ['status', 'post', 'discussion'])
      await alice.post(`/${kind}/`, { text: '<p>Tu-whit</p>', title: 'Tu-whoo', categories: [owls.id] })
    as(bob)
    // The client leaves `params` of the feed out of its own signature in some versions, and sends an empty query.
    const feed = await CategoryService.getCategoryFeed(owls.id)
    const trending = await CategoryService.getCategoryTrendingFeed(owls.id, { limit: 2 })
    expect([feed.count, feed.results.length, trending.count, trending.results.length]).toEqual([3, 3, 3, 2])
    expect(feed.results.map(({ type }) => type)).toEqual(['discussion', 'post', 'status'])
    expect(new URL(trending.next).searchParams.get('offset')).toBe('2')
    for (const unit of [...feed.results, ...trending.results]) {
      const shown = unit[unit.type]
      if (!shown) throw new Error(`There is nothing under ${unit.type}`)
      // What the widgets read without asking whether it is there.
      expect(shown).toMatchObject({
        id: expect.any(Number),
        type: unit.type,
        voted: false,
        summary_html: '<p>Tu-whit</p>',
      })
      for (const list of [shown.categories, shown.medias, shown.addressing]) expect(list).toBeInstanceOf(Array)
      expect(shown.author).toHaveProperty('connection_status', null)
      expect(shown.categories).toMatchObject([{ name: 'Owls' }])
      expect(unit.seen).toBe(false)
    }
  })
})
