import { ok } from '../support/ok.ts'
import type { World } from '../support/world.ts'

/** Does all that this slice has an event for. */
export async function doEverything({ admin }: World): Promise<void> {
  await ok(admin.put('/custom_menu/1/', { items: [{ label: 'About', url: '/about/' }] }))
  await ok(admin.post('/custom_menu/1/reset/'))
}
