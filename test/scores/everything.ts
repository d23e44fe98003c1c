import { ok } from '../support/ok.ts'
import type { World } from '../support/world.ts'

/** Does all that this slice has an event for. */
export async function doEverything({ admin, alice }: World): Promise<void> {
  await ok(admin.post('/score/', { user_id: alice.id, score: 10, comment: 'A fine cake' }))
}
