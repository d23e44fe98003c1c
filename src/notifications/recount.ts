import type { Db } from '../platform/db/database.ts'
import { type Drift, driftLooks, type Repair, recount } from '../platform/db/repair.ts'
import { statement } from '../platform/sql/statement.ts'

/** SQL of what a group g counts of its notifications i. */
const countedSql = `count(i.id)::int as n, (count(*) filter (where i.position > g.seen and not i.read))::int as unseen,
  coalesce(max(i.position), 0) as last`

/** How to repair what `findNotificationDrift` finds. */
export const notificationRepairs: Record<string, Repair> = {
  box: recount(
    'notifications: count those of a member again',
    ['member'],
    ($) => `select from notification_box where member_id = ${$.member} for update`,
    ($) => `update notification_group t set (n, unseen, last) = (
       select ${countedSql} from notification_group g left join notification i on i.group_id = g.id
       where g.id = t.id group by g.id
     ) where t.member_id = ${$.member}`,
    ($) => `delete from notification_group where member_id = ${$.member} and n = 0`,
    ($) => `update notification_box b set unseen = coalesce(g.unseen, 0), last = greatest(b.last, g.last)
     from (select sum(unseen)::int as unseen, max(last) as last from notification_group where member_id = ${$.member}) g
     where b.member_id = ${$.member}`,
  ),
}

const looking = statement({
  name: 'notifications: what has drifted',
  ...driftLooks,
  sql: ($) => `with found as materialized (
      select g.id, ${countedSql} from notification_group g left join notification i on i.group_id = g.id group by g.id
    ), drift as (
      select one.what || ' of notification group ' || g.id as what, g.member_id as member, one.kept::int, one.counted::int
        from notification_group g join found f using (id) cross join lateral (values
          ('notifications', g.n::bigint, f.n::bigint), ('unseen', g.unseen, f.unseen), ('last', g.last, f.last)
        ) one (what, kept, counted) where one.kept <> one.counted or g.n = 0
      union all
      select 'unseen notifications', b.member_id, b.unseen, coalesce(g.unseen, 0)::int
        from notification_box b left join (
          select member_id, sum(unseen) as unseen from notification_group group by 1
        ) g using (member_id) where b.unseen <> coalesce(g.unseen, 0)
      union all
      select 'position of notifications', b.member_id, b.last::int, g.last::int
        from notification_box b join (select member_id, max(last) as last from notification_group group by 1) g
        using (member_id) where b.last < g.last
    )
    select what, member, kept, counted, 'box' as repair, array[member] as of from drift order by what, member
    limit ${$.most}`,
})

/**
 * Counts again what is kept of notifications: how many a group has, how many of them are unseen, the newest of them,
 * and how many a member has not seen. Any drift is a bug of Kith.
 * @param most rows reported at most
 */
export const findNotificationDrift = (db: Db, most = 100): Promise<Drift[]> => looking.rows(db, { most })
