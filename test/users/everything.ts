import { ok } from '../support/ok.ts'
import type { World } from '../support/world.ts'

/** Does all that this slice has an event for. */
export async function doEverything(world: World): Promise<void> {
  const [alice] = await world.strangers()
  await ok(alice.patch('/user/me/', { bio: 'line\nbreak "quoted" 🐇', date_of_birth: '1852-05-04', gender: 'Female' }))
  await ok(alice.patch('/user/me/settings/', { qa_frequency: 1, connection_requests: 'ask' }))
  await ok(alice.patch('/user/me/settings/', { connections_visibility: 'self' }))
}
