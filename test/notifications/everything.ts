import { ok } from '../support/ok.ts'
import type { World } from '../support/world.ts'

/** Does all that this slice, and what others tell of, has an event for. */
export async function doEverything(world: World): Promise<void> {
  const { admin } = world
  await world.set({ new_contribution_notification_enabled: true, private_messages_enabled: true })
  const [alice, bob, carla] = await world.strangers()
  await ok(alice.post(`/user/${bob.id}/connection/request/`))
  await ok(bob.post(`/user/${alice.id}/connection/accept/`))
  const text = `<p>Tea, <mention id="${carla.id}">@carla</mention>?</p>`
  const { body: post } = await ok(alice.post('/post/', { text }))
  const { body: comment } = await ok(bob.post('/comment/', { post: post.id, text: 'Yes' }))
  await ok(carla.post('/comment/', { post: post.id, parent: comment.id, text: 'No' }))
  for (const act of ['vote', 'follow']) await ok(bob.post(`/post/${post.id}/${act}/`))
  await ok(alice.post('/pm/', { recipients: [bob.id], message: 'Tea?' }))
  const says = { type: 'wish', title: 'A kettle', description: null, user: alice.id }
  await ok(admin.post('/notification/notify/', says))
  await ok(admin.post('/notification/banner/', { title: 'Tea', body_text: 'At five.' }))
  await world.set({ follow_enabled: true })
  await ok(carla.post(`/user/${alice.id}/follow/`))
  await world.set({ follow_enabled: false })
  await world.set({ new_contribution_notification_enabled: false, private_messages_enabled: false })
}
