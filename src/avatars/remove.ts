import { lookAgain } from '../auth/again.ts'
import { activeMember } from '../auth/audience.ts'
import type { MemberCtx } from '../context.ts'
import { releaseFiles } from '../files/keep.ts'
import { statement } from '../platform/sql/statement.ts'
import { changePictures, lockPictures } from '../users/pictures.ts'
import { findOwn } from './choose.ts'

const removing = statement({
  name: 'avatars: remove',
  takes: { id: 'bigint' },
  gives: {},
  sql: ($) => `delete from avatar where id = ${$.id}`,
})

const newest = statement({
  name: 'avatars: newest of a member',
  takes: { user: 'bigint' },
  gives: { path: 'text' },
  sql: ($) => `select path from avatar where user_id = ${$.user} order by id desc limit 1`,
})

/** Removes one of a member's avatars. If it was the one they show, the newest of the others takes its place. */
export async function removeAvatar(ctx: MemberCtx, id: number): Promise<void> {
  const { kith, actor } = ctx
  await kith.db.transaction(async (tx) => {
    const { avatar } = await lockPictures(tx, actor.id)
    await lookAgain(tx, ctx, activeMember)
    const path = await findOwn(tx, actor.id, id)
    await removing.rows(tx, { id })
    await releaseFiles(tx, [path])
    if (avatar !== path) return
    const next = await newest.row(tx, { user: actor.id })
    await changePictures(ctx, actor.id, { avatar: next?.path ?? null }, tx)
  })
}
