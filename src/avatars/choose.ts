import type { MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { badField } from '../platform/errors.ts'
import { statement } from '../platform/sql/statement.ts'
import { changePictures, lockPictures } from '../users/pictures.ts'

const finding = statement({
  name: 'avatars: one of a member',
  takes: { id: 'bigint', user: 'bigint' },
  gives: { path: 'text' },
  sql: ($) => `select path from avatar where id = ${$.id} and user_id = ${$.user}`,
})

/** The address of one of a member's own avatars. */
export async function findOwn(tx: Db, user: number, id: number): Promise<string> {
  const row = await finding.row(tx, { id, user })
  if (!row) throw badField('avatar_id', 'unknown', 'You have no avatar with this id.')
  return row.path
}

/** Shows another of a member's avatars. */
export async function chooseAvatar(ctx: MemberCtx, id: number): Promise<void> {
  const { kith, actor } = ctx
  await kith.db.transaction(async (tx) => {
    await lockPictures(tx, actor.id)
    await changePictures(ctx, actor.id, { avatar: await findOwn(tx, actor.id, id) }, tx)
  })
}
