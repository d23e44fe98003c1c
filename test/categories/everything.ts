import { ok } from '../support/ok.ts'
import type { World } from '../support/world.ts'

/** Does all that this slice has an event for. */
export async function doEverything(world: World): Promise<void> {
  const { admin } = world
  const [alice] = await world.strangers()
  const { body } = await ok(admin.post('/category/', { name: 'Rabbits' }))
  const about = `/category/${body.id}`
  await ok(alice.post(`${about}/follow/`))
  await ok(alice.post(`${about}/follow/`))
  await ok(admin.patch(`${about}/`, { slogan: 'Down the hole' }))
  await ok(admin.delete(`${about}/`))
}
