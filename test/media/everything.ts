import { ok } from '../support/ok.ts'
import { picture, send } from '../support/upload.ts'
import type { World } from '../support/world.ts'

/** Does all that this slice has an event for: that of what shows a media. */
export async function doEverything(world: World): Promise<void> {
  const { alice } = world
  const { body } = await ok(send(world, alice, 'POST', '/media/', { type: 'image', image: { data: await picture() } }))
  await ok(alice.post('/post/', { text: 'See', medias: [body.id] }))
}
