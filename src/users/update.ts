import { isAdmin } from '../auth/actor.ts'
import type { MemberCtx } from '../context.ts'
import { declareChange } from './change.ts'
import { userUpdated } from './events.ts'
import { adminInputs, profileColumns } from './inputs.ts'
import { type Metadata, namesOfFields, readMetadata } from './metadata.ts'
import { keepPictures, type Pictures } from './pictures.ts'
import { searchedColumns, searchedOf } from './searched.ts'
import { explainTaken } from './taken.ts'
import { WebhookUser } from './views.ts'

const changeProfile = declareChange({
  name: 'profile',
  columns: [...Object.keys(profileColumns), ...Object.keys(adminInputs), 'avatar', 'cover', 'metadata'],
  merged: 'metadata',
  derived: searchedColumns,
  // An address that is new has not been confirmed.
  follows: { email_isvalid: 'u.email_isvalid and lower(n.email) is not distinct from lower(u.email)' },
  event: userUpdated,
  view: WebhookUser,
})

/** The values of fields that the community has added: each beside the others, or all of them in one. */
export function metadataIn({ community }: MemberCtx, sent: Record<string, unknown>): Promise<Metadata> {
  const apart = namesOfFields(community).filter((name) => Object.hasOwn(sent, name))
  const together = (sent.custom_user_metadata ?? {}) as Record<string, unknown>
  return readMetadata(community, { ...together, ...Object.fromEntries(apart.map((name) => [name, sent[name]])) })
}

/** Changes a profile. What only administrators may change is left out for others, as whatever is not theirs to give. */
export async function updateUser(
  ctx: MemberCtx,
  id: number,
  sent: Record<string, unknown>,
  pictures: Pictures = {},
): Promise<void> {
  const admin = isAdmin(ctx.actor)
  const metadata = await metadataIn(ctx, sent)
  const allowed = ([name]: [string, unknown]) =>
    Object.hasOwn(profileColumns, name) || (admin && Object.hasOwn(adminInputs, name))
  const changes: Record<string, unknown> = { ...Object.fromEntries(Object.entries(sent).filter(allowed)), metadata }
  try {
    const all = { ...changes, ...searchedOf(changes) }
    if (!Object.keys(pictures).length) return await changeProfile(ctx, id, all)
    await ctx.kith.db.transaction(async (tx) => {
      const shown = await keepPictures(tx, id, pictures, ctx.now)
      await changeProfile(ctx, id, { ...all, ...shown }, tx)
    })
  } catch (error) {
    throw await explainTaken(ctx.db, error, changes, admin)
  }
}
