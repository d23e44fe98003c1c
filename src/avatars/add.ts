import type { MemberCtx } from '../context.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql, shown } from '../platform/sql/view.ts'
import { addAvatar, changePictures, checkRoom, lockPictures, onlyPath, putPicture } from '../users/pictures.ts'
import { Avatar } from './views.ts'

const showing = statement({
  name: 'avatars: show',
  takes: { id: 'bigint' },
  gives: { json: shown(Avatar) },
  sql: ($) =>
    `select ${renderSql(Avatar, null)} as json from avatar a join users u on u.id = a.user_id where a.id = ${$.id}`,
})

/**
 * Adds a picture to a member's avatars, and shows it from now on.
 * @param from its bytes, or the path of a file that has them
 * @param field the name of the input
 */
export async function addToAvatars(ctx: MemberCtx, field: string, from: Buffer | string): Promise<Json<'Avatar'>> {
  const { kith, actor } = ctx
  const put = await putPicture(kith, 'avatar', actor.id, from, field)
  return kith.db.transaction(async (tx) => {
    checkRoom(await lockPictures(tx, actor.id))
    const id = await addAvatar(tx, actor.id, put, ctx.now)
    await changePictures(ctx, actor.id, { avatar: onlyPath(put) }, tx)
    return (await showing.row(tx, { id })) as Json<'Avatar'>
  })
}
