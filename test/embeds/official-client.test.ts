import { createRequire } from 'node:module'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ok } from '../support/ok.ts'
import { createWorld, type World } from '../support/world.ts'

const sdk = createRequire(import.meta.url)(
  '@selfcommunity/api-services',
) as typeof import('@selfcommunity/api-services')
const { http, CommentService, EmbedService, FeedObjectService, FeedService, LocalityService } = sdk
const { MediaService, ReactionService, SuggestionService } = sdk

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.set({ share_post_enabled: true, polls_enabled: true })
  http.setBasePortal(world.url)
  http.setAuthorizeToken(world.admin.token)
})
afterAll(() => world.end())

/** The types of the client name less than it sends, and than it is answered. */
// biome-ignore lint/suspicious/noExplicitAny: see above
const loose = (given: unknown): any => given
const ids = (page: { results: unknown[] }) => page.results.map((each) => loose(each).id)
const postsOf = (page: { results: unknown[] }) => page.results.map((unit) => loose(unit).post?.id)

test('the official client makes embeds, changes and finds them, and reads the feeds of what embeds them', async () => {
  const made = await EmbedService.createEmbed(loose({ embed_type: 'film', embed_id: 'm', metadata: { title: 'M' } }))
  expect(made).toMatchObject({ embed_type: 'film', embed_id: 'm', url: null, metadata: { title: 'M' } })
  const id = made.id as number
  expect(await EmbedService.getSpecificEmbed(id)).toEqual(made)
  expect(ids(await EmbedService.getAllEmbeds())).toEqual([id])
  expect(ids(await EmbedService.searchEmbed(loose({ embed_type: 'film', embed_id: 'm' })))).toEqual([id])
  const changed = { url: 'https://films.example/m', metadata: { year: 1931 } }
  expect(await EmbedService.updateASpecificEmbed(id, loose(changed))).toMatchObject(changed)
  expect(await EmbedService.patchASpecificEmbed(id, loose({ metadata: {} }))).toMatchObject({
    ...changed,
    metadata: {},
  })
  const media = await MediaService.createMedia(loose({ type: 'embed', embed: made }))
  const { body: post } = await ok(world.admin.post('/post/', { text: 'See', medias: [loose(media).id] }))
  expect(postsOf(await EmbedService.getSpecificEmbedFeed(id))).toEqual([post.id])
  expect(postsOf(await EmbedService.getEmbedFeed('film', 'm'))).toEqual([post.id])
})

test('it shares a post, comments on it, and reads who shared it, the feeds, and what is suggested', async () => {
  const type = loose('post')
  const text = { text: 'Tea', poll: { title: 'Hot?', choices: [{ choice: 'Yes' }, { choice: 'No' }] } }
  const { body: post } = await ok(world.bob.post('/post/', text))
  const { results } = await SuggestionService.getPollSuggestion()
  expect(ids({ results })).toEqual([post.id])
  const media = loose(await MediaService.createMedia(loose({ type: 'share', shared_object: post.id })))
  expect(media.embed.metadata).toEqual({ id: post.id, type: 'post' })
  const share = loose(await FeedObjectService.createFeedObject(type, loose({ text: '', medias: [media.id] })))
  expect(ids(await FeedObjectService.feedObjectSharesList(type, post.id))).toEqual([share.id])
  expect(ids(await FeedObjectService.feedObjectUserSharesList(type, post.id))).toEqual([world.admin.id])
  expect(loose(await FeedObjectService.getSpecificFeedObject(type, post.id)).share_count).toBe(1)
  const comment = loose(await CommentService.createComment(loose({ post: post.id, text: 'With milk' })))
  expect(ids(await CommentService.getAllComments(loose({ post: post.id })))).toEqual([comment.id])
  await FeedObjectService.voteFeedObject(type, post.id)
  expect(ids(await FeedObjectService.feedObjectContributorsList(type, post.id))).toEqual([world.admin.id])
  const feed = await FeedService.getExploreFeed()
  expect(postsOf(feed)).toEqual(expect.arrayContaining([share.id, post.id]))
  expect(loose(feed.results.find((unit) => loose(unit).post.id === post.id)).activities).toEqual([])
  expect(postsOf(await FeedService.getMainFeed())).toContain(share.id)
  expect(await FeedService.markReadASpecificFeedObj([share.id])).toBe('')
  expect(await FeedService.getMainFeedUnseenCount()).toMatchObject({ total: 0 })
  expect((await ReactionService.getAllReactionsList()).length).toBeGreaterThan(1)
  expect((await LocalityService.searchLocalities(loose({ search: 'Oxford' }))).results).toEqual([])
})
