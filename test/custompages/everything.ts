import { ok } from '../support/ok.ts'
import type { World } from '../support/world.ts'

/** Does all that this slice has an event for. */
export async function doEverything({ admin }: World): Promise<void> {
  const { body } = await ok(admin.post('/custom_page/', { title: 'Imprint' }))
  await ok(admin.patch(`/custom_page/${body.id}/`, { html_body: 'Who we are.' }))
  await ok(admin.delete(`/custom_page/${body.id}/`))
}
