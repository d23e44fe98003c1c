import { ok } from '../support/ok.ts'
import type { World } from '../support/world.ts'

/** Does all that this slice has an event for. */
export async function doEverything(world: World): Promise<void> {
  const { admin } = world
  // Values of each kind: a switch, a number, text, and a secret.
  await ok(admin.patch('/dynamic_preference/', { follow_enabled: false, application_name: 'Wonderland' }))
  await ok(admin.patch('/dynamic_preference/', { connection_request_daily_quota: 5, google_app_secret: 'hush' }))
}
