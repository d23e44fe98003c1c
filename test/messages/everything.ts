import { ok } from '../support/ok.ts'
import type { World } from '../support/world.ts'

/** Does all that this slice does; it has no event: of what two write to each other nobody is told. */
export async function doEverything(world: World): Promise<void> {
  const { admin, alice } = world
  await world.set({ private_messages_enabled: true })
  const sent = await ok(admin.post('/pm/', { recipients: [alice.id], message: 'Tea?' }))
  await ok(admin.delete(`/pm/${sent.body[0].id}/`))
  await world.set({ private_messages_enabled: false })
}
