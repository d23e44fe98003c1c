import { createRequire } from 'node:module'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type Person, type World } from '../support/world.ts'

const { http, NotificationService, UserService } = createRequire(import.meta.url)(
  '@selfcommunity/api-services',
) as typeof import('@selfcommunity/api-services')

let world: World
beforeAll(async () => {
  world = await createWorld()
  http.setBasePortal(world.url)
})
afterAll(() => world.end())

const as = (person: Person) => http.setAuthorizeToken(person.token)
const counted = async () => {
  const me = (await UserService.getCurrentUser()) as unknown as Record<string, number>
  return [me.unseen_interactions_counter, me.unseen_notification_banners_counter]
}

test('the official client lists, counts and reads notifications and banners, and has a member say something', async () => {
  const { admin, alice, bob } = world
  const { body: post } = await alice.post('/post/', { text: 'Tea?' })
  for (const act of ['vote', 'follow']) await bob.post(`/post/${post.id}/${act}/`)
  await admin.post('/notification/banner/', { title: 'Tea', body_text: 'At five.' })

  as(alice)
  expect(await counted()).toEqual([2, 1])
  expect(await NotificationService.getUnseenNotification()).toEqual({ count: 2 })
  const { results, next } = await NotificationService.listUserNotification({ params: { limit: 10, offset: 0 } })
  expect(next).toBeNull()
  expect(results).toMatchObject([
    {
      is_new: true,
      post: { id: post.id },
      aggregated: [
        { type: 'follow', is_new: true },
        { type: 'vote_up', is_new: true },
      ],
    },
  ])
  expect(await NotificationService.getUnseenNotification()).toEqual({ count: 0 })

  as(admin)
  const says = { type: 'wish', title: 'A kettle', description: null, user: alice.id, recipients_type: 'user' }
  expect(await NotificationService.createCustomNotification(says as never)).toBe('')
  as(alice)
  expect(await counted()).toEqual([1, 1])
  const [newest] = (await NotificationService.listUserNotification()).results
  expect(await NotificationService.markReadNotification([newest?.sid as string])).toBe('')

  const [banner] = (await NotificationService.listBroadcastMessages()).results
  const ids = [banner?.id as number]
  expect(await NotificationService.listBroadcastMessagesUnseenCount()).toEqual({ count: 1 })
  expect(await NotificationService.markReadBroadcastMessages(ids)).toBe('')
  expect(await NotificationService.listBroadcastMessagesUnseenCount()).toEqual({ count: 0 })
  expect(await NotificationService.listBroadcastMessagesUndisposedCount()).toEqual({ count: 1 })
  expect(await NotificationService.disposeBroadcastMessages(ids)).toBe('')
  expect(await NotificationService.listBroadcastMessagesUndisposedCount()).toEqual({ count: 0 })
})
