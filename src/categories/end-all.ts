import { byFlags, flagsFor } from '../community/flags.ts'
import type { Db } from '../platform/db/database.ts'
import { emit } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql } from '../platform/sql/view.ts'
import type { Leaving } from '../slice.ts'
import { categoryUnfollowed } from './events.ts'
import { CategoryAct } from './views.ts'

const ending = statement({
  name: 'categories: end all follows of a member',
  takes: { member: 'bigint', now: 'timestamptz' },
  gives: {},
  variants: byFlags,
  sql: ($, { flags }) => `with gone as (
      delete from category_follower where member_id = ${$.member} returning *
    ), left_behind as (
      select id from category where id in (select category_id from gone) order by id for no key update
    ), lowered as (
      update category set followers = followers - 1 from left_behind where category.id = left_behind.id
      returning category.*
    ), member as (
      update users set categories = categories - (select count(*) from gone) where id = ${$.member} returning *
    )
    ${emit($.now, [
      categoryUnfollowed,
      renderSql(CategoryAct, flags),
      `from gone t join lowered category on category.id = t.category_id
       cross join member u cross join (select null::bigint as member_id) f order by t.place`,
    ])}`,
})

/**
 * Ends all of a member's following of categories, in the given transaction: every category's counter goes down, and
 * every end has its event. For members who leave; the transaction has already locked their row.
 */
export async function endAllFollows(tx: Db, { id, now, community }: Leaving): Promise<void> {
  await ending.rows(tx, { member: id, now }, { flags: flagsFor(community, true) })
}
