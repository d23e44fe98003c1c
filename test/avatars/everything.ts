import { ok } from '../support/ok.ts'
import { picture, send } from '../support/upload.ts'
import type { World } from '../support/world.ts'

/** Does all that this slice has an event for. */
export async function doEverything(world: World): Promise<void> {
  await ok(send(world, world.alice, 'POST', '/user/avatar/', { avatar: { data: await picture() } }))
}
