import { ok } from '../support/ok.ts'
import type { World } from '../support/world.ts'

/** Does what moderators do; its events are those of what they deal with. */
export async function doEverything(world: World): Promise<void> {
  const { admin } = world
  const [alice, bob] = await world.strangers()
  const { body: post } = await ok(alice.post('/post/', { text: 'Buy tea' }))
  await ok(bob.post(`/post/${post.id}/flag/`, { flag_type: 0 }))
  const deal = { contribution_type: 'post', moderation_type: 0 }
  for (const action of ['hide', 'hide', 'delete', 'delete'])
    await ok(admin.patch(`/moderation/contribution/${post.id}/`, { ...deal, action }))
  await ok(admin.patch(`/moderation/user/${alice.id}/`, { status: 'b', days_blocked: 3 }))
  await ok(admin.patch(`/moderation/user/${alice.id}/`, { status: 'a' }))
}
