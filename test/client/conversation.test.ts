import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

const sdk = createRequire(import.meta.url)(
  '@selfcommunity/api-services',
) as typeof import('@selfcommunity/api-services')
const { http, CommentService, FeedObjectService, FeedService, LocalityService } = sdk
const { ReactionService, TagService } = sdk

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.set({ polls_enabled: true, scheduled_posts_enabled: true })
  http.setBasePortal(world.url)
})
afterAll(() => world.end())

/** The types of the client name less than it sends, and than it is answered. */
// biome-ignore lint/suspicious/noExplicitAny: see above
const loose = (given: unknown): any => given
const ids = (page: { results: unknown[] }) => page.results.map((each) => loose(each).id)
const as = (person: Person) => http.setAuthorizeToken(person.token)
const post = loose('post')

test('the official client makes tags, changes and finds them, and gives them to members and categories', async () => {
  const { admin, alice, bob } = world
  as(admin)
  const made = loose(await TagService.createTag(loose({ type: 'user', name: 'Guide', color: '#1F5f5b' })))
  expect(made).toMatchObject({ type: 'user', name: 'Guide', color: '#1F5f5b', visible: true, active: true })
  expect(await TagService.getSpecificTag(made.id)).toEqual(made)
  const whole = { type: 'user', name: 'Guides', color: '#1F5f5b', description: 'Know much' }
  expect(await TagService.updateTag(made.id, loose(whole))).toMatchObject(whole)
  expect(await TagService.patchTag(made.id, loose({ color: '#000000' }))).toMatchObject({ ...whole, color: '#000000' })
  expect(ids(await TagService.getAllTags(loose({ type: 'user', ordering: '-name' })))).toEqual([made.id])
  await world.told()
  await TagService.assignATag(made.id, alice.id)
  expect(await world.told()).toMatchObject([{ type: 'user.updated', data: { id: alice.id, tags: [{ id: made.id }] } }])
  const category = (await ok(admin.post('/category/', { name: 'Walks' }))).body
  const ofCategories = loose(await TagService.createTag(loose({ type: 'category', name: 'Outdoors' })))
  await TagService.assignATag(ofCategories.id, undefined, category.id)
  expect((await bob.get(`/category/${category.id}/`)).body.tags).toMatchObject([{ name: 'Outdoors' }])
  as(bob)
  expect(ids(await TagService.searchUserTags(loose({ search: 'gui' })))).toEqual([made.id])
  expect(loose(await sdk.UserService.getSpecificUser(alice.id)).tags).toMatchObject([{ name: 'Guides' }])
  await expect(TagService.createTag(loose({ type: 'user', name: 'x' }))).rejects.toMatchObject({ status: 403 })
})

test('it addresses what it publishes by a tag, which whoever has none does not find', async () => {
  const { admin, alice, bob } = world
  as(admin)
  const { id } = loose(await TagService.createTag(loose({ type: 'user', name: 'Members of the choir' })))
  await TagService.assignATag(id, alice.id)
  as(alice)
  expect(await sdk.UserService.userTagToAddressContribution()).toMatchObject([{ name: 'Guides' }, { id }])
  const sent = loose({ text: 'Sing', title: '', addressing: [id], recipients: [] })
  const made = loose(await FeedObjectService.createFeedObject(post, sent))
  expect(made.addressing).toMatchObject([{ id, name: 'Members of the choir', color: '#dddddd' }])
  const finds = async () => ids(await FeedObjectService.getAllFeedObjects(post)).includes(made.id)
  expect(await finds()).toBe(true)
  as(bob)
  expect(await finds()).toBe(false)
  await expect(FeedObjectService.getSpecificFeedObject(post, made.id)).rejects.toMatchObject({ status: 404 })
  expect(loose(await FeedService.getExploreFeed()).results).toEqual([])
  as(alice)
  await FeedObjectService.deleteFeedObject(post, made.id)
})

test('it keeps drafts, publishes them, and one that is to be published later', async () => {
  as(world.alice)
  const draft = loose(await FeedObjectService.createFeedObject(post, loose({ text: 'Half', draft: true })))
  const at = new Date(Date.now() + 86_400_000).toISOString()
  const later = loose(await FeedObjectService.createFeedObject(post, loose({ text: 'Later', scheduled_at: at })))
  expect([draft.draft, later.draft]).toEqual([true, false])
  expect(ids(await FeedObjectService.feedObjectDraftedList(post))).toEqual([draft.id])
  expect(ids(await FeedObjectService.feedObjectScheduledList(post))).toEqual([later.id])
  expect(await FeedObjectService.publishFeedObject(post, draft.id)).toMatchObject({ id: draft.id, draft: false })
  expect(ids(await FeedObjectService.feedObjectDraftedList(post))).toEqual([])
  as(world.bob)
  expect(ids(await FeedObjectService.getAllFeedObjects(post))).toEqual([draft.id])
})

