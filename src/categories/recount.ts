import type { Drift } from '../connections/recount.ts'
import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

const recounting = statement({
  name: 'categories: recount',
  takes: { max: 'bigint' },
  gives: { what: 'text', member: 'bigint', kept: 'int', counted: 'int' },
  sql: ($) => `with recursive up as (
      select c.id, unnest(c.parents) as above from category c
      union
      select up.id, unnest(c.parents) from up join category c on c.id = up.above
    ), drift as (
      select 'followers of category ' || c.id as what, 0 as member, c.followers as kept, coalesce(f.n, 0)::int as counted
        from category c left join (select category_id, count(*) as n from category_follower group by 1) f on f.category_id = c.id
        where c.followers <> coalesce(f.n, 0)
      union all
      select 'categories', u.id, u.categories, coalesce(f.n, 0)::int
        from users u left join (select member_id, count(*) as n from category_follower group by 1) f on f.member_id = u.id
        where u.categories <> coalesce(f.n, 0)
      union all
      select 'followed category of a member who is gone', u.id, 0, count(*)::int
        from users u join category_follower f on f.member_id = u.id where u.status in ('d', 'u') group by u.id
      union all
      select 'categories above category ' || c.id, 0, cardinality(c.ancestors), count(up.above)::int
        from category c left join up on up.id = c.id group by c.id
        having array(select unnest(c.ancestors) order by 1)
          <> coalesce(array_agg(up.above order by up.above) filter (where up.above is not null), '{}')
    )
    select * from drift order by what, member limit ${$.max}`,
})

/**
 * Counts again who follows what, in one snapshot: the followers of each category, the categories of each member, that
 * everybody follows what is forced, and what is above each category. Any drift is a bug of Kith.
 * @param max rows reported at most
 */
export const findCategoryDrift = (db: Db, max = 100): Promise<Drift[]> => recounting.rows(db, { max })
