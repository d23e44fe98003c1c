import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Event, verify } from '../../packages/verify/src/index.ts'
import { type Delivering, deliver } from '../support/delivery.ts'
import { type Inbox, openInbox } from '../support/inbox.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

const { http, FeedObjectService } = createRequire(import.meta.url)(
  '@selfcommunity/api-services',
) as typeof import('@selfcommunity/api-services')

let world: World
let engine: Delivering
let inbox: Inbox
const heard: Event[] = []

const kinds = ['status', 'post', 'discussion'] as const
const ofItself = ['created', 'updated', 'deleted', 'restored']
const ofOthers = ['follow', 'unfollow', 'suspend', 'unsuspend']

beforeAll(async () => {
  world = await createWorld()
  http.setBasePortal(world.url)
  engine = await deliver(world)
  let secret = ''
  inbox = await openInbox((request, response, body) => {
    heard.push(verify(body, request.headers['selfcommunity-signature'], secret))
    response.writeHead(204).end()
  })
  const events = kinds.flatMap((kind) => [...ofItself, ...ofOthers].map((what) => ({ type: `${kind}.${what}` })))
  const { body } = await world.admin.post('/webhook/endpoint/', { target: inbox.url, events })
  secret = (await world.admin.post(`/webhook/endpoint/${body.id}/secret/reveal/`)).body.signing_secret
})
afterAll(async () => {
  await engine.stop()
  await inbox.close()
  await world.end()
})

const as = (person: Person) => http.setAuthorizeToken(person.token)

// The fields of the event documentation.
const counters = `followings_counter followers_counter connection_requests_sent_counter
  connection_requests_received_counter connections_counter`
const author = `id username real_name date_joined bio location location_lat_lng position_lat_lng date_of_birth description
  gender website avatar cover ext_id tags reputation ${counters} posts_counter discussions_counter statuses_counter
  polls_counter`
const user = `${author} email email_isvalid status`
const common = `id categories medias location last_activity_at last_edited_at author added_at html summary deleted collapsed
  comment_count vote_count flag_count share_count addressing tags`
const more = { status: '', post: 'poll', discussion: 'poll title slug view_count follower_count' }
const within = { ...more, status: 'poll' }
const words = (text: string) => text.split(/\s+/).filter(Boolean).sort()
const fieldsOf = (thing: unknown) => Object.keys(thing as object).sort()

describe.each(kinds)('with the official client, a %s', (kind) => {
  test('is created, edited, followed, suspended, voted for, deleted and restored, and every change is heard', async () => {
    const { alice, bob } = world
    heard.length = 0
    as(alice)
    const content = { text: '<p>Hello</p>', ...(kind === 'discussion' && { title: 'A greeting' }) } as never
    const made = (await FeedObjectService.createFeedObject(kind as never, content)) as { id: number; html: string }
    expect(made).toMatchObject({ html: '<p>Hello</p>', author: { username: 'alice' } })
    const edited = { ...(content as object), text: '<p>Hello, all</p>' } as never
    expect(await FeedObjectService.updateFeedObject(kind as never, made.id, edited)).toMatchObject({
      html: '<p>Hello, all</p>',
    })

    as(bob)
    expect(await FeedObjectService.feedObjectFlagStatus(kind as never, made.id)).toEqual({})
    for (const list of ['feedObjectContributorsList', 'feedObjectSharesList', 'feedObjectUserSharesList'] as const)
      expect(await FeedObjectService[list](kind as never, made.id)).toMatchObject({ count: 0, results: [] })
    // The client's own follow leaves the kind out of the address; its widgets build it as here.
    await http.request({ url: `/api/v2/${kind}/${made.id}/follow/`, method: 'POST' })
    expect(await FeedObjectService.checkIfFollowingFeedObject(kind as never, made.id)).toEqual({ following: true })
    expect(await FeedObjectService.feedObjectFollowingList(kind as never)).toMatchObject({ count: 1 })
    await http.request({ url: `/api/v2/${kind}/${made.id}/follow/`, method: 'POST' })
    expect(await FeedObjectService.suspendFeedObject(kind as never, made.id)).toBe('')
    expect(await FeedObjectService.checkIfSuspendedFeedObject(kind as never, made.id)).toEqual({ suspended: true })
    expect(await FeedObjectService.feedObjectSuspendedList(kind as never)).toMatchObject({ count: 1 })
    expect(await FeedObjectService.suspendFeedObject(kind as never, made.id)).toBe('')
    expect(await FeedObjectService.voteFeedObject(kind as never, made.id)).toBe('')
    expect(await FeedObjectService.feedObjectVotes(kind as never, made.id)).toMatchObject({ count: 1 })
    expect(await FeedObjectService.flagFeedObject(kind as never, made.id, 3 as never)).toBe('')
    expect(await FeedObjectService.feedObjectFlagStatus(kind as never, made.id)).toMatchObject({ flag_type: 3 })
    expect(await FeedObjectService.hideFeedObject(kind as never, made.id)).toBe('')
    expect(await FeedObjectService.feedObjectHideStatus(kind as never, made.id)).toEqual({ hidden: true })
    expect(await FeedObjectService.hideFeedObject(kind as never, made.id)).toBe('')
    as(world.admin)
    // The client has the address of flagging for this one: widgets of moderators ask as here.
    const flags = await http.request({ url: `/api/v2/${kind}/${made.id}/flag/`, method: 'GET' })
    expect(flags.data).toMatchObject({ count: 1, results: [{ flag_type: 3, user: { username: 'bob' } }] })
    as(bob)
    expect(await FeedObjectService.getAllFeedObjects(kind as never)).toMatchObject({ results: [{ id: made.id }] })
    expect(await FeedObjectService.getUncommentedFeedObjects(kind as never)).toMatchObject({ count: 1 })
    expect(await FeedObjectService.searchFeedObject(kind as never, { search: 'hell' })).toMatchObject({ count: 1 })
    expect(await FeedObjectService.relatedFeedObjects(kind as never, made.id)).toMatchObject({ count: 0 })

    as(alice)
    expect(await FeedObjectService.deleteFeedObject(kind as never, made.id)).toBe('')
    expect(await FeedObjectService.getSpecificFeedObject(kind as never, made.id)).toMatchObject({ deleted: true })
    expect(await FeedObjectService.restoreFeedObject(kind as never, made.id)).toBe('')

    await expect.poll(() => heard.length).toBe(8)
    expect(heard.map(({ type }) => type)).toEqual(
      ['created', 'updated', ...ofOthers, 'deleted', 'restored'].map((what) => `${kind}.${what}`),
    )
    for (const { type, data } of heard as unknown as { type: string; data: Record<string, { author: object }> }[]) {
      const what = type.split('.')[1] as string
      if (ofItself.includes(what)) {
        expect(fieldsOf(data), type).toEqual(words(`${common} ${more[kind]}`))
        expect(fieldsOf(data.author), type).toEqual(words(author))
      } else {
        expect(fieldsOf(data), type).toEqual(words(`added_at user ${kind}`))
        expect(fieldsOf(data.user), type).toEqual(words(user))
        expect(fieldsOf(data[kind]), type).toEqual(words(`${common} ${within[kind]}`))
        expect(fieldsOf(data[kind]?.author), type).toEqual(words(author))
      }
    }
  })
})
