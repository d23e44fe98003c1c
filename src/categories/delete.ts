import { flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { emitSql } from '../platform/events/emit.ts'
import { renderSql } from '../platform/http/view.ts'
import { textFor } from '../users/queries.ts'
import { inTurn, noCategory, readTree, settleAncestors } from './tree.ts'
import { CategoryAct } from './views.ts'

/**
 * Deletes a category. It leaves every list, nobody follows it any more, and nothing lies in it; what refers to it
 * still may. Told with the category as it was, and as this alone.
 */
export async function deleteCategory(ctx: MemberCtx, id: number): Promise<void> {
  const shown = flagsFor(ctx.community, true)
  const text = textFor('delete category', shown, () => {
    return `with gone as (
      delete from category_follower where category_id = $1 returning member_id
    ), followers as (
      select id from users where id in (select member_id from gone) order by id for no key update
    ), lowered as (
      update users set categories = categories - 1 from followers where users.id = followers.id
    ), deleted as (
      update category set deleted = true, followers = 0, parents = '{}', ancestors = '{}', lastmod_datetime = $2 where id = $1
    ), orphaned as (
      update category set parents = array_remove(parents, $1) where parents @> array[$1::bigint]
    )
    ${emitSql(
      `select 'category.deleted' as type, ${renderSql(CategoryAct, shown)} as data
       from category join users u on u.id = $3
       cross join lateral (select category.created_at as added_at) t
       left join category_follower f on f.category_id = category.id and f.member_id = u.id
       where category.id = $1`,
      '$2::timestamptz',
    )}`
  })
  await inTurn(ctx.db, async (tx) => {
    if (!(await readTree(tx)).has(id)) throw noCategory()
    await tx.query(text, [id, ctx.now.toISOString(), ctx.actor.id])
    await settleAncestors(tx, await readTree(tx))
  })
}
