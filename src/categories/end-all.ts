import { flagsFor } from '../community/flags.ts'
import type { Community } from '../community/state.ts'
import type { Db } from '../platform/db/database.ts'
import { emitSql } from '../platform/events/emit.ts'
import { renderSql } from '../platform/http/view.ts'
import { textFor } from '../users/queries.ts'
import { CategoryAct } from './views.ts'

/**
 * Ends all following of categories by a member, for good, in the given transaction: every category's counter goes
 * down, and every end is told. For members who leave; the transaction holds the lock of their row already.
 */
export async function endAllFollows(tx: Db, community: Community, id: number, now: Date): Promise<void> {
  const shown = flagsFor(community, true)
  const text = textFor('end all follows', shown, () => {
    return `with gone as (
      delete from category_follower where member_id = $1 returning *
    ), left_behind as (
      select id from category where id in (select category_id from gone) order by id for no key update
    ), lowered as (
      update category set followers = followers - 1 from left_behind where category.id = left_behind.id
      returning category.*
    ), member as (
      update users set categories = categories - (select count(*) from gone) where id = $1 returning *
    )
    ${emitSql(
      `select 'category.unfollow' as type, ${renderSql(CategoryAct, shown)} as data
       from gone t join lowered category on category.id = t.category_id
       cross join member u cross join (select null::bigint as member_id) f order by t.place`,
      '$2::timestamptz',
    )}`
  })
  await tx.query(text, [id, now.toISOString()])
}