test('it votes in polls, and reads the votes', async () => {
  const poll = { title: 'Hot?', choices: [{ choice: 'Yes' }, { choice: 'No' }] }
  const { body } = await ok(world.alice.post('/post/', { text: 'Tea', poll }))
  const [yes, no] = ids({ results: body.poll.choices })
  as(world.bob)
  for (const choice of [yes, no]) expect(await FeedObjectService.feedObjectPollVote(post, body.id, choice)).toBe('')
  const { count, results } = await FeedObjectService.feedObjectPollVotesList(post, body.id, loose({ choice: no }))
  expect([count, results]).toMatchObject([1, [{ choice: no, user: { id: world.bob.id } }]])
  expect(loose(await FeedObjectService.feedObjectPollVotesList(post, body.id, loose({ choice: yes }))).count).toBe(0)
})

test('it writes a comment anew, votes for it, flags it, deletes and restores it', async () => {
  const { alice, bob, admin } = world
  const { body } = await ok(alice.post('/post/', { text: 'Tea' }))
  as(alice)
  const { id } = loose(await CommentService.createComment(loose({ post: body.id, text: 'With milk' })))
  expect(await CommentService.updateComment(id, 'With lemon')).toMatchObject({ id, html: '<p>With lemon</p>' })
  as(bob)
  expect(await CommentService.getASpecificComment(id)).toMatchObject({ id, html: '<p>With lemon</p>', vote_count: 0 })
  expect(await CommentService.upvoteComment(id)).toBe('')
  expect(await CommentService.getSpecificCommentVotesList(id)).toMatchObject({
    ...{ count: 1, results: [{ user: { id: bob.id } }] },
  })
  expect(await CommentService.getSpecificCommentFlagStatus(id)).toEqual({})
  expect(await CommentService.flagComment(id, loose(1))).toBe('')
  expect(await CommentService.getSpecificCommentFlagStatus(id)).toMatchObject({ flag_type: 1 })
  as(admin)
  expect(await CommentService.getSpecificCommentFlags(id)).toMatchObject({ count: 1, results: [{ flag_type: 1 }] })
  as(alice)
  expect(await CommentService.deleteComment(id)).toBe('')
  expect(await CommentService.getASpecificComment(id)).toMatchObject({ deleted: true })
  expect(await CommentService.restoreComment(id)).toBe('')
  expect(await CommentService.getASpecificComment(id)).toMatchObject({ deleted: false })
})

test('it reads what is like others, reactions and places', async () => {
  const [dora, erin] = await world.strangers()
  const { body: birds } = await ok(world.admin.post('/category/', { name: 'Birds' }))
  const [one, two] = [
    (await ok(dora.post('/post/', { text: 'Owl', categories: [birds.id] }))).body,
    (await ok(erin.post('/post/', { text: 'Wren', categories: [birds.id] }))).body,
  ]
  as(dora)
  const alike = await FeedService.likeFeedObjs([one.id])
  expect(ids({ results: alike.results.map((unit) => loose(unit).post) })).toEqual([two.id])
  const reactions = await ReactionService.getAllReactions()
  const [first] = reactions.results
  expect(await ReactionService.getSpecificReaction(loose(first).id)).toEqual(first)
  expect(await LocalityService.getLocalities()).toMatchObject({ results: [] })
})

/** What the client has and no scenario calls, and why. */
const uncalled = {
  followFeedObject: 'It leaves the kind out of the address: its widgets build it themselves.',
  feedObjectFlagList: 'It has the address of flagging.',
}

test('whatever else it has for a conversation, there is a scenario for', () => {
  const tests = join(import.meta.dirname, '..')
  const written = readdirSync(tests, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('official-client.test.ts') || name.endsWith('conversation.test.ts'))
    .map((name) => readFileSync(join(tests, name), 'utf8').replace(/const uncalled = \{.*?\n\}/s, ''))
    .join('\n')
  const { CommentService, EmbedService, FeedObjectService, FeedService, LocalityService, MediaService } = sdk
  const services = [
    ...[CommentService, EmbedService, FeedObjectService, FeedService, LocalityService, MediaService],
    ...[ReactionService, TagService],
  ]
  const offered = services.flatMap((each) =>
    Object.getOwnPropertyNames(each).filter((name) => typeof loose(each)[name] === 'function'),
  )
  expect(offered.length).toBeGreaterThan(60)
  const missing = offered.filter((name) => !new RegExp(`[.']${name}\\b`).test(written))
  expect(missing.sort()).toEqual(Object.keys(uncalled).sort())
})
