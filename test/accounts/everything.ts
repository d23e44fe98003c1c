import { ok } from '../support/ok.ts'
import type { World } from '../support/world.ts'

/** Does all that this slice has an event for. */
export async function doEverything(world: World): Promise<void> {
  const { admin } = world
  const password = 'Correct-horse-1'
  for (const hard of ['', '?hard=1']) {
    const member = { username: `alice_${hard.length}`, email: `alice_${hard.length}@example.com`, password }
    const { body } = await ok(admin.post('/account/create/', member))
    await ok(admin.delete(`/user/${body.id}/${hard}`))
  }
}
