import { leftSql } from '../auth/status.ts'
import type { Db } from '../platform/db/database.ts'
import { type Drift, driftLooks, type Repair, recount } from '../platform/db/repair.ts'
import { statement } from '../platform/sql/statement.ts'
import { readTree, settleAncestors } from './tree.ts'

/** How to repair what `findCategoryDrift` finds. */
export const categoryRepairs: Record<string, Repair> = {
  followers: recount(
    'categories: count followers again',
    ['id'],
    ($) => `select from category where id = ${$.id} for update`,
    ($) => `update category set followers = (select count(*) from category_follower where category_id = ${$.id})
      where id = ${$.id}`,
  ),
  member: recount(
    'categories: count those of a member again',
    ['member'],
    ($) => `select from users where id = ${$.member} for update`,
    ($) => `update users set categories = (select count(*) from category_follower where member_id = ${$.member})
      where id = ${$.member}`,
  ),
  ancestors: async (tx) => {
    await tx.query('lock table category in share row exclusive mode')
    await settleAncestors(tx, await readTree(tx))
  },
}

const looking = statement({
  name: 'categories: what has drifted',
  ...driftLooks,
  sql: ($) => `with recursive up as (
      select c.id, unnest(c.parents) as above from category c
      union
      select up.id, unnest(c.parents) from up join category c on c.id = up.above
    ), drift as (
      select 'followers of category ' || c.id as what, 0 as member, c.followers as kept, coalesce(f.n, 0)::int as counted,
          'followers' as repair, array[c.id] as of
        from category c left join (select category_id, count(*) as n from category_follower group by 1) f on f.category_id = c.id
        where c.followers <> coalesce(f.n, 0)
      union all
      select 'categories', u.id, u.categories, coalesce(f.n, 0)::int, 'member', array[u.id]
        from users u left join (select member_id, count(*) as n from category_follower group by 1) f on f.member_id = u.id
        where u.categories <> coalesce(f.n, 0)
      union all
      select 'followed category of a member who is gone', u.id, 0, count(*)::int, null, '{}'
        from users u join category_follower f on f.member_id = u.id where ${leftSql('u.')} group by u.id
      union all
      select 'categories above category ' || c.id, 0, cardinality(c.ancestors), count(up.above)::int, 'ancestors', '{}'
        from category c left join up on up.id = c.id group by c.id
        having array(select unnest(c.ancestors) order by 1)
          <> coalesce(array_agg(up.above order by up.above) filter (where up.above is not null), '{}')
    )
    select * from drift order by what, member limit ${$.most}`,
})

/**
 * Counts again, in one snapshot, who follows what: the followers of each category, the categories of each member,
 * that everybody follows forced ones, and the ancestors of each category. Any drift is a bug of Kith.
 * @param most rows reported at most
 */
export const findCategoryDrift = (db: Db, most = 100): Promise<Drift[]> => looking.rows(db, { most })
