import { ok } from '../support/ok.ts'
import type { World } from '../support/world.ts'

/** Does all that this slice has an event for. */
export async function doEverything(world: World): Promise<void> {
  const { admin } = world
  const [alice, bob] = await world.strangers()
  const { body: post } = await ok(alice.post('/post/', { text: 'Buy tea' }))
  await ok(bob.post(`/post/${post.id}/flag/`, { flag_type: 0 }))
  for (const moderation_type of [0, 1, 2, 3, 4])
    for (const action of ['scold_author', 'hide', 'hide', 'delete', 'delete'])
      await ok(
        admin.patch(`/moderation/contribution/${post.id}/`, { contribution_type: 'post', action, moderation_type }),
      )
  await ok(admin.patch(`/moderation/user/${alice.id}/`, { status: 'b', days_blocked: 3 }))
  await ok(admin.patch(`/moderation/user/${alice.id}/`, { status: 'a' }))
}
