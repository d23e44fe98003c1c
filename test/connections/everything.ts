import { expect } from 'vitest'
import { ok } from '../support/ok.ts'
import type { Person, World } from '../support/world.ts'

/** Does all that this slice has an event for. */
export async function doEverything(world: World): Promise<void> {
  const { admin } = world
  const [alice, bob, carla] = await world.strangers()
  const request = (who: Person, act: string, other: Person) => ok(who.post(`/user/${other.id}/connection/${act}/`))
  await request(alice, 'request', bob)
  await request(bob, 'reject', alice)
  await request(bob, 'cancel_reject', alice)
  await request(bob, 'accept', alice)
  await request(carla, 'request', bob)
  await request(carla, 'cancel_request', bob)
  await request(carla, 'request', bob)
  await request(alice, 'remove', bob)
  await request(alice, 'request', carla)
  await ok(admin.delete(`/user/${alice.id}/`))
  await ok(admin.patch('/dynamic_preference/', { follow_enabled: true }))
  for (const act of ['begins', 'ends', 'begins again'])
    expect((await carla.post(`/user/${bob.id}/follow/`)).status, act).toBe(204)
  await ok(admin.delete(`/user/${carla.id}/?hard=1`))
  await ok(admin.patch('/dynamic_preference/', { follow_enabled: false }))
}
