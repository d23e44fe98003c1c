import type { MemberCtx } from '../context.ts'
import { mustBeThere } from '../users/queries.ts'
import { endSignIns, forgetSignIns } from './end-all.ts'

/** Ends every session and token of a member, for an administrator who thinks that others have them. */
export async function signOut(ctx: MemberCtx, id: number): Promise<void> {
  const { kith } = ctx
  await mustBeThere(ctx, id)
  await kith.db.transaction((tx) => endSignIns(tx, id))
  forgetSignIns(kith, id)
}
