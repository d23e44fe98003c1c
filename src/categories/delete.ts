import { lookAgain } from '../auth/again.ts'
import { admin } from '../auth/audience.ts'
import { byFlags, flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { emit } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql } from '../platform/sql/view.ts'
import { categoryDeleted } from './events.ts'
import { lockCategories, noCategory, readTree, settleAncestors } from './tree.ts'
import { CategoryAct } from './views.ts'

const deleting = statement({
  name: 'categories: delete',
  takes: { id: 'bigint', actor: 'bigint', now: 'timestamptz' },
  gives: {},
  variants: byFlags,
  sql: ($, { flags }) => `with gone as (
      delete from category_follower where category_id = ${$.id} returning member_id
    ), followers as (
      select id from users where id in (select member_id from gone) order by id for no key update
    ), lowered as (
      update users set categories = categories - 1 from followers where users.id = followers.id
    ), deleted as (
      update category set deleted = true, followers = 0, parents = '{}', ancestors = '{}', lastmod_datetime = ${$.now}
      where id = ${$.id}
    ), orphaned as (
      update category set parents = array_remove(parents, ${$.id}) where parents @> array[${$.id}]
    )
    ${emit($.now, [
      categoryDeleted,
      renderSql(CategoryAct, flags),
      `from category join users u on u.id = ${$.actor}
       cross join lateral (select category.created_at as added_at) t
       left join category_follower f on f.category_id = category.id and f.member_id = u.id
       where category.id = ${$.id}`,
    ])}`,
})

/** Deletes an existing category, under the lock of all categories. */
export async function deleteInTurn(tx: Db, { actor, now, community }: MemberCtx, id: number): Promise<void> {
  await deleting.rows(tx, { id, actor: actor.id, now }, { flags: flagsFor(community, true) })
  await settleAncestors(tx, await readTree(tx))
}

/**
 * Deletes a category. It leaves every list, nobody follows it any more, and no category is inside it; references to
 * it may stay. Emits one event, with the category as it was.
 */
export async function deleteCategory(ctx: MemberCtx, id: number): Promise<void> {
  await lockCategories(ctx.db, async (tx) => {
    const community = await lookAgain(tx, ctx, admin)
    if (!(await readTree(tx)).has(id)) throw noCategory()
    await deleteInTurn(tx, { ...ctx, community }, id)
  })
}
