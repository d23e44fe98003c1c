import type { MemberCtx } from '../context.ts'
import { forbidden, unavailable } from '../platform/errors.ts'
import { isAdmin } from './actor.ts'

/** Refuses to continue a long act if Kith is stopping, or if the caller is no longer an administrator. */
export async function mayGoOn({ kith, actor }: MemberCtx): Promise<void> {
  if (kith.stopping) throw unavailable('Kith is stopping. Send the rest again in a moment.')
  if (!isAdmin(await kith.actors.find(actor.id))) throw forbidden('Only administrators may do this.')
}
