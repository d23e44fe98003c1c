import { isAdmin } from '../auth/actor.ts'
import type { MemberCtx } from '../context.ts'
import { readAll } from '../platform/errors.ts'
import { readTags } from '../tags/find.ts'
import { declareChange } from './change.ts'
import { userUpdated } from './events.ts'
import { adminInputs, profileColumns } from './inputs.ts'
import { type Metadata, namesOfFields, readMetadata } from './metadata.ts'
import { keepPictures, type Pictures } from './pictures.ts'
import { searchedColumns, searchedOf } from './searched.ts'
import { explainTaken } from './taken.ts'
import { WebhookUser } from './views.ts'

const adminColumns = Object.keys(adminInputs).filter((name) => name !== 'tags')

const changeProfile = declareChange({
  name: 'profile',
  columns: [...Object.keys(profileColumns), ...adminColumns, 'avatar', 'cover', 'metadata', 'tag_ids'],
  merged: 'metadata',
  derived: searchedColumns,
  // A new address has not been confirmed.
  follows: { email_isvalid: 'u.email_isvalid and lower(n.email) is not distinct from lower(u.email)' },
  event: userUpdated,
  view: WebhookUser,
})

/** The values of the community's profile fields: each beside the other fields, or all of them in one. */
function metadataIn({ community }: MemberCtx, sent: Record<string, unknown>): Promise<Metadata> {
  const apart = namesOfFields(community).filter((name) => Object.hasOwn(sent, name))
  const together = (sent.custom_user_metadata ?? {}) as Record<string, unknown>
  return readMetadata(community, { ...together, ...Object.fromEntries(apart.map((name) => [name, sent[name]])) })
}

/** The tags that an administrator gives a member; undefined if none were sent. */
const tagsIn = async ({ db, actor }: MemberCtx, { tags }: Record<string, unknown>) =>
  tags !== undefined && isAdmin(actor) ? readTags(db, 'user', tags as number[] | null) : undefined

/** Reads what goes beyond the shape of a field, and refuses everything that is wrong at once. */
export const readMore = (ctx: MemberCtx, sent: Record<string, unknown>) =>
  readAll({ metadata: () => metadataIn(ctx, sent), tag_ids: () => tagsIn(ctx, sent) })

/** Changes a profile. Fields that only administrators may change are ignored for others. */
export async function updateUser(
  ctx: MemberCtx,
  id: number,
  sent: Record<string, unknown>,
  pictures: Pictures = {},
): Promise<void> {
  const admin = isAdmin(ctx.actor)
  const { metadata, tag_ids } = await readMore(ctx, sent)
  const allowed = ([name]: [string, unknown]) =>
    Object.hasOwn(profileColumns, name) || (admin && adminColumns.includes(name))
  const changes: Record<string, unknown> = {
    ...Object.fromEntries(Object.entries(sent).filter(allowed)),
    metadata,
    ...(tag_ids && { tag_ids }),
  }
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
