import { ok } from '../support/ok.ts'
import type { World } from '../support/world.ts'

/** Does all that this slice has an event for. */
export async function doEverything({ admin }: World): Promise<void> {
  const { body } = await ok(admin.post('/legal_page/', { policy: 'cookies', title: 'Cookies', html_body: 'None.' }))
  await ok(admin.patch(`/legal_page/${body.id}/`, { html_body: 'One.' }))
}
